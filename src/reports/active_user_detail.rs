//! Who was active where: `getOffice365ActiveUserDetail` over 180 days, so that any window up to 90 days can be judged.
//!
//! One step reads the whole file as it streams in, because its address is good for about two minutes and once. The
//! address carries its own right to read, so it stands in no cursor, log or message.
//!
//! Rows of deleted users are left out: they hold no seat. A row with something unreadable where a day should be is left
//! out and counted, because reading it as "never active" would be a lie.

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Kind, Row, Usage};
use crate::contract::types::{Day, Delay, Error, Fault};
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::graph::Redirect;
use crate::http::{Request, Response};
use crate::permission;
use crate::reports::csv::{Cells, Column, DayCell, Report, is_concealed};
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "active-user-detail";

/// Days that the report looks back on.
const WINDOW: Day = 180;

/// The longest report that is read: 300 bytes a row for 1.8 million users.
const CAP: u64 = 512 * 1024 * 1024;

/// Rows that are handed on at once.
const BATCH: usize = 2000;

/// A feature of the rows, and what the columns of the report call it.
const FEATURES: [(&str, &str); 6] = [
    ("exchange", "Exchange"),
    ("onedrive", "OneDrive"),
    ("sharepoint", "SharePoint"),
    ("skype-for-business", "Skype For Business"),
    ("viva-engage", "Yammer"),
    ("teams", "Teams"),
];

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Activity by workload".to_owned(),
        help: "The last day on which each user was active in Exchange, OneDrive, SharePoint, Skype for Business, Viva \
               Engage and Teams, within 180 days. Microsoft's report is about two days old."
            .to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Usage],
        columns: columns(&[
            ("principal-name", "The user's principal name, or a pseudonym when the tenant conceals names in reports."),
            ("concealed", "The name is a pseudonym: the row cannot be joined with a user."),
            ("feature", "exchange, onedrive, sharepoint, skype-for-business, viva-engage or teams."),
            ("from", "179 days before the report's refresh date."),
            ("to", "The report's refresh date."),
            ("last-active", "The last day with activity; empty: none in the report."),
        ]),
        permissions: permissions(&[&[permission::REPORTS]]),
        licence: None,
    }
}

/// Reads the report.
///
/// # Errors
/// What Graph says; `unavailable` when the address of the file fails; `protocol` when the file has no principal names.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<Step, Error> {
    let graph = env.graph.needing(permission::REPORTS);
    let url = format!("{}/v1.0/reports/getOffice365ActiveUserDetail(period='D{WINDOW}')", graph.root);
    let response = match graph.redirect(&url, &[("accept", "*/*")])? {
        Redirect::Body(response) => response,
        Redirect::Location(location) => download(env, location)?,
        Redirect::NotModified => return Err(fault::protocol("Graph says that a report is unchanged, unasked.")),
    };
    let mut reading = Reading::open(Report::open(response.reader(CAP), "The usage report")?)?;
    let mut batch = Vec::with_capacity(BATCH);
    while reading.next(&mut batch)? {
        if batch.len() >= BATCH {
            env.sink.emit(std::mem::take(&mut batch))?;
        }
    }
    if !batch.is_empty() {
        env.sink.emit(batch)?;
    }
    Ok(step::done_with(reading.gaps()))
}

/// Fetches the file without a credential. The address is left out of every message.
fn download(env: &Env, location: String) -> Result<Response, Error> {
    let headers = vec![("accept".to_owned(), "*/*".to_owned())];
    let request = Request { method: "GET", url: location, headers, body: Vec::new() };
    let response = env.graph.transport.send(request)?;
    if response.status == 200 {
        return Ok(response);
    }
    let retry_after = response.header("retry-after").and_then(|seconds| seconds.parse().ok());
    Err(Error::Unavailable(Delay {
        fault: Fault {
            mend: Some("The host asks for a new address by itself; if it stays, try again later.".to_owned()),
            code: Some(response.status.to_string()),
            ..fault::sentence("The server that keeps the usage reports did not give the file.")
        },
        retry_after,
    }))
}

