//! What Microsoft itself adds up of sign-ins, in beta: when each application was last signed in to, which reaches
//! further back than the log; and, where the log cannot be read, sums by application.
//!
//! A sum names no user. A row of one day has its `first` on that day; a row that stands for the 30 days up to its day has
//! its `first` on the first of them; a row without sign-ins tells only `last`.

use serde_json::Value;

use crate::contract::connector::{Gap, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{ApplicationUse, Kind, Row, UseKind};
use crate::contract::store::Age;
use crate::contract::types::{Day, Error, Instant};
use crate::cursor;
use crate::datasets::walk::refuse_loop;
use crate::datasets::{columns, gap, permissions, sign_ins};
use crate::freshness::Freshness;
use crate::json::Fields;
use crate::kept;
use crate::permission;
use crate::step::{self, Env};
use crate::time;

/// The id of the dataset.
pub const ID: &str = "sign-in-summaries";

/// Days that a sum of a period stands for.
const PERIOD: Day = 30;

const REPORTS: [&str; 3] = [
    "servicePrincipalSignInActivities?$top=999",
    "applicationSignInDetailedSummary?$top=999",
    "getAzureADApplicationSignInSummary(period='D30')",
];

/// Where the work goes on.
#[derive(Default)]
struct Cursor {
    report: usize,
    next: Option<String>,
}

kept!(Cursor { report, next });

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Sums of sign-ins".to_owned(),
        help: "When each application was last signed in to; and sums by application, where the log of sign-ins cannot \
               be read. They name no users."
            .to_owned(),
        verb: Verb::Discover,
        kinds: vec![Kind::ApplicationUse],
        columns: columns(&[
            ("application", "The application (client) id."),
            ("application-name", "The name of the application."),
            ("user", "Empty: sums name no user."),
            ("day", "The day, in UTC; of a sum over 30 days the last."),
            ("how", "interactive, or non-interactive where only the last sign-in is told."),
            ("sign-ins", "Successful sign-ins."),
            ("failures", "All other sign-ins."),
            ("first", "The beginning of what the row stands for."),
            ("last", "Its end; the last sign-in where only that is told."),
        ]),
        permissions: permissions(&[&[permission::REPORTS], &[permission::AUDIT_LOG, permission::DIRECTORY]]),
        licence: None,
    }
}

/// Reads one page of one report.
///
/// # Errors
/// What Graph says, but that a report cannot be had: that is a gap, and the next is tried.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let mut at = cursor::read::<Cursor>(cursor)?.unwrap_or_default();
    let Some(report) = REPORTS.get(at.report) else { return Ok(step::done()) };
    let permission = if at.report == 0 { permission::AUDIT_LOG } else { permission::REPORTS };
    let url = at.next.take().unwrap_or_else(|| format!("{}/beta/reports/{report}", env.graph.root));
    let page = match env.graph.needing(permission).page(&url, &[]) {
        Ok(page) => page,
        Err(error) if is_refusal(&error) => return at.refused(env, error),
        Err(error) => return Err(error),
    };
    let read = [last, of_day, of_period].get(at.report).copied().unwrap_or(of_period);
    let rows: Vec<Row> = page.value.iter().filter_map(|item| read(item, env)).map(Row::ApplicationUse).collect();
    if !rows.is_empty() {
        env.sink.emit(rows)?;
    }
    match page.next_link {
        Some(next) => {
            refuse_loop(&url, &next)?;
            at.next = Some(next);
            Ok(Step { outcome: cursor::more(&at)?, gaps: Vec::new() })
        }
        None if at.report == 0 => at.go_on(env, Vec::new()),
        // One sort of sums is enough.
        None => Ok(step::done()),
    }
}

impl Cursor {
    /// After the last sign-ins come sums, when there is nothing better.
    fn go_on(self, env: &Env, gaps: Vec<Gap>) -> Result<Step, Error> {
        let more = self.report > 0 || Freshness::of(env.store, sign_ins::ID)?.age == Age::Missing;
        let report = self.report + 1;
        if !more || report == REPORTS.len() {
            return Ok(step::done_with(gaps));
        }
        Ok(Step { outcome: cursor::more(&Self { report, next: None })?, gaps })
    }

    /// The detailed sums are refused to applications that sign in as themselves; only when the others are too, it is told.
    fn refused(self, env: &Env, cause: Error) -> Result<Step, Error> {
        let (field, mend) = match self.report {
            0 => ("last", "Nothing, when the cloud does not offer it; else grant AuditLog.Read.All."),
            1 => return self.go_on(env, Vec::new()),
            _ => ("sign-ins", "Mend the gap of \"sign-ins\", which tells more; or grant Reports.Read.All."),
        };
        self.go_on(env, vec![gap(ID, Some(field), cause, mend)])
    }
}

/// Whether the report cannot be had, however often it is asked for.
fn is_refusal(error: &Error) -> bool {
    let again = [
        matches!(error, Error::Throttled(_) | Error::Unavailable(_)),
        matches!(error, Error::SignInNeeded(_) | Error::CursorExpired(_)),
    ];
    !again.contains(&true)
}

fn sum(item: &Value, id: &str, day: Day, (first, last): (Instant, Instant)) -> Option<ApplicationUse> {
    Some(ApplicationUse {
        application: item.text(id)?,
        application_name: item.text("appDisplayName"),
        user: String::new(),
        principal_name: None,
        day,
        how: UseKind::Interactive,
        sign_ins: 0,
        failures: 0,
        first,
        last,
    })
}

fn last(item: &Value, _: &Env) -> Option<ApplicationUse> {
    let at = item.get("lastSignInActivity")?.instant("lastSignInDateTime")?;
    let row = sum(item, "appId", time::day_of(at), (at, at))?;
    Some(ApplicationUse { how: UseKind::NonInteractive, ..row })
}

fn of_day(item: &Value, _: &Env) -> Option<ApplicationUse> {
    let day = time::day_of(item.instant("aggregatedEventDateTime")?);
    let count = u64::try_from(item.number("signInCount")?).ok()?;
    let good = item.get("status")?.number("errorCode")? == 0;
    let begin = time::start(day);
    let row = sum(item, "appId", day, (begin, begin + time::DAY - 1))?;
    Some(if good { ApplicationUse { sign_ins: count, ..row } } else { ApplicationUse { failures: count, ..row } })
}

fn of_period(item: &Value, env: &Env) -> Option<ApplicationUse> {
    let today = env.today();
    let count = |name| u64::try_from(item.number(name)?).ok();
    let id = if item.text("appId").is_some() { "appId" } else { "id" };
    let row = sum(item, id, today, (time::start(today - PERIOD + 1), env.context.now))?;
    Some(ApplicationUse {
        sign_ins: count("successfulSignInCount")?,
        failures: count("failedSignInCount").unwrap_or_default(),
        ..row
    })
}

#[cfg(test)]
#[path = "sign_in_summaries_tests.rs"]
mod tests;
