//! What was asked of the simulator and what it answered.

/// One request and the status of its answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logged {
    /// The host asked.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query, as sent.
    pub query: String,
    /// The status answered; 0 when the connection was dropped instead.
    pub status: u16,
    /// True when the request carried an `Authorization` header.
    pub had_authorization: bool,
    /// The simulator's time of the request.
    pub at: jiff::Timestamp,
    /// The grant type, for requests to a token endpoint.
    pub grant: Option<String>,
}
