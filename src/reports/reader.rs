//! Reads usage reports: the request, the redirect to a file that is good for about two minutes, and its lines.
//!
//! The address of a file carries its own right to read, so it stands in no cursor, log or message. The file is read as it
//! streams in. One of very many users is read in several steps: each fetches it again and passes over what is done, as
//! long as its `ETag` says that it is the same one.
//!
//! Rows of deleted users are left out: they hold no seat. A line with something unreadable in it is left out and counted,
//! because reading it as "never active" would be a lie.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};

use crate::cloud::Cloud;
use crate::contract::connector::{Gap, Outcome, Step, Task};
use crate::contract::rows::{Row, Usage};
use crate::contract::types::{Day, Delay, Error, Fault, Instant};
use crate::cursor;
use crate::datasets::gap;
use crate::datasets::walk::refuse_loop;
use crate::fault;
use crate::fold::fold;
use crate::graph::Redirect;
use crate::http::{self, Request, Response};
use crate::kept;
use crate::permission;
use crate::proof;
use crate::reports::csv::Report;
use crate::reports::layout::{Layout, Line};
use crate::reports::{Asked, UsageReport, active_user_detail, agenda, json, showing_names};
use crate::step::Env;
use crate::time;

/// The longest report that is read: 300 bytes a row for 1.8 million users.
const CAP: u64 = 512 * 1024 * 1024;

/// Rows that are handed on at once.
const BATCH: usize = 2000;

/// What messages call a file.
const TITLE: &str = "The usage report";

/// Lines that one step makes rows of: at most twenty rows each, and a host takes two million of a step.
const LINES: u64 = 100_000;

/// Changes when rows are made in another way, so that a report is read again although it is the same.
const FORMAT: &str = "1";

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    /// The address of the report that is tried.
    attempt: usize,
    /// The next page, when it comes in pages.
    next: Option<String>,
    /// Lines of the file that are done.
    done: u64,
    /// The file that is read; absent: it does not say, or comes in pages.
    etag: Option<String>,
    /// The tenant conceals names, by its setting.
    setting: bool,
    /// Lines with a pseudonym; lines that say nothing that can be trusted.
    concealed: u64,
    unreadable: u64,
}

kept!(Cursor { attempt, next, done, etag, setting, concealed, unreadable });

/// Reads one file, a part of it, or one page.
///
/// # Errors
/// What Graph says; `unavailable` when the address of the file fails; `protocol` when the file has no principal names;
/// `internal` for a task that names no day.
pub fn step(
    env: &Env,
    report: &'static UsageReport,
    task: &Task,
    bookmark: Option<&[u8]>,
    cursor: Option<&[u8]>,
) -> Result<Step, Error> {
    let at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    let day = match report.asked {
        Asked::Day => Some(
            agenda::day_of(&task.id)
                .ok_or_else(|| fault::internal(&format!("The task \"{}\" names no day.", task.id)))?,
        ),
        _ => None,
    };
    Reading { env, report, day, at }.step(bookmark)
}

/// A report that is being read.
struct Reading<'a> {
    env: &'a Env<'a>,
    report: &'static UsageReport,
    day: Option<Day>,
    at: Cursor,
}

/// What came of the lines of a file.
enum Ended {
    /// All are read.
    All,
    /// More follow.
    Some,
    /// They are not of the day that was asked for: it is not made yet, or (`true`) the report tells of later days.
    NotOfDay(bool),
}

