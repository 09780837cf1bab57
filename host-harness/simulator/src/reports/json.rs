//! Usage reports as JSON, in pages.

use serde_json::{Map, Value, json};

use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::listing;
use crate::reports::{Report, Window, catalogue, download};

/// Rows of a page.
const PAGE: usize = 200;

/// Answers with one page of a report: its columns as fields; of that about Copilot the period in a list of details.
///
/// # Errors
/// When the page token is not good.
pub(super) fn answer(call: &Call<'_>, report: &Report, window: Window) -> Result<Response, GraphError> {
    let rows = download::rows(call.world, report, window);
    let context = format!("reports/{}", report.name);
    listing::respond(call, &context, PAGE, (0u32..).zip(rows), |_, row| {
        let mut object = Map::new();
        for ((name, _), value) in report.columns.iter().zip(row) {
            match *name {
                "Report Period" if catalogue::is_copilot(report) => {
                    let period = value.parse::<u32>().unwrap_or_default();
                    let details = json!([{ "reportPeriod": period }]);
                    object.insert("copilotActivityUserDetailsByPeriod".to_owned(), details);
                }
                name => {
                    let value = match value.as_str() {
                        "" => Value::Null,
                        "True" | "Yes" => Value::Bool(true),
                        "False" | "No" => Value::Bool(false),
                        text if name == "Assigned Products" => json!(text.split('+').collect::<Vec<_>>()),
                        _ => Value::String(value),
                    };
                    object.insert(camel(name), value);
                }
            }
        }
        Ok(Value::Object(object))
    })
}

/// `Word Copilot Last Activity Date` as `wordCopilotLastActivityDate`.
fn camel(name: &str) -> String {
    let joined: String = name.split_whitespace().collect();
    let mut letters = joined.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
