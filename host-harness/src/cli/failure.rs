//! What a person reads when a command fails: what happened, what to do next, and the service's own code.

use super::exit::Exit;
use crate::contract::types::{Error, Fault, Problem};
use crate::text::{clean, counted, duration};
use std::fmt;
use std::time::Duration;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, as one or two sentences.
    pub what: String,
    /// More lines that belong to it, such as one for each wrong setting.
    pub details: Vec<String>,
    /// What to do next, one line for each step: a sentence or a command.
    pub next: Option<String>,
    /// The settings that do not fit.
    pub problems: Vec<Problem>,
    /// The service's own code.
    pub code: Option<String>,
    /// The identifier by which the service's support finds the request.
    pub request_id: Option<String>,
}

impl Failure {
    /// A failure with an exit code and a sentence.
    pub fn new(exit: Exit, what: impl fmt::Display) -> Self {
        let what = what.to_string();
        Failure { exit, what, details: Vec::new(), next: None, problems: Vec::new(), code: None, request_id: None }
    }

    /// A wrong command line.
    pub fn usage(what: impl fmt::Display) -> Self {
        Failure::new(Exit::Usage, what)
    }

    /// The same with what to do next.
    #[must_use]
    pub fn next(mut self, next: impl fmt::Display) -> Self {
        self.next = Some(next.to_string());
        self
    }

    /// The same with one more step after what is to be done anyway.
    #[must_use]
    pub fn then(self, step: impl fmt::Display) -> Self {
        let next = match &self.next {
            Some(first) => format!("{first}\n{step}"),
            None => step.to_string(),
        };
        self.next(next)
    }

    /// Settings that do not fit: what is wrong with each, and what mends it.
    pub fn settings(exit: Exit, problems: &[Problem]) -> Self {
        let what = match problems {
            [_] => "One setting does not fit.".to_owned(),
            many => format!("{} settings do not fit.", many.len()),
        };
        let failure = Failure::new(exit, what)
            .details(problems.iter().map(|problem| format!("{}: {}", problem.field, problem.wrong)));
        let failure =
            problems.iter().filter(|problem| !problem.mend.is_empty()).fold(
                failure,
                |failure, problem| match problems {
                    [_] => failure.then(clean(&problem.mend)),
                    _ => failure.then(format!("{}: {}", problem.field, clean(&problem.mend))),
                },
            );
        Failure { problems: problems.to_vec(), ..failure }
    }

    /// The same with more lines.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// What a connector says of a failure, with an exit code that fits.
    pub fn connector(error: &Error) -> Self {
        let exit = exit_of(error);
        if let Error::InvalidSettings(problems) = error {
            return Failure::settings(exit, problems);
        }
        let fault = fault_of(error);
        let mut failure = Failure::new(exit, fault.message);
        failure.next = match (again(error), fault.mend) {
            (Some(again), Some(mend)) => Some(format!("{again} {mend}")),
            (again, mend) => again.or(mend),
        };
        failure.code = fault.code;
        failure.request_id = fault.request_id;
        failure
    }
}

/// When to come back to a service that asks for time, for a command that has ended; absent for other errors. What passes by
/// itself is tried again by a run alone, and by that within its limits.
pub fn again(error: &Error) -> Option<String> {
    let (Error::Throttled(delay) | Error::Unavailable(delay)) = error else { return None };
    let time = match delay.retry_after {
        None => "some minutes".to_owned(),
        Some(seconds @ 0..60) => counted(seconds.max(1).into(), "second", "seconds"),
        Some(seconds) => duration(Duration::from_secs(seconds.into())),
    };
    Some(format!("Wait {time}, and run the same command again."))
}

/// One wrong setting as a line.
pub fn problem_line(problem: &Problem) -> String {
    format!("{}: {} {}", problem.field, problem.wrong, problem.mend)
}

/// The exit code for an error of a connector.
pub fn exit_of(error: &Error) -> Exit {
    match error {
        Error::InvalidSettings(_) => Exit::Settings,
        Error::SignInNeeded(_) => Exit::SignIn,
        Error::Throttled(_) | Error::Unavailable(_) => Exit::Network,
        Error::Storage(_) => Exit::Storage,
        Error::Internal(_) => Exit::Component,
        Error::Forbidden(_)
        | Error::LicenceNeeded(_)
        | Error::NotFound(_)
        | Error::CursorExpired(_)
        | Error::Protocol(_)
        | Error::Other(_) => Exit::Failed,
    }
}

