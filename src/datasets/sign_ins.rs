//! Sign-ins of one day, counted by application and user: the log of interactive sign-ins, and the walk that all three
//! logs share.
//!
//! A day is asked for as a whole first: most tenants have fewer sign-ins in a day than fit on a page. A day that has more
//! is read in slices of one hour, newest first, from where that page ended, because Microsoft throttles the log by
//! requests and asks to slice by `createdDateTime`. Filters know `eq`, `le` and `ge`, so a slice ends with the last
//! ten-millionth of its hour. Fields are not selected: `$select` is not documented for this log.
//!
//! A record can stand at the end of one page and again at the beginning of the next: the ids of the oldest second of a
//! page travel in the cursor, and what comes again is dropped. The same mark is where an expired link is taken up again,
//! as long as the log came in order. A record outside its slice belongs to another one and is left out, so that nothing is
//! counted twice should the service ignore the filter.
//!
//! When the settings ask for it, each record that is counted is kept as well. A bookmark then ends with [`KEPT`], so that the
//! plan reads a day again when the setting has changed since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::contract::connector::{Gap, Outcome, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{ApplicationUse, Kind, Row, SignIn, UseKind};
use crate::contract::types::{Day, Error, Instant};
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::json::Fields;
use crate::kept;
use crate::permission;
use crate::premium;
use crate::step::{self, Env};
use crate::time;

/// The id of the dataset of interactive sign-ins, and the beginning of the ids of its tasks.
pub const ID: &str = "sign-ins";

const HOUR: Instant = 3600;

/// Ids that are remembered across a page border: 36 bytes each, well within a cursor.
const BORDER: usize = 1000;

/// Pages of a slice by which a circle is recognised.
const TRAIL: usize = 64;

/// How often expired links are taken up within a day before the day is begun again.
const RESUMES: u32 = 200;

/// Days for which every tenant keeps sign-ins; those with a premium licence keep 30.
const KEPT_BY_ALL: Day = 7;

/// What the bookmark of a day ends with whose single sign-ins are kept.
const KEPT: &str = " kept";

/// A log of sign-ins.
pub struct Log {
    /// The id of its dataset.
    pub id: &'static str,
    /// Below the root of Graph, with the part of the filter that chooses the log.
    pub path: &'static str,
    /// Who signs in.
    pub how: UseKind,
}

const INTERACTIVE: Log = Log { id: ID, path: "/v1.0/auditLogs/signIns?$filter=", how: UseKind::Interactive };

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    /// Single sign-ins are kept.
    keep: bool,
    /// The slice that is read, 0 to 23; `None` for the whole day.
    hour: Option<Instant>,
    /// The next page of the slice.
    next: Option<String>,
    /// What is later was counted before.
    ceiling: Option<Instant>,
    /// When the first record of the day was that was counted.
    earliest: Option<Instant>,
    /// The oldest second that was read of the slice, and the ids of its records.
    oldest: Option<Instant>,
    border: BTreeSet<String>,
    /// The oldest second cannot be taken up: it has too many records, or some came out of order.
    blurred: bool,
    /// What the last pages of the slice are recognised by.
    trail: Vec<u64>,
    /// Expired links that were taken up.
    resumed: u32,
    /// Records that were counted.
    total: u64,
    /// Records without user, application, time or result.
    unusable: u64,
    /// Records that do not belong to the slice in which they came.
    outside: u64,
}

kept!(Cursor {
    keep,
    hour,
    next,
    ceiling,
    earliest,
    oldest,
    border,
    blurred,
    trail,
    resumed,
    total,
    unusable,
    outside
});

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    described(
        &INTERACTIVE,
        "Sign-ins to applications",
        "Interactive sign-ins, counted by application, user and day. Microsoft keeps them for 30 days.",
    )
}

/// What the dataset of a log is.
pub(crate) fn described(log: &Log, title: &str, help: &str) -> Dataset {
    Dataset {
        id: log.id.to_owned(),
        title: title.to_owned(),
        help: help.to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::ApplicationUse, Kind::SignIn],
        columns: columns(&[
            ("application", "The application (client) id."),
            ("application-name", "The name of the application."),
            ("user", "The user's object id; that of the service principal when it acts by itself."),
            ("principal-name", "The user principal name."),
            ("day", "The day, in UTC."),
            ("how", "interactive, non-interactive or service."),
            ("sign-ins", "Sign-ins with error code 0."),
            ("failures", "All other sign-ins."),
            ("first", "The first sign-in of the day, successful or not."),
            ("last", "The last sign-in of the day, successful or not."),
            ("id", "Of a single sign-in: its id."),
            ("at", "Of a single sign-in: when it was."),
            ("target", "Of a single sign-in: the resource."),
            ("success", "Of a single sign-in: the error code was 0."),
            ("error", "Of a single sign-in: any other error code."),
            ("client", "Of a single sign-in: the client app, such as Browser."),
            ("address", "Of a single sign-in: the IP address."),
            ("country", "Of a single sign-in: the country or region of that address."),
            ("city", "Of a single sign-in: the city."),
        ]),
        permissions: permissions(&[&[permission::AUDIT_LOG, permission::DIRECTORY]]),
        licence: Some(premium::PLAN.to_owned()),
    }
}

