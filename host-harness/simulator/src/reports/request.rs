//! The request for a usage report: a redirect to where its file is.

use ring::digest;
use serde::{Deserialize, Serialize};

use crate::clock::{date, parse_date};
use crate::exchange::{Response, decode};
use crate::fault::Mishap;
use crate::graph::call::{Call, Version};
use crate::graph::error::GraphError;
use crate::hosts;
use crate::options::Cloud;
use crate::reports::{Report, Window, catalogue, json, refresh_day};

/// What a download token is for.
pub(crate) const PURPOSE: &str = "report";

/// How long a download token lives, in seconds.
const LIFE: i64 = 120;

/// What a download token stands for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {
    /// The report's name.
    pub(crate) report: String,
    /// The first day.
    pub(crate) first: i32,
    /// The last day.
    pub(crate) last: i32,
    /// The period's days.
    pub(crate) period: Option<i32>,
    /// When the token ends, in seconds since 1970.
    pub(crate) ends: i64,
}

/// `GET /reports/{name}(period='D7')` and `(date=2026-11-20)`.
pub(crate) fn answer(call: &Call<'_>) -> Result<Response, GraphError> {
    let path = decode(call.param(0));
    let (name, argument) = match path.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').ok_or_else(malformed)?),
        None => (path.as_str(), ""),
    };
    let unknown = || GraphError::bad_request(format!("Resource not found for the segment '{name}'."));
    let report = catalogue::find(name).ok_or_else(unknown)?;
    let below_copilot = call.request.path.to_ascii_lowercase().contains("/copilot/reports/");
    let copilot = catalogue::is_copilot(report);
    let there = if copilot { below_copilot == (call.version == Version::V1) } else { !below_copilot };
    if !there || (copilot && call.world.state().no_copilot) {
        return Err(unknown());
    }
    if call.world.options.cloud != Cloud::Global && !is_everywhere(call.version, report) {
        return Err(GraphError::new(404, "ResourceNotFound", format!("'{name}' is not offered in this cloud.")));
    }
    let query = call.query(&["format"])?;
    let format = query.get("format");
    let has_json = copilot || is_everywhere(call.version, report);
    if format.is_some_and(|format| format != "text/csv" && !(has_json && format == "application/json")) {
        return Err(GraphError::bad_request("The requested format is not supported by this report."));
    }
    let window = window(call, report, argument)?;
    if format.map_or(copilot, |format| format != "text/csv") {
        return json::answer(call, report, window);
    }
    let etag = etag(call, report, window);
    if call.request.header("if-none-match").is_some_and(|known| known.split(',').any(|each| each.trim() == etag)) {
        return Ok(Response::empty(304).with("etag", etag));
    }
    let ticket = Ticket {
        report: report.name.to_owned(),
        first: window.first,
        last: window.last,
        period: window.period,
        ends: call.now.as_second() + LIFE,
    };
    let token = call.world.seal.close(PURPOSE, &ticket);
    let host = match call.mishap {
        Some(Mishap::WrongRedirect(host)) => host,
        _ => hosts::REPORTS,
    };
    let location = format!("https://{host}/data/v1.0/download?token={token}");
    Ok(Response::empty(302).with("content-type", "text/plain").with("location", location).with("etag", etag))
}

/// The reports that national clouds have as well: two, and only in beta.
fn is_everywhere(version: Version, report: &Report) -> bool {
    let names = ["getOffice365ActiveUserDetail", "getTeamsDeviceUsageUserDetail"];
    version == Version::Beta && names.contains(&report.name)
}

fn malformed() -> GraphError {
    GraphError::bad_request("The function call in the path is not complete.")
}

fn window(call: &Call<'_>, report: &Report, argument: &str) -> Result<Window, GraphError> {
    let refresh = refresh_day(call.world);
    if !report.by_period && report.dated_days == 0 {
        let whole = Window { first: refresh - 179, last: refresh, period: None };
        return if argument.is_empty() { Ok(whole) } else { Err(malformed()) };
    }
    let (name, value) = argument.split_once('=').ok_or_else(malformed)?;
    match name.trim() {
        "period" if report.by_period => {
            let days = match value {
                "'D7'" => 7,
                "'D30'" => 30,
                "'D90'" => 90,
                "'D180'" => 180,
                "'ALL'" if catalogue::is_copilot(report) => 180,
                _ => {
                    let message = format!("Invalid period value {value}: it must be one of D7, D30, D90, D180.");
                    return Err(GraphError::bad_request(message));
                }
            };
            Ok(Window { first: refresh - days + 1, last: refresh, period: Some(days) })
        }
        "date" if report.dated_days > 0 => {
            let day = parse_date(value.trim_matches('\'')).ok_or_else(malformed)?;
            if day > refresh || day <= refresh - report.dated_days {
                let message = format!(
                    "Invalid date value {}: it must be within the last {} days of data.",
                    date(day),
                    report.dated_days
                );
                return Err(GraphError::bad_request(message));
            }
            Ok(Window { first: day, last: day, period: None })
        }
        _ => Err(malformed()),
    }
}

fn etag(call: &Call<'_>, report: &Report, window: Window) -> String {
    let refresh = refresh_day(call.world);
    let state = call.world.state();
    let late = state.late_reports;
    let text = format!(
        "{} {} {window:?} {} {:?} {} {}",
        report.name, call.world.tenant.id, state.concealed, state.removed, refresh, late
    );
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let digits: String = hash.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}
