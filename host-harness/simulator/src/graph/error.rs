//! Refusals of Graph, in its own form.

use serde_json::{Value, json};

use crate::exchange::Response;

/// A refusal: a status, a code and a message.
#[derive(Clone, Debug)]
pub(crate) struct GraphError {
    /// The status.
    pub(crate) status: u16,
    /// The code.
    pub(crate) code: &'static str,
    /// The message.
    pub(crate) message: String,
    /// Headers beside it.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl GraphError {
    /// A refusal without further headers.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> GraphError {
        GraphError { status, code, message: message.into(), headers: Vec::new() }
    }

    /// A request that cannot be understood.
    pub(crate) fn bad_request(message: impl Into<String>) -> GraphError {
        GraphError::new(400, "BadRequest", message)
    }

    /// A query option that the endpoint does not take.
    pub(crate) fn unsupported_query(message: impl Into<String>) -> GraphError {
        GraphError::new(400, "Request_UnsupportedQuery", message)
    }

    /// An object that is not there.
    pub(crate) fn not_found(id: &str) -> GraphError {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        GraphError::new(404, "Request_ResourceNotFound", message)
    }

    /// A permission that the token lacks.
    pub(crate) fn denied() -> GraphError {
        GraphError::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// A permission that the token lacks, as usage reports put it.
    pub(crate) fn denied_by_reports() -> GraphError {
        let inner = json!({"error": {"code": "S2SUnauthorized", "message": "Invalid permission."}});
        GraphError::new(403, "UnknownError", inner.to_string())
    }

    /// A premium licence that the tenant lacks.
    pub(crate) fn not_premium() -> GraphError {
        let code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";
        GraphError::new(403, code, "Neither tenant is B2C or tenant doesn't have premium license")
    }

    /// A link to a page that is no longer served.
    pub(crate) fn page_expired() -> GraphError {
        let message = "The specified page token value has expired and can no longer be included in your request.";
        GraphError::new(400, "Directory_ExpiredPageToken", message)
    }

    /// Too many requests.
    pub(crate) fn throttled(seconds: i64, scope: &str) -> GraphError {
        let mut error = GraphError::new(429, "TooManyRequests", "Too many requests.");
        error.headers.push(("retry-after", seconds.to_string()));
        error.headers.push(("x-ms-throttle-scope", scope.to_owned()));
        error.headers.push(("x-ms-throttle-information", "ResourceUnitLimitExceeded".to_owned()));
        error
    }

    /// The answer, with the ids and the instant of the request.
    pub(crate) fn response(&self, inner: &Value) -> Response {
        let body = json!({"error": {"code": self.code, "message": self.message, "innerError": inner}});
        let response = Response::json(self.status, "application/json", &body);
        self.headers.iter().fold(response, |response, (name, value)| response.with(*name, value.clone()))
    }
}
