//! Claims challenges: what a policy wants to see in the next sign-in.
//!
//! The token endpoint puts them into the field `claims` of its error; Microsoft Graph, in base64, into the header
//! `WWW-Authenticate` of a 401. A sign-in that is repeated sends them along. Facts: `claims-challenge` and
//! `app-resilience-continuous-access-evaluation` of the Entra documentation.

use std::cell::RefCell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::contract::types::Error;
use crate::http::{Request, Response, Transport};
use crate::json::Fields;

/// The longest body that is looked into, and the longest challenge that is sent on: addresses have their limits.
const BODY_CAP: usize = 256 * 1024;
const CLAIMS_CAP: usize = 2048;

/// A transport that remembers the last challenge.
pub struct Listening<'a> {
    inner: &'a dyn Transport,
    heard: RefCell<Option<String>>,
}

impl<'a> Listening<'a> {
    /// Listens to what comes through.
    #[must_use]
    pub fn to(inner: &'a dyn Transport) -> Self {
        Self { inner, heard: RefCell::default() }
    }

    /// The challenge that came last.
    #[must_use]
    pub fn heard(&self) -> Option<String> {
        self.heard.borrow_mut().take()
    }
}

impl Transport for Listening<'_> {
    fn send(&self, request: Request) -> Result<Response, Error> {
        let is_token = request.method == "POST";
        let response = self.inner.send(request)?;
        if response.status < 400 {
            return Ok(response);
        }
        if let Some(claims) = response.header("www-authenticate").and_then(in_header) {
            *self.heard.borrow_mut() = Some(claims);
        }
        if !is_token {
            return Ok(response);
        }
        let (status, headers) = (response.status, response.headers.clone());
        let body = response.bytes(BODY_CAP)?;
        let claims = serde_json::from_slice::<Value>(&body).ok().and_then(|body| body.text("claims"));
        if let Some(claims) = claims.and_then(fit) {
            *self.heard.borrow_mut() = Some(claims);
        }
        Ok(Response::new(status, headers, Box::new(body)))
    }

    fn sign(&self, field: &str, data: &[u8]) -> Result<Vec<u8>, Error> {
        self.inner.sign(field, data)
    }
}

/// The parameter `claims` of the header, which is base64.
fn in_header(header: &str) -> Option<String> {
    let (_, rest) = header.split_once("claims=\"")?;
    let (claims, _) = rest.split_once('"')?;
    let padded = format!("{claims}{}", "=".repeat(claims.len().wrapping_neg() % 4));
    let standard = padded.replace('-', "+").replace('_', "/");
    fit(String::from_utf8(STANDARD.decode(standard).ok()?).ok()?)
}

/// Only a JSON object of a length that fits into an address is sent on.
fn fit(claims: String) -> Option<String> {
    let object = serde_json::from_slice::<Value>(claims.as_bytes()).is_ok_and(|claims| claims.is_object());
    (object && claims.len() <= CLAIMS_CAP).then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Wire;

    const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;

    fn heard(method: &'static str, status: u16, headers: &[(&str, &str)], body: &str) -> Option<String> {
        let wire = Wire::default().then_with(status, headers, body);
        let listening = Listening::to(&wire);
        let request = Request { method, url: String::new(), headers: Vec::new(), body: Vec::new() };
        let response = listening.send(request).unwrap();
        assert_eq!(response.bytes(100_000).unwrap(), body.as_bytes());
        listening.heard()
    }

    #[test]
    fn a_challenge_is_heard_in_a_header_in_base64_and_in_the_body_of_the_token_endpoint() {
        let header = format!(
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
             error=\"insufficient_claims\", claims=\"{}\"",
            STANDARD.encode(CLAIMS).trim_end_matches('=')
        );
        assert_eq!(heard("GET", 401, &[("WWW-Authenticate", &header)], "x").as_deref(), Some(CLAIMS));
        let body = serde_json::json!({ "error": "interaction_required", "claims": CLAIMS }).to_string();
        assert_eq!(heard("POST", 400, &[], &body).as_deref(), Some(CLAIMS));
        assert_eq!(heard("POST", 200, &[], &body), None);
    }

    #[test]
    fn what_is_no_challenge_is_not_sent_on() {
        for header in ["Bearer", "Bearer claims=\"%%\"", "Bearer claims=\"bm8ganNvbg==\"", "Bearer claims=\""] {
            assert_eq!(heard("GET", 401, &[("www-authenticate", header)], ""), None, "{header}");
        }
        let long = serde_json::json!({ "claims": format!("{{\"a\":\"{}\"}}", "b".repeat(3000)) }).to_string();
        assert_eq!(heard("POST", 400, &[], &long), None);
        assert_eq!(heard("POST", 400, &[], "<html>"), None);
    }
}