/// The id of the task of a day.
#[must_use]
pub fn task_id(dataset: &str, day: Day) -> String {
    format!("{dataset}/{}", time::day_text(day))
}

/// The day of a task or partition.
#[must_use]
pub fn day_of(id: &str) -> Option<Day> {
    time::day(id.split_once('/')?.1)
}

/// Reads one page of a day of interactive sign-ins.
///
/// # Errors
/// As [`walk`].
pub fn step(env: &Env, task: &Task, bookmark: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    walk(&INTERACTIVE, env, task, bookmark, cursor)
}

/// Reads one page of a day of a log. The bookmark is the number of records and the instant of the first: a day that
/// shrinks, or now begins later, has begun to fall out of what the tenant keeps, and what was counted stays.
///
/// # Errors
/// What Graph says; `licence-needed` when the tenant is not premium; `internal` for a task that names no day.
pub(crate) fn walk(
    log: &Log,
    env: &Env,
    task: &Task,
    bookmark: Option<&[u8]>,
    cursor: Option<&[u8]>,
) -> Result<Step, Error> {
    let day = day_of(&task.id).ok_or_else(|| fault::internal(&format!("The task \"{}\" names no day.", task.id)))?;
    let Some(newest) = newest_hour(day, env.context.now) else { return Ok(step::done()) };
    let keep = env.settings.keep_sign_ins;
    let mut at = cursor::read::<Cursor>(cursor)?.unwrap_or_else(|| Cursor { keep, ..Cursor::default() });
    if at.keep != keep {
        // Half a day would be kept.
        let why = "The setting of single sign-ins has changed since the day was begun.";
        return Ok(Step { outcome: Outcome::Restart(why.to_owned()), gaps: Vec::new() });
    }
    let linked = at.next.take();
    let url = linked.clone().unwrap_or_else(|| at.slice_url(log, &env.graph.root, day));
    let page = match env.graph.needing(permission::AUDIT_LOG).page(&url, &[]) {
        Ok(page) => page,
        Err(Error::CursorExpired(fault)) if linked.is_none() || at.blurred || at.resumed == RESUMES => {
            return Ok(Step { outcome: Outcome::Restart(fault.message), gaps: Vec::new() });
        }
        Err(Error::CursorExpired(_)) => return at.resume(),
        Err(cause @ Error::Other(_)) if at.hour.is_none() && day <= env.today().saturating_sub(KEPT_BY_ALL) => {
            let mend = "Nothing: Microsoft keeps sign-ins for 30 days, and for 7 in tenants that were not premium.";
            let outcome = match bookmark {
                Some(_) => Outcome::Unchanged(marked(bookmark, keep)),
                None => Outcome::Done(marked(Some(&[]), keep)),
            };
            return Ok(Step { outcome, gaps: vec![gap(log.id, Some("sign-ins"), cause, mend)] });
        }
        Err(error) => return Err(premium::judged(env.store, error)),
    };
    at.refuse_circle(&url, &page.value)?;
    let rows = at.count(log, &page.value, day);
    match page.next_link {
        // The whole day does not fit on a page: it is read by hours from where the page ended.
        Some(_) if at.hour.is_none() => {
            if at.blurred {
                at = Cursor { keep, hour: Some(newest), ..Cursor::default() };
                return Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() });
            }
            let reached = at.oldest.map(|oldest| (oldest - time::start(day)) / HOUR);
            at.hour = Some(reached.unwrap_or(newest));
            at.ceiling = at.oldest;
            at.trail.clear();
        }
        Some(next) => {
            refuse_loop(&url, &next)?;
            at.next = Some(next);
        }
        None => match at.hour {
            Some(hour) if hour > 0 => {
                at.hour = Some(hour - 1);
                at = Cursor {
                    ceiling: None,
                    oldest: None,
                    border: BTreeSet::new(),
                    blurred: false,
                    trail: Vec::new(),
                    ..at
                };
            }
            _ => return end(log, env, rows, &at, bookmark),
        },
    }
    emit(env, rows)?;
    Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() })
}

