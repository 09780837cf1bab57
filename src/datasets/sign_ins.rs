//! The interactive sign-ins of one day, counted by application and user.
//!
//! A day is read in slices of one hour, newest first, because Microsoft throttles the log by requests and asks to slice
//! by `createdDateTime`. Filters know `eq`, `le` and `ge`, so a slice ends with the last ten-millionth of its hour.
//! Hours that have not begun are left out. Pages are counted one by one; the host adds the rows up.
//!
//! A record can stand at the end of one page and again at the beginning of the next: the ids of the oldest second of a
//! page travel in the cursor, and what comes again is dropped. A record outside its slice belongs to another one and is
//! left out, so that nothing is counted twice should the service ignore the filter.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::contract::connector::{Gap, Outcome, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{ApplicationUse, Kind, Row, UseKind};
use crate::contract::types::{Day, Error, Instant};
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, gap, permissions};
use crate::fault;
use crate::permission;
use crate::premium;
use crate::step::{self, Env};
use crate::time;

/// The id of the dataset, and the beginning of the ids of its tasks.
pub const ID: &str = "sign-ins";

const HOUR: Instant = 3600;

/// Ids that are remembered across a page border: 36 bytes each, well within a cursor.
const BORDER: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SignIn {
    id: Option<String>,
    #[serde(default, deserialize_with = "time::lenient")]
    created_date_time: Option<Instant>,
    user_id: Option<String>,
    user_principal_name: Option<String>,
    app_id: Option<String>,
    app_display_name: Option<String>,
    is_interactive: Option<bool>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    error_code: Option<i64>,
}

/// Where the work goes on.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// The slice that is read, 0 to 23.
    hour: Instant,
    /// The next page of the slice.
    next: Option<String>,
    /// The oldest second that was read of the slice, and the ids of its records.
    oldest: Option<Instant>,
    border: BTreeSet<String>,
    /// Records without user, application, time or result.
    unusable: u64,
    /// Records that do not belong to the slice in which they came.
    outside: u64,
}

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Sign-ins to applications".to_owned(),
        help: "Interactive sign-ins, counted by application, user and day. Microsoft keeps them for 30 days."
            .to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::ApplicationUse],
        columns: columns(&[
            ("application", "The application (client) id."),
            ("application-name", "The name of the application."),
            ("user", "The user's object id."),
            ("principal-name", "The user principal name."),
            ("day", "The day, in UTC."),
            ("how", "interactive."),
            ("sign-ins", "Sign-ins with error code 0."),
            ("failures", "All other sign-ins."),
            ("first", "The first sign-in of the day, successful or not."),
            ("last", "The last sign-in of the day, successful or not."),
        ]),
        permissions: permissions(&[&[permission::AUDIT_LOG, permission::DIRECTORY]]),
        licence: Some(premium::PLAN.to_owned()),
    }
}

/// The id of the task of a day.
#[must_use]
pub fn task_id(day: Day) -> String {
    format!("{ID}/{}", time::day_text(day))
}

/// The day of a task or partition.
#[must_use]
pub fn day_of(id: &str) -> Option<Day> {
    time::day(id.strip_prefix(ID)?.strip_prefix('/')?)
}

/// Reads one page of one hour.
///
/// # Errors
/// What Graph says; `licence-needed` when the tenant is not premium; `internal` for a task that names no day.
pub fn step(env: &Env, task: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let day = day_of(&task.id).ok_or_else(|| fault::internal(&format!("The task \"{}\" names no day.", task.id)))?;
    let Some(mut at) = cursor::read::<Cursor>(cursor)?.or_else(|| begin(day, env.context.now)) else {
        return Ok(step::done());
    };
    let url = at.next.take().unwrap_or_else(|| slice_url(&env.graph.root, day, at.hour));
    let page = match env.graph.needing(permission::AUDIT_LOG).page::<SignIn>(&url, &[]) {
        Ok(page) => page,
        Err(Error::CursorExpired(fault)) => {
            return Ok(Step { outcome: Outcome::Restart(fault.message), gaps: Vec::new() });
        }
        Err(error) => return Err(premium::judged(env.store, error)),
    };
    let rows = at.count(page.value, day);
    if !rows.is_empty() {
        env.sink.emit(rows)?;
    }
    if let Some(next) = page.next_link {
        refuse_loop(&url, &next)?;
        at.next = Some(next);
    } else if at.hour == 0 {
        return Ok(step::done_with(at.gaps()));
    } else {
        at = Cursor { hour: at.hour - 1, unusable: at.unusable, outside: at.outside, ..Cursor::default() };
    }
    Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() })
}

