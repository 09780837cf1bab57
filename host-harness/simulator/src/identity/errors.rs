//! Refusals of the identity platform, in its own form.

use serde_json::json;

use crate::exchange::Response;
use crate::world::World;

/// A refusal: one AADSTS code and what the service says with it.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    /// The number after `AADSTS`.
    pub(crate) code: u32,
    /// The value of `error`.
    pub(crate) error: &'static str,
    /// The status of the answer.
    pub(crate) status: u16,
    /// The text after the code.
    pub(crate) text: String,
    /// What a repeated sign-in must send along, for conditional access.
    pub(crate) claims: Option<String>,
}

impl Refusal {
    /// A refusal with status 400.
    pub(crate) fn new(code: u32, error: &'static str, text: impl Into<String>) -> Refusal {
        Refusal { code, error, status: 400, text: text.into(), claims: None }
    }

    /// A refusal of the client itself, with status 401.
    pub(crate) fn client(code: u32, text: impl Into<String>) -> Refusal {
        Refusal { status: 401, ..Refusal::new(code, "invalid_client", text) }
    }

    /// A required field that the request lacks.
    pub(crate) fn missing(field: &str) -> Refusal {
        let text = format!("The request body must contain the following parameter: '{field}'.");
        Refusal::new(900_144, "invalid_request", text)
    }

    /// The description with its ids and instant, as it is sent.
    pub(crate) fn description(&self, world: &World) -> Described {
        let now = world.clock.now().to_string();
        // The service writes its instants to the second and with a blank.
        let timestamp = format!("{}Z", now.get(..19).unwrap_or_default().replace('T', " "));
        let (trace, correlation) = (world.seal.id().to_string(), world.seal.id().to_string());
        let text = format!(
            "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}",
            self.code, self.text
        );
        Described { text, timestamp, trace, correlation }
    }

    /// The answer of the token endpoint.
    pub(crate) fn response(&self, world: &World) -> Response {
        let told = self.description(world);
        let host = world.options.cloud.authority();
        let mut body = json!({
            "error": self.error,
            "error_description": told.text,
            "error_codes": [self.code],
            "timestamp": told.timestamp,
            "trace_id": told.trace,
            "correlation_id": told.correlation,
            "error_uri": format!("https://{host}/error?code={}", self.code),
        });
        if let (Some(claims), Some(fields)) = (&self.claims, body.as_object_mut()) {
            fields.insert("claims".to_owned(), json!(claims));
        }
        Response::json(self.status, "application/json; charset=utf-8", &body)
    }
}

/// A refusal's text with its ids and instant.
pub(crate) struct Described {
    /// The whole text.
    pub(crate) text: String,
    timestamp: String,
    trace: String,
    correlation: String,
}
