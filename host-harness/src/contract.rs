//! The contract with a component, as Rust types: generated from `wit/`.
//!
//! The bindings are made for the wider world, so that both worlds share one set of types. A component of the narrower
//! world is reached through the indices of its interfaces and never through the world's own.

wasmtime::component::bindgen!({
    path: "../wit",
    world: "plugin-with-set-up",
    imports: {
        "binadox:connector/store": async | trappable,
        "binadox:connector/keys": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    additional_derives: [Clone, PartialEq, serde::Serialize, serde::Deserialize],
});

pub use binadox::connector::{dialogue, keys, log, manifest, rows, sink, store, types};
pub use exports::binadox::connector::{connector, set_up};

use types::{Error, Fault, Setting};
use zeroize::Zeroize as _;

impl Setting {
    /// The value of a field.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into() }
    }
}

/// Many a setting is a secret, and the contract gives all of them one type.
impl Drop for Setting {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl Error {
    /// What a person is told; absent for settings, whose problems speak for themselves.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Error::InvalidSettings(_) => None,
            Error::SignInNeeded(fault)
            | Error::NotFound(fault)
            | Error::CursorExpired(fault)
            | Error::Protocol(fault)
            | Error::Storage(fault)
            | Error::Internal(fault)
            | Error::Other(fault) => Some(fault),
            Error::Forbidden(refusal) => Some(&refusal.fault),
            Error::LicenceNeeded(licence) => Some(&licence.fault),
            Error::Throttled(delay) | Error::Unavailable(delay) => Some(&delay.fault),
        }
    }

    /// The case in the words of the contract: `sign-in-needed`.
    pub fn case(&self) -> &'static str {
        match self {
            Error::InvalidSettings(_) => "invalid-settings",
            Error::SignInNeeded(_) => "sign-in-needed",
            Error::Forbidden(_) => "forbidden",
            Error::LicenceNeeded(_) => "licence-needed",
            Error::NotFound(_) => "not-found",
            Error::Throttled(_) => "throttled",
            Error::Unavailable(_) => "unavailable",
            Error::CursorExpired(_) => "cursor-expired",
            Error::Protocol(_) => "protocol",
            Error::Storage(_) => "storage",
            Error::Internal(_) => "internal",
            Error::Other(_) => "other",
        }
    }

    /// Everything that a person can use, in one line: what happened, the service's own code, what to do.
    pub fn sentence(&self) -> String {
        match (self, self.fault()) {
            (Error::InvalidSettings(problems), _) => {
                let each =
                    problems.iter().map(|problem| format!("{}: {} {}", problem.field, problem.wrong, problem.mend));
                format!("The settings do not fit. {}", each.collect::<Vec<_>>().join(" "))
            }
            (_, Some(fault)) => {
                // A service's own words often come without a full stop.
                let message = fault.message.trim_end();
                let message = message.strip_suffix('.').unwrap_or(message);
                let stop = if message.ends_with(['!', '?']) { "" } else { "." };
                let code = fault.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
                let mend = fault.mend.as_ref().map(|mend| format!(" {mend}")).unwrap_or_default();
                format!("{message}{code}{stop}{mend}")
            }
            (_, None) => self.case().to_owned(),
        }
    }
}

impl Fault {
    /// A fault that the host itself reports, without a code of a service.
    pub fn new(message: impl Into<String>, mend: impl Into<Option<String>>) -> Self {
        Self { message: message.into(), mend: mend.into(), code: None, request_id: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str, code: Option<&str>) -> String {
        let fault = Fault { code: code.map(str::to_owned), ..Fault::new(message, Some("Do that.".to_owned())) };
        Error::Other(fault).sentence()
    }

    #[test]
    fn a_sentence_ends_before_the_next_with_and_without_a_code_and_a_full_stop() {
        assert_eq!(said("It fails.", None), "It fails. Do that.");
        assert_eq!(said("It fails", None), "It fails. Do that.");
        assert_eq!(said("It fails.", Some("E17")), "It fails (E17). Do that.");
        assert_eq!(said("Again?", Some("E17")), "Again? (E17) Do that.");
    }
}