/// The newest hour of a day that has begun; `None` when the day has not.
fn begin(day: Day, now: Instant) -> Option<Cursor> {
    let seconds = now.checked_sub(time::start(day))?;
    (seconds >= 0).then(|| Cursor { hour: (seconds / HOUR).min(23), ..Cursor::default() })
}

fn slice_url(root: &str, day: Day, hour: Instant) -> String {
    let begin = time::instant_text(time::start(day) + hour * HOUR);
    let end = time::instant_text(time::start(day) + hour * HOUR + HOUR - 1).replace('Z', ".9999999Z");
    format!(
        "{root}/v1.0/auditLogs/signIns?$filter=createdDateTime%20ge%20{begin}%20and%20createdDateTime%20le%20{end}&$top=1000"
    )
}

impl Cursor {
    /// Counts a page, and remembers its border.
    fn count(&mut self, page: Vec<SignIn>, day: Day) -> Vec<Row> {
        let begin = time::start(day) + self.hour * HOUR;
        let mut uses = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for record in page {
            let id = record.id.clone().unwrap_or_default();
            if self.border.contains(&id) || (!id.is_empty() && !seen.insert(id.clone())) {
                continue;
            }
            let Some(read) = record.read() else {
                self.unusable += 1;
                continue;
            };
            if !(begin..begin + HOUR).contains(&read.first) {
                self.outside += 1;
                continue;
            }
            self.remember(id, read.first);
            add(&mut uses, read);
        }
        uses.into_values().map(Row::ApplicationUse).collect()
    }

    fn remember(&mut self, id: String, at: Instant) {
        if self.oldest.is_none_or(|oldest| at < oldest) {
            self.oldest = Some(at);
            self.border.clear();
        }
        if self.oldest == Some(at) && !id.is_empty() && self.border.len() < BORDER {
            self.border.insert(id);
        }
    }

    fn gaps(&self) -> Vec<Gap> {
        let gap = |count: u64, what: &str| {
            let message = format!("{count} sign-ins {what}, and were not counted.");
            let mend = "Nothing: the day is complete but for them.";
            (count > 0).then(|| gap(ID, Some("sign-ins"), fault::protocol(&message), mend))
        };
        let unusable = gap(self.unusable, "came without user, application, time or result");
        let outside = gap(self.outside, "came in an hour to which they do not belong");
        unusable.into_iter().chain(outside).collect()
    }
}

impl SignIn {
    fn read(self) -> Option<ApplicationUse> {
        let at = self.created_date_time?;
        let success = self.status?.error_code? == 0;
        let known = |id: Option<String>| id.filter(|id| !id.is_empty());
        Some(ApplicationUse {
            application: known(self.app_id)?,
            application_name: known(self.app_display_name),
            user: known(self.user_id)?,
            principal_name: known(self.user_principal_name),
            day: time::day_of(at),
            how: if self.is_interactive == Some(false) { UseKind::NonInteractive } else { UseKind::Interactive },
            sign_ins: u64::from(success),
            failures: u64::from(!success),
            first: at,
            last: at,
        })
    }
}

/// Adds one use to the others of its key, as the contract says that hosts do.
fn add(uses: &mut BTreeMap<(String, String, bool), ApplicationUse>, read: ApplicationUse) {
    let key = (read.application.clone(), read.user.clone(), read.how == UseKind::Interactive);
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
