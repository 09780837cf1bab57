//! One request and its answer, with the body whole.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use url::form_urlencoded;

/// A request to one of the simulated hosts.
pub(crate) struct Request {
    /// The host asked, without port, in lower case.
    pub(crate) host: String,
    /// The method.
    pub(crate) method: Method,
    /// The path, as sent.
    pub(crate) path: String,
    /// The query, as sent, without the question mark.
    pub(crate) query: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Request {
    /// The value of a header, when it is there and plain text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query's fields, decoded.
    pub(crate) fn query_fields(&self) -> Fields {
        Fields::parse(self.query.as_bytes())
    }

    /// The form's fields, decoded.
    pub(crate) fn form_fields(&self) -> Fields {
        Fields::parse(&self.body)
    }
}

/// A part of a path with its percent signs decoded; unchanged when that gives no text.
pub(crate) fn decode(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            None => return segment.to_owned(),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| segment.to_owned())
}

/// Named fields of a query or form, in the order sent.
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads fields written as in a form.
    pub(crate) fn parse(text: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value of a name; an empty one counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(each, _)| each == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All fields.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// An answer without a body.
    pub(crate) fn empty(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Vec::new() }
    }

    /// An answer in JSON, with the content type given.
    pub(crate) fn json(status: u16, content_type: &str, value: &Value) -> Response {
        Response::empty(status).with("content-type", content_type).with_body(value.to_string().into_bytes())
    }

    /// A page for a person.
    pub(crate) fn html(status: u16, page: String) -> Response {
        Response::empty(status).with("content-type", "text/html; charset=utf-8").with_body(page.into_bytes())
    }

    /// The answer with another header.
    pub(crate) fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The answer with this body.
    pub(crate) fn with_body(mut self, body: Vec<u8>) -> Response {
        self.body = body;
        self
    }
}
