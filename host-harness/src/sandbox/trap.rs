//! Turns the end of an instance into one sentence for a person.

use super::call::CallError;
use super::scrub::Scrub;
use crate::limits::Limit;
use wasmtime::Trap;
use wasmtime_wasi::I32Exit;

/// Why an instance ended, without a backtrace.
pub(super) fn explain(error: &wasmtime::Error, scrub: &Scrub) -> CallError {
    if let Some(limit) = error.downcast_ref::<Limit>() {
        return CallError::Limit(*limit);
    }
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        return defect(&format!("ended itself with the code {}", exit.0));
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::UnreachableCodeReached) => defect("gave up in the middle of its work"),
        Some(Trap::StackOverflow) => defect("called itself too deeply"),
        Some(Trap::MemoryOutOfBounds | Trap::HeapMisaligned) => defect("reached beyond its memory"),
        Some(Trap::Interrupt) => CallError::Limit(Limit::Cpu),
        Some(trap) => defect(&format!("did what is not allowed: {trap}")),
        None => {
            let cause = scrub.text(&error.root_cause().to_string());
            defect(&format!("and the host do not fit together: {}", cause.lines().next().unwrap_or_default()))
        }
    }
}

fn defect(what: &str) -> CallError {
    CallError::Trap(format!("The connector {what}. This is a defect of the connector: report it to its maker."))
}
