//! `run --every`: runs connections again and again until it is told to end.

use super::collecting::{Pace, one};
use super::delivering::deliver_quietly;
use super::exit::Exit;
use super::failure::Failure;
use super::interruption::{interruption, waits_for};
use super::options::Global;
use super::output::{complain, print, show, tell};
use super::session::Workshop;
use super::summary::{Outcome, report};
use crate::clock::{Clock, until};
use crate::contract::manifest::Verb;
use crate::delivery::Courier;
use crate::regular::Timetable;
use crate::storage::{Connection, ConnectionId, StorageError};
use crate::table::Format;
use crate::text::{clean, instant};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;

/// Connections that are run at once: each has its own quotas, and its own tasks at once.
const AT_ONCE: usize = 4;
/// The longest wait without a look at the clock: it may be set, and a machine that sleeps does not count the time.
const LOOK: Duration = Duration::from_secs(20);
/// The shortest and the longest period.
const SHORTEST: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// Reads a period: `24h`, `90m`, `1d`.
pub(super) fn period(text: &str) -> Result<Duration, String> {
    let wrong = || "a period from one minute to 31 days is expected, such as 24h, 90m or 1d".to_owned();
    let read = match text.strip_suffix('d').map(str::parse::<u32>) {
        Some(Ok(days)) => Duration::from_secs(86_400).checked_mul(days),
        _ => text.parse::<SignedDuration>().ok().and_then(|time| Duration::try_from(time).ok()),
    };
    read.filter(|time| (SHORTEST..=LONGEST).contains(time)).ok_or_else(wrong)
}

enum Ended {
    Ran(Box<(Connection, Outcome)>),
    Sent(ConnectionId),
}

/// Runs connections of these names, or all, once in each period. Ends when it is interrupted.
pub(super) async fn regularly(
    names: &[String],
    every: Duration,
    pace: Pace,
    shop: &Workshop<'_>,
    courier: &Courier,
    global: &Global,
) -> Result<Exit, Failure> {
    let clock: &dyn Clock = shop.host.clock().as_ref();
    let interrupted = interruption();
    let mut table = Timetable::new(every);
    let mut work: FuturesUnordered<LocalBoxFuture<'_, Ended>> = FuturesUnordered::new();
    let (mut running, mut sending) = (BTreeSet::new(), BTreeSet::new());
    let (mut told, mut sent) = (None, None);
    while !*interrupted.borrow() {
        let connections = wanted(shop, names)?;
        take_up(&mut table, &connections, shop, clock)?;
        while running.len() < AT_ONCE {
            let Some(id) = table.take_due(clock.now()) else { break };
            let Some(connection) = connections.iter().find(|one| one.id == id).cloned() else { break };
            shop.database.plan_run(id, None)?;
            running.insert(id);
            let until = waits_for(interrupted.clone());
            work.push(Box::pin(async move {
                let result = one(shop, connection.clone(), &[Verb::Collect, Verb::Discover], pace, until).await;
                let outcome = Outcome::of(&connection, result);
                Ended::Ran(Box::new((connection, outcome)))
            }));
        }
        // Not at once again: what another process sends stays due for a while.
        let looked = sent.is_some_and(|at: Timestamp| at <= clock.now() && until(at, clock.now()) < LOOK);
        if !looked && shop.database.next_due()?.is_some_and(|due| due <= clock.now()) {
            sent = Some(clock.now());
            for connection in connections.iter().filter(|one| !running.contains(&one.id)) {
                send(&mut work, &mut sending, connection.clone(), courier, global);
            }
        }
        if running.is_empty() && table.next() != told {
            told = table.next();
            if let Some(next) = told {
                tell(&format!("The next run starts at {}.", instant(next)), global);
            }
        }
        let wait =
            table.next().filter(|_| running.len() < AT_ONCE).map_or(LOOK, |next| until(clock.now(), next)).min(LOOK);
        let ended = tokio::select! {
            biased;
            () = waits_for(interrupted.clone()) => break,
            Some(ended) = work.next() => ended,
            () = clock.sleep(wait.max(Duration::from_millis(50))) => continue,
        };
        match ended {
            Ended::Sent(id) => {
                sending.remove(&id);
            }
            // It noticed the interruption before this loop did, and was running when it came.
            Ended::Ran(ran) if *interrupted.borrow() => tell_outcome(&ran.1, None, global)?,
            Ended::Ran(ran) => {
                let (connection, outcome) = *ran;
                running.remove(&connection.id);
                after(&mut table, &connection, &outcome, shop, clock, global)?;
                send(&mut work, &mut sending, connection, courier, global);
            }
        }
    }
    // Runs end between two steps, and are told like all others.
    let was_running = !running.is_empty();
    while let Some(ended) = work.next().await {
        if let Ended::Ran(ran) = ended {
            tell_outcome(&ran.1, None, global)?;
        }
    }
    for id in table.connections() {
        shop.database.plan_run(id, None)?;
    }
    Ok(if was_running { Exit::Interrupted } else { Exit::Done })
}

