//! What a simulated tenant is like and how the simulator serves it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

pub use crate::tenant::change::Change;

/// The premium licence of the tenant, which opens sign-in logs and sign-in dates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Premium {
    /// No premium licence: sign-ins and sign-in dates are refused.
    None,
    /// Entra ID P1.
    P1,
    /// Entra ID P2.
    #[default]
    P2,
}

/// The cloud that the tenant lives in. At the sign-in hosts of the other clouds it does not exist.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Cloud {
    /// The worldwide cloud, also GCC.
    #[default]
    Global,
    /// US Government L4, GCC High.
    UsGov,
    /// US Government L5, DoD.
    UsDod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// The host that issues tokens.
    pub fn authority(self) -> &'static str {
        match self {
            Cloud::Global => "login.microsoftonline.com",
            Cloud::UsGov | Cloud::UsDod => "login.microsoftonline.us",
            Cloud::China => "login.partner.microsoftonline.cn",
        }
    }

    /// The host of Graph.
    pub fn graph(self) -> &'static str {
        match self {
            Cloud::Global => "graph.microsoft.com",
            Cloud::UsGov => "graph.microsoft.us",
            Cloud::UsDod => "dod-graph.microsoft.us",
            Cloud::China => "microsoftgraph.chinacloudapi.cn",
        }
    }
}

/// How the simulator is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Users of the tenant, among them guests, shared mailboxes and service accounts.
    pub users: u32,
    /// The same seed makes the same tenant on every machine.
    pub seed: u64,
    /// Where the clock starts; the system's time when absent.
    pub now: Option<jiff::Timestamp>,
    /// Keeps the clock still until it is advanced.
    pub stopped: bool,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The premium licence of the tenant.
    pub premium: Premium,
    /// The cloud of the tenant.
    pub cloud: Cloud,
    /// Conceals names in usage reports.
    pub concealed: bool,
    /// Days for which sign-ins are kept; the service keeps 30 with a premium licence and 7 without.
    pub retention_days: u16,
    /// Time added to each answer.
    pub latency: Duration,
    /// Throttling: none when absent, the published limits at 1.0, a hundred times as generous at 100.0.
    pub throttle: Option<f64>,
    /// Requests for tokens that an application may make in 5 seconds; no limit when absent.
    pub token_limit: Option<u32>,
    /// Every so manieth page of a collection is empty and still carries a link to the next; 0 for never.
    pub empty_page_every: u32,
    /// How long a link to the next page lives.
    pub page_life: Duration,
    /// Sign-ins of applications in the name of each user who works, for a day.
    pub renewals: u32,
    /// Refuses a refresh token that was used before, and all that came of it.
    pub detect_reuse: bool,
    /// What is changed in the tenant after it was made from the seed.
    pub changes: Vec<Change>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            users: 2000,
            seed: 7,
            now: None,
            stopped: false,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            premium: Premium::default(),
            cloud: Cloud::default(),
            concealed: false,
            retention_days: 30,
            latency: Duration::ZERO,
            throttle: None,
            token_limit: None,
            empty_page_every: 0,
            page_life: Duration::from_secs(30 * 60),
            renewals: 4,
            detect_reuse: false,
            changes: Vec::new(),
        }
    }
}