struct Reading<R> {
    report: Report<R>,
    layout: Layout,
    concealed: u64,
    unreadable: u64,
    missing: Vec<&'static str>,
}

struct Layout {
    refreshed: Column,
    name: Column,
    deleted: Option<Column>,
    features: Vec<(&'static str, Option<Column>, Column)>,
}

impl<R: std::io::Read> Reading<R> {
    fn open(report: Report<R>) -> Result<Self, Error> {
        let name = report.required("User Principal Name")?;
        let refreshed = report.required("Report Refresh Date")?;
        let (mut features, mut missing) = (Vec::new(), Vec::new());
        for (feature, title) in FEATURES {
            match report.column(&format!("{title} Last Activity Date")) {
                Some(last) => features.push((feature, report.column(&format!("Has {title} License")), last)),
                None => missing.push(feature),
            }
        }
        let layout = Layout { refreshed, name, deleted: report.column("Is Deleted"), features };
        Ok(Self { report, layout, concealed: 0, unreadable: 0, missing })
    }

    /// Reads one line into rows; false at the end.
    fn next(&mut self, rows: &mut Vec<Row>) -> Result<bool, Error> {
        let layout = &self.layout;
        let Some(cells) = self.report.next_row()? else { return Ok(false) };
        if cells.yes(layout.deleted) {
            return Ok(true);
        }
        match layout.read(&cells) {
            Some(read) => {
                self.concealed += u64::from(read.first().is_some_and(|usage| usage.concealed));
                rows.extend(read.into_iter().map(Row::Usage));
            }
            None => self.unreadable += 1,
        }
        Ok(true)
    }

    fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        if self.concealed > 0 {
            let message = format!("The tenant conceals names in its usage reports ({} users).", self.concealed);
            gaps.push(gap(
                ID,
                Some("principal-name"),
                Error::Other(fault::sentence(&message)),
                "In the admin centre, under Settings > Org settings > Services > Reports, switch off \"Display concealed \
                 user, group, and site names in all reports\".",
            ));
        }
        if self.unreadable > 0 {
            let message = format!("{} lines of the report are no rows of it, and were left out.", self.unreadable);
            gaps.push(gap(ID, None, fault::protocol(&message), "Try again when Microsoft has made the next report."));
        }
        if !self.missing.is_empty() {
            let message = format!("The report has no columns for: {}.", self.missing.join(", "));
            let cause = Error::NotFound(fault::sentence(&message));
            gaps.push(gap(ID, Some("feature"), cause, "Nothing: Microsoft does not offer them in this cloud."));
        }
        gaps
    }
}

impl Layout {
    /// The rows of one line: features with a licence or with activity. `None` when the line cannot be trusted.
    fn read(&self, cells: &Cells<'_>) -> Option<Vec<Usage>> {
        let (Some(name), DayCell::On(to)) = (cells.text(self.name), cells.day(self.refreshed)) else { return None };
        if cells.misaligned {
            return None;
        }
        let mut rows = Vec::new();
        for (feature, licence, last) in &self.features {
            let last_active = match cells.day(*last) {
                DayCell::Unreadable => return None,
                DayCell::Empty => None,
                DayCell::On(day) => Some(day),
            };
            if last_active.is_some() || cells.yes(*licence) {
                rows.push(Usage {
                    user: None,
                    principal_name: name.clone(),
                    concealed: is_concealed(&name),
                    feature: (*feature).to_owned(),
                    from: to.saturating_sub(WINDOW - 1),
                    to,
                    last_active,
                    count: None,
                    unit: None,
                });
            }
        }
        Some(rows)
    }
}

#[cfg(test)]
#[path = "active_user_detail_tests.rs"]
mod tests;