fn wanted(shop: &Workshop<'_>, names: &[String]) -> Result<Vec<Connection>, StorageError> {
    let mut all = shop.database.connections()?;
    // One that was forgotten meanwhile is no reason to end.
    all.retain(|one| names.is_empty() || names.contains(&one.name));
    Ok(all)
}

/// Brings the timetable in line with the connections there are.
fn take_up(
    table: &mut Timetable,
    connections: &[Connection],
    shop: &Workshop<'_>,
    clock: &dyn Clock,
) -> Result<(), StorageError> {
    for gone in table.connections() {
        if !connections.iter().any(|one| one.id == gone) {
            table.remove(gone);
        }
    }
    for connection in connections.iter().filter(|one| one.connected.is_some()) {
        if !table.knows(connection.id) {
            let last = shop.database.last_run(connection.id)?;
            let stopped = last.as_ref().is_some_and(|run| run.ended.is_none());
            let unfinished = stopped || has_unfinished(shop, connection)?;
            let start = table.add(connection.id, last.map(|run| run.started), unfinished, clock.now(), jitter());
            shop.database.plan_run(connection.id, Some(start))?;
        }
    }
    Ok(())
}

fn has_unfinished(shop: &Workshop<'_>, connection: &Connection) -> Result<bool, StorageError> {
    Ok(shop.database.partitions(connection.id)?.iter().any(|state| state.unfinished.is_some()))
}

fn after(
    table: &mut Timetable,
    connection: &Connection,
    outcome: &Outcome,
    shop: &Workshop<'_>,
    clock: &dyn Clock,
    global: &Global,
) -> Result<(), Failure> {
    // Only what can go on by itself is taken up again soon.
    let unfinished = outcome.result.is_ok() && has_unfinished(shop, connection)?;
    let next = table.ended(connection.id, unfinished, clock.now(), jitter());
    shop.database.plan_run(connection.id, next)?;
    tell_outcome(outcome, next, global)
}

/// One outcome for each run: a line for a person, the usual row for a machine.
fn tell_outcome(outcome: &Outcome, next: Option<Timestamp>, global: &Global) -> Result<(), Failure> {
    let report = report(std::slice::from_ref(outcome));
    if global.format != Format::Table {
        report.notes.iter().for_each(|note| complain(note));
        return show(&report, global);
    }
    let next = next.map(|next| format!(" Next: {}.", instant(next))).unwrap_or_default();
    let what = match &outcome.result {
        Ok(ran) => format!("{} tasks, {} rows, {} requests.", ran.tasks.len(), ran.rows(), ran.requests()),
        Err(_) => "It did not begin.".to_owned(),
    };
    let name = &outcome.name;
    print(&format!("{} {name}: {}. {what}{next}\n", instant(Timestamp::now()), outcome.word()))?;
    report.notes.iter().for_each(|note| complain(&clean(note)));
    Ok(())
}

fn send<'a>(
    work: &mut FuturesUnordered<LocalBoxFuture<'a, Ended>>,
    sending: &mut BTreeSet<ConnectionId>,
    connection: Connection,
    courier: &'a Courier,
    global: &'a Global,
) {
    if sending.insert(connection.id) {
        work.push(Box::pin(async move {
            deliver_quietly(courier, &connection, global).await;
            Ended::Sent(connection.id)
        }));
    }
}

fn jitter() -> f64 {
    getrandom::u32().map_or(0.0, |number| f64::from(number) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_read_in_days_hours_and_minutes() {
        let seconds = |text| period(text).map(|time| time.as_secs());
        assert_eq!([seconds("24h"), seconds("90m"), seconds("1d")], [Ok(86_400), Ok(5_400), Ok(86_400)]);
        for bad in ["", "24", "10s", "0h", "-1h", "99d", "soon", "1000000000000d"] {
            assert!(period(bad).is_err(), "{bad}");
        }
    }
}
