//! Requests to Microsoft Graph: one page, one object, or one redirect at a time.
//!
//! Facts: `paging`, `best-practices-concept` and `errors` of the Graph documentation.

use serde_json::Value;

use crate::contract::types::Error;
use crate::fault;
use crate::http::{Request, Response, Transport};
use crate::random;

/// The longest page that is read: 999 users with all their plans take about 16 MB.
const PAGE_CAP: usize = 32 * 1024 * 1024;

/// Microsoft Graph, as one call sees it. The host adds the bearer credential while collecting.
#[derive(Clone)]
pub struct Graph<'a> {
    /// Carries the requests.
    pub transport: &'a dyn Transport,
    /// Such as `https://graph.microsoft.com`, without a slash at its end.
    pub root: String,
    /// The permission that is named when Graph answers 403.
    pub permission: &'static str,
}

/// A page of a collection.
#[derive(Debug)]
pub struct Page {
    /// May be empty although more follows.
    pub value: Vec<Value>,
    /// Where the next page is, to be followed as it stands.
    pub next_link: Option<String>,
    /// The `ETag` of the answer.
    pub etag: Option<String>,
    /// How many there are on all pages, on the first page of a query that asks for it.
    pub count: Option<u64>,
}

/// What a usage report answers.
pub enum Redirect {
    /// The pre-authenticated address of the file, which is used once, and never logged or kept; and the `ETag`.
    Location(String, Option<String>),
    /// Nothing has changed since the `ETag` that was sent.
    NotModified,
    /// The file itself: the redirect was followed on the way.
    Body(Response),
}

impl<'a> Graph<'a> {
    /// Graph below a root.
    #[must_use]
    pub fn new(transport: &'a dyn Transport, root: String) -> Self {
        Self { transport, root, permission: "Directory.Read.All" }
    }

    /// The same, naming this permission when Graph answers 403.
    #[must_use]
    pub fn needing(&self, permission: &'static str) -> Graph<'a> {
        Graph { permission, ..self.clone() }
    }

    /// A GET of an absolute address. Statuses 2xx, 302 and 304 come back as answers.
    ///
    /// # Errors
    /// Every other status, as [`fault::graph`] reads it, and what the transport says.
    pub fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Response, Error> {
        let mut all = vec![
            ("accept".to_owned(), "application/json".to_owned()),
            ("client-request-id".to_owned(), random::guid()?),
        ];
        for (name, value) in headers {
            all.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let request = Request { method: "GET", url: url.to_owned(), headers: all, body: Vec::new() };
        let response = self.transport.send(request)?;
        match response.status {
            200..=299 | 302 | 304 => Ok(response),
            _ => Err(fault::graph(response, self.permission)),
        }
    }

    /// One page of a collection.
    ///
    /// # Errors
    /// As [`Graph::get`]; `protocol` when the answer is no page, or its next link leads elsewhere.
    pub fn page(&self, url: &str, headers: &[(&str, &str)]) -> Result<Page, Error> {
        let (bytes, etag) = self.whole(url, headers)?;
        let mut page = json(&bytes)?;
        let mut taken = |name| page.get_mut(name).map(Value::take);
        let next_link = match taken("@odata.nextLink") {
            None | Some(Value::Null) => None,
            Some(Value::String(link)) => Some(self.verified(link)?),
            Some(_) => return Err(elsewhere()),
        };
        let count = taken("@odata.count").and_then(|count| count.as_u64());
        match taken("value") {
            Some(Value::Array(value)) => Ok(Page { value, next_link, etag, count }),
            _ => Err(no_value()),
        }
    }

    /// One object.
    ///
    /// # Errors
    /// As [`Graph::get`]; `protocol` when the answer has another shape.
    pub fn object(&self, url: &str) -> Result<Value, Error> {
        json(&self.whole(url, &[])?.0)
    }

    /// The body of an answer that is no redirect, and its `ETag`.
    fn whole(&self, url: &str, headers: &[(&str, &str)]) -> Result<(Vec<u8>, Option<String>), Error> {
        let response = self.get(url, headers)?;
        if !(200..300).contains(&response.status) {
            return Err(fault::protocol("Microsoft Graph redirected a request that it answers directly."));
        }
        let etag = response.header("etag").map(str::to_owned);
        Ok((response.bytes(PAGE_CAP)?, etag))
    }

    /// Where a usage report lies.
    ///
    /// # Errors
    /// As [`Graph::get`]; `protocol` when a 302 names no address.
    pub fn redirect(&self, url: &str, headers: &[(&str, &str)]) -> Result<Redirect, Error> {
        let response = self.get(url, headers)?;
        let etag = response.header("etag").map(str::to_owned);
        match response.status {
            304 => Ok(Redirect::NotModified),
            302 => match response.header("location") {
                Some(location) if location.starts_with("https://") => Ok(Redirect::Location(location.to_owned(), etag)),
                _ => Err(fault::protocol("A usage report was redirected without an HTTPS address.")),
            },
            _ => Ok(Redirect::Body(response)),
        }
    }

    /// A next link carries the request on with the bearer credential, so it may lead nowhere but to the same origin:
    /// the slash behind the root ends the host, so that no other can hide there.
    pub(crate) fn verified(&self, link: String) -> Result<String, Error> {
        let same = link.strip_prefix(&self.root).is_some_and(|rest| rest.starts_with('/'));
        if same { Ok(link) } else { Err(elsewhere()) }
    }
}

/// An answer as JSON. Fields that nobody asked for are ignored.
fn json(bytes: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(bytes).map_err(|error| other_shape(&error))
}

fn other_shape(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    fault::protocol(&format!(
        "An answer of Microsoft Graph has another shape than documented (line {line}, column {column})."
    ))
}

fn elsewhere() -> Error {
    fault::protocol("The next page of Microsoft Graph lies on another host.")
}

fn no_value() -> Error {
    fault::protocol("A page of Microsoft Graph came without its field \"value\".")
}

#[cfg(test)]
mod tests;