impl Reading<'_> {
    fn step(mut self, bookmark: Option<&[u8]>) -> Result<Step, Error> {
        let graph = self.env.graph.needing(permission::REPORTS);
        let addresses =
            self.report.addresses(&self.day.map(time::day_text).unwrap_or_default(), self.env.settings.cloud);
        let address = addresses.get(self.at.attempt).map_or("", String::as_str);
        let begins = self.at.next.is_none() && self.at.done == 0;
        let url = self.at.next.take().unwrap_or_else(|| format!("{}{address}", graph.root));
        let known = bookmark.filter(|_| begins).and_then(etag_of);
        let mut headers = vec![("accept", "*/*")];
        headers.extend(known.map(|etag| ("if-none-match", etag)));
        let (response, etag) = match graph.redirect(&url, &headers) {
            Ok(Redirect::NotModified) if known.is_none() => {
                return Err(fault::protocol("Graph says that a report is unchanged, unasked."));
            }
            Ok(Redirect::NotModified) => return Ok(self.unchanged(known, Vec::new())),
            Ok(Redirect::Location(location, etag)) => (download(self.env, location)?, etag),
            Ok(Redirect::Body(response)) => {
                let etag = response.header("etag").map(str::to_owned);
                (response, etag)
            }
            Err(error) => return self.refused(addresses.len(), error),
        };
        if self.at.done > 0 && self.at.etag != etag {
            let reason = "Microsoft has made a new report in the meantime.".to_owned();
            return Ok(Step { outcome: Outcome::Restart(reason), gaps: Vec::new() });
        }
        self.at.etag = etag;
        if begins && self.report.id == active_user_detail::ID && self.env.settings.cloud == Cloud::Global {
            // One report asks for all: in the others pseudonyms are recognised by themselves.
            let settings = format!("{}/v1.0/admin/reportSettings", graph.root);
            self.at.setting = proof::concealed(&graph, &settings, &[]).unwrap_or(false);
        }
        self.read(response, &url)
    }

    /// Makes rows of an answer.
    fn read(mut self, response: Response, url: &str) -> Result<Step, Error> {
        let mut stream = BufReader::new(response.reader(CAP));
        let begin = stream.fill_buf().map_err(|error| http::cause(&error))?;
        let first = begin.iter().find(|byte| byte.is_ascii() && !byte.is_ascii_whitespace());
        let (mut layout, mut ended, mut next) = (None, Ended::All, None);
        if first == Some(&b'{') {
            let (page, link) = json::page(stream)?;
            next = link.map(|link| self.env.graph.verified(link)).transpose()?;
            // A page may be empty although more follows.
            if page.len() > 1 {
                let file = Report::open(page.as_slice(), TITLE)?;
                let found = Layout::of(self.report, &file, self.day)?;
                ended = self.lines(file, &found)?;
                layout = Some(found);
            }
        } else {
            let file = Report::open(stream, TITLE)?;
            let found = Layout::of(self.report, &file, self.day)?;
            ended = self.lines(file, &found)?;
            layout = Some(found);
        }
        match (ended, next) {
            (Ended::NotOfDay(later), _) => Ok(self.not_of_day(later)),
            (_, Some(next)) => {
                refuse_loop(url, &next)?;
                self.at = Cursor { next: Some(next), done: 0, etag: None, ..self.at };
                Ok(Step { outcome: cursor::more(&self.at)?, gaps: Vec::new() })
            }
            (Ended::Some, None) => Ok(Step { outcome: cursor::more(&self.at)?, gaps: Vec::new() }),
            (Ended::All, None) => {
                let empty = self.day.filter(|_| self.at.done == 0);
                if empty.is_some_and(|day| !agenda::is_past(day, self.env.context.now)) {
                    // Nobody was active, or the day is not made yet: nobody can tell.
                    return Ok(self.not_of_day(false));
                }
                let outcome = Outcome::Done(Some(mark(self.env.context.now, self.at.etag.as_deref())));
                let missing = layout.map(|layout| layout.missing).unwrap_or_default();
                Ok(Step { outcome, gaps: self.gaps(&missing) })
            }
        }
    }

    /// Reads the lines that are still to be read, at most so many.
    fn lines(&mut self, mut file: Report<'_>, layout: &Layout) -> Result<Ended, Error> {
        let (mut rows, mut sums) = (Vec::new(), BTreeMap::<String, Vec<Usage>>::new());
        let (before, mut line) = (self.at.done, 0);
        let ended = loop {
            if !self.report.summed && line >= before.saturating_add(LINES) {
                break Ended::Some;
            }
            let Some(cells) = file.next_row()? else { break Ended::All };
            line += 1;
            if line <= before {
                continue;
            }
            match layout.read(&cells, self.at.setting) {
                Line::Unreadable => self.at.unreadable += 1,
                Line::Deleted => {}
                Line::Early => return Ok(Ended::NotOfDay(false)),
                Line::Later => return Ok(Ended::NotOfDay(true)),
                Line::Of(found) => {
                    self.at.concealed += u64::from(found.first().is_some_and(|usage| usage.concealed));
                    if self.report.summed {
                        add(&mut sums, found);
                    } else {
                        rows.extend(found.into_iter().map(Row::Usage));
                    }
                }
            }
            if rows.len() >= BATCH {
                self.env.sink.emit(std::mem::take(&mut rows))?;
            }
        };
        self.at.done = line;
        for row in sums.into_values().flatten() {
            rows.push(Row::Usage(row));
            if rows.len() >= BATCH {
                self.env.sink.emit(std::mem::take(&mut rows))?;
            }
        }
        if !rows.is_empty() {
            self.env.sink.emit(rows)?;
        }
        Ok(ended)
    }

    /// Decides what a refusal means: another address, a report that is not offered here, or a day that is not made yet.
    fn refused(self, addresses: usize, error: Error) -> Result<Step, Error> {
        let unknown = matches!(error, Error::NotFound(_) | Error::Other(_));
        if unknown && self.at.attempt + 1 < addresses {
            let next = Cursor { attempt: self.at.attempt + 1, ..Cursor::default() };
            return Ok(Step { outcome: cursor::more(&next)?, gaps: Vec::new() });
        }
        if unknown && self.day.is_some_and(|day| !agenda::is_past(day, self.env.context.now)) {
            return Ok(self.not_of_day(false));
        }
        let cloud = self.env.settings.cloud;
        if cloud != Cloud::Global && (unknown || matches!(error, Error::Forbidden(_))) {
            let message = format!("Microsoft does not offer this report in the cloud {}.", cloud.label());
            let mend = "Nothing, as long as Reports.Read.All is granted.";
            let gap = gap(self.report.id, None, Error::NotFound(fault::sentence(&message)), mend);
            return Ok(self.unchanged(None, vec![gap]));
        }
        Err(error)
    }

    /// What was published of the day stays, if anything was.
    fn not_of_day(&self, later: bool) -> Step {
        let gaps = later.then(|| {
            let message = "A report of one day tells of later days, so that nobody can say who was active on that day.";
            gap(self.report.id, Some("from"), fault::protocol(message), "Nothing: the days before stay as they are.")
        });
        self.unchanged(None, gaps.into_iter().collect())
    }

    /// Nothing is published. With an `ETag`, the report is known to be the same as before.
    fn unchanged(&self, etag: Option<&str>, gaps: Vec<Gap>) -> Step {
        Step { outcome: Outcome::Unchanged(etag.map(|etag| mark(self.env.context.now, Some(etag)))), gaps }
    }

    fn gaps(&self, missing: &[(&'static str, &'static str)]) -> Vec<Gap> {
        let (id, mut gaps) = (self.report.id, Vec::new());
        if self.at.concealed > 0 {
            let message = format!("The tenant conceals names in its usage reports ({} users).", self.at.concealed);
            let mend = showing_names(self.env.settings.cloud);
            gaps.push(gap(id, Some("principal-name"), Error::Other(fault::sentence(&message)), &mend));
        }
        if self.at.unreadable > 0 {
            let message = format!("{} lines of the report are no rows of it, and were left out.", self.at.unreadable);
            gaps.push(gap(id, None, fault::protocol(&message), "Try again when Microsoft has made the next report."));
        }
        if !missing.is_empty() {
            let features: Vec<&str> = missing.iter().map(|(feature, _)| *feature).collect();
            let columns: Vec<&str> = missing.iter().map(|(_, column)| *column).collect();
            let message = format!("The report has no columns for: {} ({}).", features.join(", "), columns.join(", "));
            let mend = "Nothing, when Microsoft does not offer them here; if it has renamed them, use a newer version of \
                        the connector.";
            gaps.push(gap(id, Some("feature"), Error::NotFound(fault::sentence(&message)), mend));
        }
        gaps
    }
}