/// What an error of a connector tells a person, whatever its case. A missing permission or plan without a mend of its
/// own is named.
pub fn fault_of(error: &Error) -> Fault {
    match error {
        Error::InvalidSettings(problems) => Fault {
            message: problems.iter().map(problem_line).collect::<Vec<_>>().join(" "),
            mend: None,
            code: None,
            request_id: None,
        },
        Error::Forbidden(refusal) => {
            let mend = || Some(format!("Grant the permission {}.", refusal.permission));
            Fault { mend: refusal.fault.mend.clone().or_else(mend), ..refusal.fault.clone() }
        }
        Error::LicenceNeeded(licence) => {
            let mend = || Some(format!("It needs the plan {}.", licence.plan));
            Fault { mend: licence.fault.mend.clone().or_else(mend), ..licence.fault.clone() }
        }
        Error::Throttled(delay) | Error::Unavailable(delay) => delay.fault.clone(),
        Error::SignInNeeded(fault)
        | Error::NotFound(fault)
        | Error::CursorExpired(fault)
        | Error::Protocol(fault)
        | Error::Storage(fault)
        | Error::Internal(fault)
        | Error::Other(fault) => fault.clone(),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", clean(&self.what))?;
        for detail in &self.details {
            write!(f, "\n  {}", clean(detail))?;
        }
        if let Some(code) = &self.code {
            write!(f, "\n  code: {}", clean(code))?;
            if let Some(id) = &self.request_id {
                write!(f, " (request {})", clean(id))?;
            }
        }
        for step in self.next.iter().flat_map(|next| next.lines()) {
            write!(f, "\n  next: {}", clean(step))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::types::{Delay, Refusal};

    #[test]
    fn a_failure_says_what_happened_the_code_and_what_to_do_next() {
        let fault = Fault {
            message: "The secret has ended.".into(),
            mend: Some("Make a new one.".into()),
            code: Some("E-7".into()),
            request_id: Some("r1".into()),
        };
        let failure = Failure::connector(&Error::SignInNeeded(fault));
        assert_eq!(failure.exit, Exit::SignIn);
        assert_eq!(failure.to_string(), "The secret has ended.\n  code: E-7 (request r1)\n  next: Make a new one.");
    }

    #[test]
    fn every_wrong_setting_is_a_line_and_so_is_what_mends_it() {
        let problem =
            |field: &str| Problem { field: field.into(), wrong: "It is empty.".into(), mend: "Fill it.".into() };
        let failure = Failure::connector(&Error::InvalidSettings(vec![problem("a"), problem("b")]));
        assert_eq!(
            failure.to_string(),
            "2 settings do not fit.\n  a: It is empty.\n  b: It is empty.\n  next: a: Fill it.\n  next: b: Fill it."
        );
        assert_eq!((failure.exit, failure.problems.len()), (Exit::Settings, 2));
        let failure = Failure::connector(&Error::InvalidSettings(vec![problem("a")])).then("configure");
        assert_eq!(
            failure.to_string(),
            "One setting does not fit.\n  a: It is empty.\n  next: Fill it.\n  next: configure"
        );
    }

    #[test]
    fn a_refusal_without_a_mend_names_the_permission() {
        let fault = Fault { message: "No.".into(), mend: None, code: None, request_id: None };
        let failure = Failure::connector(&Error::Forbidden(Refusal { fault, permission: "Read.All".into() }));
        assert_eq!(failure.next.as_deref(), Some("Grant the permission Read.All."));
    }

    #[test]
    fn whoever_has_to_wait_is_told_how_long_and_whatever_else_is_to_be_done() {
        let next = |retry_after, mend: Option<&str>| {
            let fault = Fault { message: "Busy.".into(), mend: mend.map(str::to_owned), code: None, request_id: None };
            Failure::connector(&Error::Throttled(Delay { fault, retry_after })).next.unwrap()
        };
        assert_eq!(next(Some(7), None), "Wait 7 seconds, and run the same command again.");
        assert_eq!(next(Some(0), None), "Wait 1 second, and run the same command again.");
        assert_eq!(next(Some(600), None), "Wait 10 min 0 s, and run the same command again.");
        assert_eq!(next(None, None), "Wait some minutes, and run the same command again.");
        assert_eq!(next(None, Some("Look.")), "Wait some minutes, and run the same command again. Look.");
    }

    #[test]
    fn what_a_service_says_cannot_steer_the_terminal() {
        let failure = Failure::new(Exit::Failed, "bad \u{1b}[2J\u{7} word");
        assert_eq!(failure.to_string(), "bad \u{fffd}[2J\u{fffd} word");
    }
}
