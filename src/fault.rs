//! What a person is told when something fails: the service's answers as errors of the contract.

use crate::contract::types::{Error, Fault};
use crate::http::Response;

/// A sentence and nothing else.
#[must_use]
pub fn sentence(message: &str) -> Fault {
    Fault { message: message.to_owned(), mend: None, code: None, request_id: None }
}

/// The answer is not what the service documents.
#[must_use]
pub fn protocol(message: &str) -> Error {
    Error::Protocol(Fault {
        mend: Some("Try again later; if it stays, report it with this message.".to_owned()),
        ..sentence(message)
    })
}

/// A defect of the connector.
#[must_use]
pub fn internal(message: &str) -> Error {
    Error::Internal(Fault { mend: Some("Report it with this message.".to_owned()), ..sentence(message) })
}

/// Anything else, with its mend.
#[must_use]
pub fn other(message: &str, mend: &str) -> Error {
    Error::Other(Fault { mend: Some(mend.to_owned()), ..sentence(message) })
}

/// An answer of Microsoft Graph that is no success. `permission` is named when it is a 403.
#[must_use]
pub fn graph(response: Response, permission: &str, cap: usize) -> Error {
    let _ = (permission, response.bytes(cap));
    protocol("Microsoft Graph refused the request.")
}
