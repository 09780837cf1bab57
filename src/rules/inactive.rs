//! Persons who hold a paid seat and have shown no sign of life for so many days.
//!
//! A sign of life is a successful sign-in, a sign-in of a program on the person's behalf, or activity in any workload of
//! the report. An interactive attempt alone is none: it can be anybody's; it stands in the evidence, and one within the
//! window lowers the confidence.
//!
//! Unknown is never zero. A source counts as known when it says something of this person, is at most a week old, and,
//! for the report, names the person and looks back far enough. Without any known source there is no advice. The window
//! ends on the day up to which the sources know, and not today: the report is about two days old.
//!
//! A seat is left alone for its days of grace, from the last change of its assignment and from the creation of the
//! account. When neither is known, it is left alone.

use crate::contract::rows::{Effect, Evidence, Recommendation, UserKind};
use crate::contract::store::Age;
use crate::contract::types::Day;
use crate::rules::view::{Circumstances, Person, Seat};
use crate::rules::{Rule, blocked, confidence, day_or, evidence, price_evidence, recommendation};
use crate::time;

/// Days after which a source is too old to say that somebody is inactive. Reports lag by two days, at times by several.
const LAG: Day = 7;

/// What the rule is.
#[must_use]
pub fn describe() -> Rule {
    Rule {
        id: "inactive",
        title: "Inactive but licensed",
        help: "Persons who hold a paid seat, and whose last successful sign-in, sign-in of a program on their behalf and \
               activity in any workload all lie further back than the days of the settings. New seats are left alone, \
               and so is everyone of whom too little is known.",
        needs: &["subscriptions", "users", "entitlements"],
        needs_one_of: &["activity", "active-user-detail"],
    }
}

/// What one source says of a person.
struct Known {
    /// The day up to which it knows.
    as_of: Day,
    /// The last sign of life; absent: none.
    last: Option<Day>,
}

/// Judges one seat of a person.
#[must_use]
pub fn judge(person: &Person, seat: &Seat<'_>, now: &Circumstances) -> Option<Recommendation> {
    let excluded = matches!(person.user.kind, UserKind::Shared | UserKind::Room | UserKind::Service);
    if excluded || blocked::is_blocked(person) {
        return None;
    }
    let doubtful_age = grace_is_over(person, seat, now)?;
    let (sign_ins, report) = (sign_ins(person, now), report(person, now));
    // Sign-ins tell of every use, so where they are known the report's lag leaves no hole.
    let as_of = sign_ins.as_ref().or(report.as_ref())?.as_of;
    let last = [&sign_ins, &report].into_iter().flatten().filter_map(|known| known.last).max();
    if last.is_some_and(|last| as_of.saturating_sub(last) < now.inactive_days) {
        return None;
    }
    let one_source = sign_ins.is_none() || report.is_none();
    let attempted = attempt(person).is_some_and(|day| as_of.saturating_sub(day) < now.inactive_days);
    let uncertain = seat.offer.price.as_ref().is_some_and(|price| price.uncertain);
    let doubts = [doubtful_age, one_source, attempted, uncertain].into_iter().filter(|doubt| *doubt).count();
    let stale = [(&sign_ins, now.activity.age), (&report, now.report)];
    let stale = stale.into_iter().filter(|(known, age)| known.is_some() && *age == Age::Stale).count();

    let mut found = recommendation(&describe(), &person.user.id, person.name(), seat.offer, 1);
    found.action = seat.remedy(person.name());
    found.effect = Effect::ReassignNow;
    found.confidence = confidence(doubts + stale + now.stale);
    found.evidence = signs(person, seat, &sign_ins, &report);
    found.safe_because = format!(
        "No sign of life for {} days up to {}, and the seat is not new. It can be given back when the person returns; \
         Exchange Online keeps the mailbox for 30 days.",
        now.inactive_days,
        time::day_text(as_of)
    );
    Some(found)
}

/// Whether anything is known of a person's activity, so that the rule can judge.
#[must_use]
pub fn can_judge(person: &Person, now: &Circumstances) -> bool {
    sign_ins(person, now).is_some() || report(person, now).is_some()
}

/// Whether the days of grace are over; `None` when they are not, or nobody can tell. `Some(true)` when the age of the
/// seat is unknown and only the age of the account speaks.
fn grace_is_over(person: &Person, seat: &Seat<'_>, now: &Circumstances) -> Option<bool> {
    let old = |instant| now.today.saturating_sub(time::day_of(instant)) >= now.grace_days;
    match (seat.since, person.user.created) {
        (None, None) => None,
        (since, created) => {
            let over = since.is_none_or(old) && created.is_none_or(old);
            over.then_some(since.is_none())
        }
    }
}

/// What sign-ins say. A person of whom nothing is recorded is unknown: an account that never signed in looks the same.
fn sign_ins(person: &Person, now: &Circumstances) -> Option<Known> {
    let activity = person.activity.as_ref()?;
    let recorded = [activity.interactive_attempt, activity.non_interactive_attempt, activity.success];
    recorded.iter().flatten().next()?;
    let as_of = now.activity.as_of.filter(|_| now.activity.age != Age::Missing)?;
    let last = activity.success.max(activity.non_interactive_attempt).map(time::day_of);
    recent(as_of, now).then_some(Known { as_of, last })
}

/// What the report says: its rows that name the person and look back far enough.
fn report(person: &Person, now: &Circumstances) -> Option<Known> {
    if now.report == Age::Missing {
        return None;
    }
    let covering = person.workloads.iter().filter(|row| {
        !row.concealed && recent(row.to, now) && row.to.saturating_sub(row.from) >= now.inactive_days - 1
    });
    let as_of = covering.clone().map(|row| row.to).min()?;
    Some(Known { as_of, last: covering.filter_map(|row| row.last_active).max() })
}

fn recent(as_of: Day, now: &Circumstances) -> bool {
    now.today.saturating_sub(as_of) <= LAG
}

fn attempt(person: &Person) -> Option<Day> {
    person.activity.as_ref()?.interactive_attempt.map(time::day_of)
}

fn signs(person: &Person, seat: &Seat<'_>, sign_ins: &Option<Known>, report: &Option<Known>) -> Vec<Evidence> {
    let mut signs = Vec::new();
    match (sign_ins, &person.activity) {
        (Some(known), Some(activity)) => {
            let day = |instant: Option<_>| day_or(instant.map(time::day_of), "none recorded");
            let as_of = Some(known.as_of);
            signs.push(evidence("last successful sign-in", day(activity.success), as_of));
            signs.push(evidence("last sign-in by a program", day(activity.non_interactive_attempt), as_of));
            signs.push(evidence("last attempt to sign in", day(activity.interactive_attempt), as_of));
        }
        _ => signs.push(evidence("sign-ins", "not known", None)),
    }
    match report {
        Some(known) => {
            signs.push(evidence(
                "last activity in a workload",
                day_or(known.last, "none in the report"),
                Some(known.as_of),
            ));
        }
        None => signs.push(evidence("activity in workloads", "not known", None)),
    }
    signs.push(evidence("licence last changed", day_or(seat.since.map(time::day_of), "not known"), None));
    signs.push(evidence("principal name", person.user.principal_name.clone(), None));
    signs.push(price_evidence(seat.offer));
    signs
}

#[cfg(test)]
#[path = "inactive_tests.rs"]
mod tests;