fn emit(env: &Env, rows: Vec<Row>) -> Result<(), Error> {
    if rows.is_empty() { Ok(()) } else { env.sink.emit(rows) }
}

fn end(log: &Log, env: &Env, rows: Vec<Row>, at: &Cursor, bookmark: Option<&[u8]>) -> Result<Step, Error> {
    let shrinks = counted(bookmark).is_some_and(|before| at.total < before);
    if shrinks || at.earliest.is_some_and(|now| first(bookmark).is_some_and(|before| before < now)) {
        let message = "Microsoft no longer keeps the beginning of this day: it stays as it was counted before.";
        let told = || gap(log.id, Some("sign-ins"), Error::NotFound(fault::sentence(message)), "Run at least daily.");
        let gaps = if shrinks { Vec::new() } else { vec![told()] };
        return Ok(Step { outcome: Outcome::Unchanged(marked(bookmark, at.keep)), gaps });
    }
    emit(env, rows)?;
    let bookmark = format!("{} {}", at.total, at.earliest.unwrap_or(Instant::MAX));
    Ok(Step { outcome: Outcome::Done(marked(Some(bookmark.as_bytes()), at.keep)), gaps: at.gaps(log.id) })
}

/// A bookmark that says whether single sign-ins are kept.
fn marked(bookmark: Option<&[u8]>, keep: bool) -> Option<Vec<u8>> {
    let bare = |bookmark: &[u8]| bookmark.strip_suffix(KEPT.as_bytes()).unwrap_or(bookmark).to_vec();
    let mut bookmark = bare(bookmark?);
    if keep {
        bookmark.extend_from_slice(KEPT.as_bytes());
    }
    Some(bookmark)
}

/// Whether single sign-ins of a partition were kept, by its bookmark.
#[must_use]
pub fn keeps(bookmark: Option<&[u8]>) -> bool {
    bookmark.is_some_and(|bookmark| bookmark.ends_with(KEPT.as_bytes()))
}

/// The number of records of a partition, from its bookmark.
#[must_use]
pub fn counted(bookmark: Option<&[u8]>) -> Option<u64> {
    words(bookmark).next()?.parse().ok()
}

/// When the first record of a partition was.
fn first(bookmark: Option<&[u8]>) -> Option<Instant> {
    words(bookmark).nth(1)?.parse().ok()
}

fn words(bookmark: Option<&[u8]>) -> impl Iterator<Item = &str> {
    bookmark.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default().split(' ')
}

/// The newest hour of a day that has begun; `None` when the day has not.
fn newest_hour(day: Day, now: Instant) -> Option<Instant> {
    let seconds = now.checked_sub(time::start(day))?;
    (seconds >= 0).then(|| (seconds / HOUR).min(23))
}

