//! Usage reports as JSON: turned into the table that the same report is as CSV, so that one reader is enough.

use std::io::Read;

use serde_json::Value;

use crate::contract::types::Error;
use crate::fault;
use crate::http;
use crate::json::Fields;

/// The longest page that is read: some thousand users with forty fields each.
const CAP: u64 = 32 * 1024 * 1024;

/// A page as CSV, and where the next one is.
///
/// # Errors
/// What the stream says; `protocol` when it is no page.
pub fn page(stream: impl Read) -> Result<(Vec<u8>, Option<String>), Error> {
    let mut bytes = Vec::new();
    stream.take(CAP).read_to_end(&mut bytes).map_err(|error| http::cause(&error))?;
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
    let document: Value = serde_json::from_slice(text)
        .map_err(|error| fault::protocol(&format!("A usage report is no JSON (line {}).", error.line())))?;
    if document.get("value").is_none_or(|value| !value.is_array()) {
        return Err(fault::protocol("A page of a usage report came without its field \"value\"."));
    }
    let lines: Vec<Vec<(&str, String)>> = document.items("value").iter().flat_map(lines).collect();
    Ok((table(&lines), document.text("@odata.nextLink")))
}

/// The lines of a record. Some keep a list of details inside, each of which is a line.
fn lines(record: &Value) -> Vec<Vec<(&str, String)>> {
    let Some(fields) = record.as_object() else { return Vec::new() };
    let mut common = Vec::new();
    let mut details: &[Value] = &[];
    for (name, value) in fields {
        match value.as_array() {
            Some(list) if list.first().is_some_and(Value::is_object) => details = list,
            _ => common.push((name.as_str(), cell(value))),
        }
    }
    if details.is_empty() {
        return vec![common];
    }
    let mut lines = Vec::new();
    for fields in details.iter().filter_map(Value::as_object) {
        let mut line = common.clone();
        line.extend(fields.iter().map(|(name, value)| (name.as_str(), cell(value))));
        lines.push(line);
    }
    lines
}

/// A value as it stands in a cell. Lists of words become one text.
fn cell(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join("+"),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn table(lines: &[Vec<(&str, String)>]) -> Vec<u8> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in lines.iter().flatten() {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let mut text = String::new();
    write(&mut text, names.iter().copied());
    for line in lines {
        let of = |name: &&str| line.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        write(&mut text, names.iter().map(of));
    }
    text.into_bytes()
}

fn write<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for cell in cells {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push_str("\",");
    }
    text.pop();
    text.push('\n');
}
