//! Collections in pages, with opaque links from each to the next.

use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::exchange::{Request, Response};
use crate::fault::Mishap;
use crate::graph::call::Call;
use crate::graph::error::GraphError;

const PURPOSE: &str = "page";
const OPTION: &str = "$skiptoken=";

/// What a page token stands for.
#[derive(Serialize, Deserialize)]
struct Ticket {
    /// The query that the token belongs to, hashed.
    query: Vec<u8>,
    /// Where the page starts.
    position: Position,
    /// How many pages came before.
    number: u32,
    /// When the token ends, in seconds since 1970.
    ends: i64,
    /// How often all tokens had been declared expired.
    epoch: u64,
}

/// Where a page starts: a number, or whatever a collection needs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) struct Position(pub(crate) Vec<i64>);

/// A page's rows and where the next one starts.
pub(crate) struct Page {
    /// The rows.
    pub(crate) rows: Vec<Value>,
    /// Where the next page starts; absent on the last.
    pub(crate) next: Option<Position>,
    /// How many rows all pages have, when that was asked for.
    pub(crate) count: Option<usize>,
}

/// Where the page asked for starts.
pub(crate) struct Turn {
    /// The position; absent for the first page.
    pub(crate) position: Option<Position>,
    number: u32,
}

/// The query without its page token, as sent, and the token.
pub(crate) fn split(query: &str) -> (&str, Option<&str>) {
    match query.rsplit_once(OPTION) {
        Some((before, token)) => (before.strip_suffix('&').unwrap_or(before), Some(token)),
        None => (query, None),
    }
}

fn fingerprint(request: &Request, plain: &str) -> Vec<u8> {
    let text = format!("{}{}?{plain}", request.host, request.path);
    digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec()
}

/// Reads the page token of a request. A link that was altered in any place is refused.
///
/// # Errors
/// When the token is forged, belongs to another query, or has expired.
pub(crate) fn turn(call: &Call<'_>) -> Result<Turn, GraphError> {
    let (plain, token) = split(&call.request.query);
    let Some(token) = token else { return Ok(Turn { position: None, number: 0 }) };
    let invalid = || GraphError::bad_request("The skip token is invalid for this query.");
    let ticket: Ticket = call.world.seal.open(PURPOSE, token).ok_or_else(invalid)?;
    if ticket.query != fingerprint(call.request, plain) {
        return Err(invalid());
    }
    let expired = ticket.ends <= call.now.as_second() || ticket.epoch != call.world.state().page_epoch;
    if expired || call.mishap == Some(&Mishap::ExpiredPage) {
        return Err(GraphError::page_expired());
    }
    Ok(Turn { position: Some(ticket.position), number: ticket.number })
}

/// Writes a collection's page, with the context of the metadata that it belongs to.
pub(crate) fn respond(call: &Call<'_>, turn: &Turn, context: &str, page: Page) -> Response {
    let Page { mut rows, mut next, count } = page;
    let mut number = turn.number + 1;
    let every = call.world.options.empty_page_every;
    let emptied = call.mishap == Some(&Mishap::EmptyPage) || (every > 0 && number.is_multiple_of(every));
    if emptied {
        rows.clear();
        next = Some(turn.position.clone().unwrap_or(Position(Vec::new())));
    }
    if call.mishap == Some(&Mishap::LoopingLink) {
        next = Some(turn.position.clone().unwrap_or(Position(Vec::new())));
        number = turn.number;
    }
    let mut body = json!({"@odata.context": call.context(context)});
    if let Some(fields) = body.as_object_mut() {
        if let Some(count) = count {
            fields.insert("@odata.count".to_owned(), json!(count));
        }
        if let Some(position) = next {
            fields.insert("@odata.nextLink".to_owned(), json!(link(call, position, number)));
        }
        fields.insert("value".to_owned(), Value::Array(rows));
    }
    call.json(200, &body)
}

fn link(call: &Call<'_>, position: Position, number: u32) -> String {
    let (plain, _) = split(&call.request.query);
    let life = i64::try_from(call.world.options.page_life.as_secs()).unwrap_or(i64::MAX);
    let ticket = Ticket {
        query: fingerprint(call.request, plain),
        position,
        number,
        ends: call.now.as_second().saturating_add(life),
        epoch: call.world.state().page_epoch,
    };
    let token = call.world.seal.close(PURPOSE, &ticket);
    let host = match call.mishap {
        Some(Mishap::ForeignLink(host)) => host,
        _ => &call.request.host,
    };
    let joint = if plain.is_empty() { "" } else { "&" };
    format!("https://{host}{}?{plain}{joint}{OPTION}{token}", call.request.path)
}
