//! The arguments of the command.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use simulator::{Cloud, Options, Premium};

/// A stand-in for Microsoft Entra ID and Microsoft Graph, over TLS on loopback, with a made tenant.
///
/// The tenant follows from --users and --seed alone and is the same on every machine; its dates follow the clock.
/// Everything needed to connect is printed at the start. Stop it with Ctrl-C.
#[derive(Parser, Debug)]
#[command(
    version,
    after_help = "\
Examples:
  simulator
  simulator --users 100000 --latency 20ms
  simulator --premium none --concealed
  simulator --throttle 1 --log"
)]
pub(crate) struct Arguments {
    /// Users of the tenant
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = clap::value_parser!(u32).range(3..=1_000_000))]
    users: u32,
    /// The same seed makes the same tenant
    #[arg(long, value_name = "N", default_value_t = 7)]
    seed: u64,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Where the files are written that a client needs
    #[arg(long, value_name = "DIR", default_value = "target/simulator")]
    pub(crate) dir: PathBuf,
    /// Where the certificate to trust is written [default: ca.pem in --dir]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// The tenant's premium licence, which opens sign-ins
    #[arg(long, value_enum, default_value_t = Licence::P2)]
    premium: Licence,
    /// The cloud that the tenant lives in
    #[arg(long, value_enum, default_value_t = Where::Global)]
    cloud: Where,
    /// Conceal names in usage reports
    #[arg(long)]
    concealed: bool,
    /// Throttle: 1 for the published limits, 100 for a hundred times as generous
    #[arg(long, value_name = "SCALE", value_parser = scale)]
    pub(crate) throttle: Option<f64>,
    /// Requests for tokens that an application may make in 5 seconds [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    token_limit: Option<u32>,
    /// Time added to each answer, such as 20ms
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = duration)]
    latency: Duration,
    /// Where the clock starts, such as 2026-11-20T10:00:00Z
    #[arg(long, value_name = "INSTANT")]
    now: Option<Timestamp>,
    /// Days for which sign-ins are kept [default: 30, or 7 without a premium licence]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=30))]
    retention_days: Option<u16>,
    /// Every so manieth page is empty and still has a link to the next
    #[arg(long, value_name = "N", default_value_t = 0)]
    empty_page_every: u32,
    /// Sign-ins of applications in the name of each user who works, for a day
    #[arg(long, value_name = "N", default_value_t = 4)]
    renewals: u32,
    /// Refuse a refresh token that was used before
    #[arg(long)]
    detect_reuse: bool,
    /// Print each request
    #[arg(long)]
    pub(crate) log: bool,
    /// The component that the printed commands name
    #[arg(long, value_name = "FILE", default_value = "target/wasm32-wasip2/component/office365_connector.wasm")]
    pub(crate) plugin: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Licence {
    None,
    P1,
    P2,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Where {
    Global,
    UsGov,
    UsDod,
    China,
}

impl Arguments {
    /// What the simulator is started with.
    pub(crate) fn options(&self) -> Options {
        let premium = match self.premium {
            Licence::None => Premium::None,
            Licence::P1 => Premium::P1,
            Licence::P2 => Premium::P2,
        };
        let cloud = match self.cloud {
            Where::Global => Cloud::Global,
            Where::UsGov => Cloud::UsGov,
            Where::UsDod => Cloud::UsDod,
            Where::China => Cloud::China,
        };
        Options {
            users: self.users,
            seed: self.seed,
            now: self.now,
            listen: self.listen,
            premium,
            cloud,
            concealed: self.concealed,
            retention_days: self.retention_days.unwrap_or(if premium == Premium::None { 7 } else { 30 }),
            latency: self.latency,
            renewals: self.renewals,
            throttle: self.throttle,
            token_limit: self.token_limit,
            empty_page_every: self.empty_page_every,
            detect_reuse: self.detect_reuse,
            ..Options::default()
        }
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed: Result<SignedDuration, _> = text.parse();
    parsed
        .ok()
        .and_then(|time| Duration::try_from(time).ok())
        .ok_or_else(|| "a time such as 20ms or 1s is expected".to_owned())
}

fn scale(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|scale: &f64| scale.is_finite() && *scale > 0.0)
        .ok_or_else(|| "a number above 0 is expected".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_time_is_read_with_its_unit() {
        assert_eq!(duration("20ms"), Ok(Duration::from_millis(20)));
        assert_eq!(duration("1s"), Ok(Duration::from_secs(1)));
        assert!(duration("20").is_err());
        assert!(duration("-1s").is_err());
    }
}