/// Adds the rows of one line to those of the other lines of the same person.
fn add(sums: &mut BTreeMap<String, Vec<Usage>>, rows: Vec<Usage>) {
    for row in rows {
        let known = sums.entry(fold(&row.principal_name)).or_default();
        match known.iter_mut().find(|known| known.feature == row.feature) {
            Some(known) => {
                known.count = Some(known.count.unwrap_or(0).saturating_add(row.count.unwrap_or(0)));
                known.last_active = known.last_active.max(row.last_active);
            }
            None => known.push(row),
        }
    }
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

/// What a partition keeps: how its rows were made, when Microsoft was asked last, and the `ETag` of its answer.
fn mark(now: Instant, etag: Option<&str>) -> Vec<u8> {
    format!("{FORMAT} {now} {}", etag.unwrap_or_default()).into_bytes()
}

fn parts(bookmark: &[u8]) -> Option<(Instant, &str)> {
    let rest = std::str::from_utf8(bookmark).ok()?.strip_prefix(FORMAT)?.strip_prefix(' ')?;
    let (asked, etag) = rest.split_once(' ')?;
    Some((asked.parse().ok()?, etag))
}

fn etag_of(bookmark: &[u8]) -> Option<&str> {
    parts(bookmark).map(|(_, etag)| etag).filter(|etag| !etag.is_empty())
}

/// When Microsoft was asked last for a partition, by its bookmark; `None` when its rows were made in another way.
#[must_use]
pub fn asked(bookmark: &[u8]) -> Option<Instant> {
    parts(bookmark).map(|(asked, _)| asked)
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
