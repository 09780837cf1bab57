//! Collections of directory objects, which all page and select alike.

use serde_json::{Map, Value};

use crate::exchange::Response;
use crate::fault::Mishap;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::page::{self, Page, Position};

/// The usual page of directory objects.
pub(crate) const USUAL: usize = 100;

/// The largest page of directory objects.
pub(crate) const LARGEST: usize = 999;

/// Answers with one page of items that come in the order of their places.
///
/// # Errors
/// When the page token is not good, or a row cannot be written.
pub(crate) fn respond<T>(
    call: &Call<'_>,
    context: &str,
    top: usize,
    items: impl Iterator<Item = (u32, T)>,
    row: impl FnMut(u32, T) -> Result<Value, GraphError>,
) -> Result<Response, GraphError> {
    respond_counted(call, context, top, None, items, row)
}

/// The same, with the number of all items.
///
/// # Errors
/// As [`respond`].
pub(crate) fn respond_counted<T>(
    call: &Call<'_>,
    context: &str,
    top: usize,
    count: Option<usize>,
    items: impl Iterator<Item = (u32, T)>,
    mut row: impl FnMut(u32, T) -> Result<Value, GraphError>,
) -> Result<Response, GraphError> {
    let turn = call.turn()?;
    let start = turn.position.as_ref().and_then(|position| position.0.first()).copied().unwrap_or(0);
    let mut start = u32::try_from(start).unwrap_or(u32::MAX);
    if call.mishap == Some(&Mishap::Overlap) {
        start = start.saturating_sub(1);
    }
    let mut items = items.skip_while(|(place, _)| *place < start);
    let rows = items.by_ref().take(top).map(|(place, item)| row(place, item)).collect::<Result<_, _>>()?;
    let next = items.next().map(|(place, _)| Position(vec![i64::from(place)]));
    Ok(page::respond(call, &turn, context, Page { rows, next, count }))
}

/// The row with only the properties asked for, and the id.
///
/// # Errors
/// When the kind of object has no such property.
pub(crate) fn chosen(row: Value, select: Option<&[&str]>, kind: &str) -> Result<Value, GraphError> {
    let Some(names) = select else { return Ok(row) };
    let mut kept = Map::new();
    for name in ["id"].iter().chain(names) {
        let value = row.get(*name).ok_or_else(|| {
            GraphError::bad_request(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
            ))
        })?;
        kept.insert((*name).to_owned(), value.clone());
    }
    Ok(Value::Object(kept))
}
