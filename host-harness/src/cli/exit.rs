//! The exit codes: one number for each thing that a script would do differently.

use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    Done = 0,
    /// It failed for a reason that has no code of its own.
    Failed = 1,
    /// The command line is wrong, or names a connection that does not exist.
    Usage = 2,
    /// Settings are missing or wrong, or the connector asks for more than was allowed.
    Settings = 3,
    /// Somebody has to sign in: `connect NAME`.
    SignIn = 4,
    /// Some of it was done and some was not.
    Partly = 5,
    /// The data folder, the database, the key or the disk.
    Storage = 6,
    /// The component cannot be loaded, or has a defect.
    Component = 7,
    /// The service could not be reached, or asks for more time than there is patience.
    Network = 8,
    /// Interrupted from the keyboard.
    Interrupted = 130,
}

impl Exit {
    /// All codes, with what each means in one line, as `--help` shows them.
    pub const ALL: [(Exit, &'static str); 10] = [
        (Exit::Done, "everything was done"),
        (Exit::Failed, "it failed for a reason without a code of its own"),
        (Exit::Usage, "wrong command line, or no such connection"),
        (Exit::Settings, "settings are missing or wrong, or the connector asks for more than was allowed: configure"),
        (Exit::SignIn, "somebody has to sign in: connect"),
        (Exit::Partly, "some of it was done and some was not"),
        (Exit::Storage, "the data folder, the database, the key or the disk"),
        (Exit::Component, "the component cannot be loaded, or has a defect"),
        (Exit::Network, "the service could not be reached, or asks for too much time"),
        (Exit::Interrupted, "interrupted; what was collected or made is kept"),
    ];

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_documented_once_and_in_order() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 130]);
    }
}
