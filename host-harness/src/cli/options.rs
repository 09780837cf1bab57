//! The options that every command takes.

use super::failure::Failure;
use crate::egress::client::ConnectTo;
use crate::table::Format;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also in a pipe.
    Always,
    /// Not at all.
    Never,
}

/// The options that every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// Folder of the database [default: host-harness in the data folder of your account]
    #[arg(long, global = true, value_name = "DIR", env = "HOST_HARNESS_DATA_DIR", hide_env_values = true, value_hint = ValueHint::DirPath)]
    pub(super) data_dir: Option<PathBuf>,
    /// The component to use; a connection remembers the one it was configured with
    #[arg(long, global = true, value_name = "FILE", env = "HOST_HARNESS_PLUGIN", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(super) plugin: Option<PathBuf>,
    /// Dial another address for an origin, as curl does; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "HOST:PORT=ADDR:PORT",
        env = "HOST_HARNESS_CONNECT_TO",
        hide_env_values = true,
        value_delimiter = ','
    )]
    pub(super) connect_to: Vec<ConnectTo>,
    /// Trust the certificates of a PEM file, beside those of the system; may be repeated
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "HOST_HARNESS_CA", hide_env_values = true,
        value_delimiter = ',',
        value_hint = ValueHint::FilePath
    )]
    pub(super) ca: Vec<PathBuf>,
    /// File with the key that seals secrets [default: HOST_HARNESS_KEY, else a file beside your configuration]
    #[arg(long, global = true, value_name = "FILE", env = "HOST_HARNESS_KEY_FILE", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(super) key_file: Option<PathBuf>,
    /// Command that prints the key, run without a shell [default: HOST_HARNESS_KEY_COMMAND]
    #[arg(long, global = true, value_name = "COMMAND", value_hint = ValueHint::CommandString)]
    pub(super) key_command: Option<String>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(super) format: Format,
    /// Pace requests as if every published quota were so many times as generous; for a simulator only
    #[arg(long, global = true, value_name = "N", env = "HOST_HARNESS_QUOTA_SCALE", hide_env_values = true, default_value_t = 1.0, value_parser = quota_scale)]
    pub(super) quota_scale: f64,
    /// When to use colours; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(super) color: Color,
    /// Tell more: a line for each task that ended
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Tell only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
}

impl Global {
    /// The folder of the database: the option, else the place for data of this person's account.
    pub(super) fn data_dir(&self) -> Result<PathBuf, Failure> {
        if let Some(dir) = &self.data_dir {
            return Ok(dir.clone());
        }
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
        data.map(|data| data.join("host-harness")).ok_or_else(|| {
            Failure::usage("There is no place for data: neither HOME nor XDG_DATA_HOME is set.")
                .next("Name a folder with --data-dir.")
        })
    }
}

fn quota_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if scale.is_finite() && scale > 0.0 => Ok(scale),
        _ => Err("a number greater than 0 is expected, such as 100".to_owned()),
    }
}