/// FNV-1a: a circle of pages is recognised by it, and nothing depends on nobody finding a second text.
fn mark(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl Cursor {
    /// The first and the last second of the slice.
    fn bounds(&self, day: Day) -> (Instant, Instant) {
        let (begin, length) = match self.hour {
            Some(hour) => (time::start(day) + hour * HOUR, HOUR),
            None => (time::start(day), time::DAY),
        };
        let end = begin + length - 1;
        (begin, self.ceiling.map_or(end, |ceiling| ceiling.min(end)))
    }

    fn slice_url(&self, log: &Log, root: &str, day: Day) -> String {
        let (begin, end) = self.bounds(day);
        let (begin, end) = (time::instant_text(begin), time::instant_text(end).replace('Z', ".9999999Z"));
        format!("{root}{}createdDateTime%20ge%20{begin}%20and%20createdDateTime%20le%20{end}&$top=1000", log.path)
    }

    /// Goes on at the oldest second that was read, as the link to what follows has expired.
    fn resume(mut self) -> Result<Step, Error> {
        self.ceiling = self.oldest.or(self.ceiling);
        self.trail.clear();
        self.resumed += 1;
        Ok(Step { outcome: cursor::more(&self)?, gaps: Vec::new() })
    }

    /// Pages that lead in a circle would be counted again and again: a page is recognised by its address, and by the
    /// record with which it begins.
    fn refuse_circle(&mut self, url: &str, page: &[Value]) -> Result<(), Error> {
        // A page of one record may be what overlaps with the page before.
        let first = page.first().filter(|_| page.len() > 1).and_then(|record| record.word("id"));
        for sign in [Some(url), first].into_iter().flatten().map(mark) {
            if self.trail.contains(&sign) {
                return Err(fault::protocol("The pages of the sign-in log lead in a circle."));
            }
            self.trail.push(sign);
        }
        self.trail.drain(..self.trail.len().saturating_sub(TRAIL));
        Ok(())
    }

    /// Counts a page, and remembers its border. Single sign-ins follow their counts, when they are kept.
    fn count(&mut self, log: &Log, page: &[Value], day: Day) -> Vec<Row> {
        let (begin, end) = self.bounds(day);
        let (mut uses, mut kept) = (BTreeMap::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for record in page {
            let id = record.text("id").unwrap_or_default();
            if self.border.contains(&id) || (!id.is_empty() && !seen.insert(id.clone())) {
                continue;
            }
            let Some((read, error)) = read(record, log) else {
                self.unusable += 1;
                continue;
            };
            if !(begin..=end).contains(&read.first) {
                self.outside += 1;
                continue;
            }
            if self.keep && !id.is_empty() {
                kept.push(Row::SignIn(single(record, &id, &read, error)));
            }
            self.remember(id, read.first);
            self.total += 1;
            self.earliest = Some(self.earliest.map_or(read.first, |known| known.min(read.first)));
            add(&mut uses, read);
        }
        let mut rows: Vec<Row> = uses.into_values().map(Row::ApplicationUse).collect();
        rows.append(&mut kept);
        rows
    }

    fn remember(&mut self, id: String, at: Instant) {
        match self.oldest {
            Some(oldest) if at > oldest => {
                self.blurred = true;
                return;
            }
            Some(oldest) if at == oldest => {}
            _ => {
                self.oldest = Some(at);
                self.border.clear();
            }
        }
        if id.is_empty() || self.border.len() == BORDER {
            self.blurred = true;
        } else {
            self.border.insert(id);
        }
    }

    fn gaps(&self, dataset: &str) -> Vec<Gap> {
        let gap = |count: u64, what: &str| {
            let message = format!("{count} sign-ins {what}, and were not counted.");
            let mend = "Nothing: the day is complete but for them.";
            (count > 0).then(|| gap(dataset, Some("sign-ins"), fault::protocol(&message), mend))
        };
        let unusable = gap(self.unusable, "came without user, application, time or result");
        let outside = gap(self.outside, "came in an hour to which they do not belong");
        unusable.into_iter().chain(outside).collect()
    }
}

/// What counting needs of a record, and its error code; `None` when it lacks some of it. A record that says it is not interactive
/// belongs to another log than that of interactive ones, and would be counted twice.
fn read(record: &Value, log: &Log) -> Option<(ApplicationUse, i64)> {
    let at = record.instant("createdDateTime")?;
    let error = record.get("status")?.number("errorCode")?;
    let application = record.text("appId")?;
    let mut application_name = record.text("appDisplayName");
    let (user, principal_name) = match log.how {
        UseKind::Interactive if record.flag("isInteractive") == Some(false) => return None,
        UseKind::Service => {
            application_name = application_name.or_else(|| record.text("servicePrincipalName"));
            (record.text("servicePrincipalId").unwrap_or_else(|| application.clone()), None)
        }
        _ => (record.text("userId")?, record.text("userPrincipalName")),
    };
    let use_of = ApplicationUse {
        application,
        application_name,
        user,
        principal_name,
        day: time::day_of(at),
        how: log.how,
        sign_ins: u64::from(error == 0),
        failures: u64::from(error != 0),
        first: at,
        last: at,
    };
    Some((use_of, error))
}

/// A single sign-in: what was read of a record for counting, and what else it tells.
fn single(record: &Value, id: &str, read: &ApplicationUse, error: i64) -> SignIn {
    let location = record.get("location").unwrap_or(&Value::Null);
    SignIn {
        id: id.to_owned(),
        at: read.first,
        how: read.how,
        user: read.user.clone(),
        principal_name: read.principal_name.clone(),
        application: read.application.clone(),
        application_name: read.application_name.clone(),
        target: record.text("resourceDisplayName"),
        success: error == 0,
        error: (error != 0).then(|| error.to_string()),
        client: record.text("clientAppUsed"),
        address: record.text("ipAddress"),
        country: location.text("countryOrRegion"),
        city: location.text("city"),
    }
}

/// Adds one use to the others of its key, as the contract says that hosts do.
fn add(uses: &mut BTreeMap<(String, String), ApplicationUse>, read: ApplicationUse) {
    let key = (read.application.clone(), read.user.clone());
    let Some(known) = uses.get_mut(&key) else {
        uses.insert(key, read);
        return;
    };
    known.sign_ins += read.sign_ins;
    known.failures += read.failures;
    known.first = known.first.min(read.first);
    if read.last >= known.last {
        known.last = read.last;
        known.application_name = read.application_name.or(known.application_name.take());
        known.principal_name = read.principal_name.or(known.principal_name.take());
    }
}

#[cfg(test)]
#[path = "sign_ins_tests.rs"]
mod tests;
