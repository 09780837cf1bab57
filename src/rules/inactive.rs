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

use crate::contract::rows::{Effect, Evidence};
use crate::contract::store::Age;
use crate::contract::types::Day;
use crate::rules::case::Case;
use crate::rules::view::{Circumstances, Person, Seat};
use crate::rules::{ACTIVITY, Judge, PERSONS, Rule, Verdict, day_or, evidence, seat_evidence, take_back};
use crate::time;

/// What the rule is.
pub const RULE: Rule = Rule {
    id: "inactive",
    title: "Inactive but licensed",
    help: "Persons who hold a paid seat, and whose last successful sign-in, sign-in of a program on their behalf and \
           activity in any workload all lie further back than the days of the settings. New seats are left alone, \
           and so is everyone of whom too little is known.",
    needs: PERSONS,
    needs_one_of: ACTIVITY,
    settings: &["inactive-days", "grace-days"],
    judge: Judge::Takes(judge),
};

/// The workloads of the report that names everyone.
const WORKLOADS: [&str; 6] = ["exchange", "onedrive", "sharepoint", "skype-for-business", "viva-engage", "teams"];

/// What one source says of a person.
pub struct Known {
    /// The day up to which it knows.
    pub as_of: Day,
    /// The last sign of life; absent: none.
    pub last: Option<Day>,
}

/// Judges one seat of a person.
fn judge(case: &Case<'_>, seat: &Seat<'_>) -> Verdict {
    let (person, now) = (case.person, case.now);
    let doubtful_age = match case.settled(seat) {
        Ok(doubts) => doubts,
        Err(verdict) => return verdict,
    };
    if case.is_blocked() {
        return Verdict::Not("the account is blocked, which is another rule".into());
    }
    let (sign_ins, report) = (sign_ins(person, now), report(person, now));
    // Sign-ins tell of every use, so where they are known the report's lag leaves no hole.
    let Some(as_of) = sign_ins.as_ref().or(report.as_ref()).map(|known| known.as_of) else {
        return Verdict::Unknown("neither sign-ins nor activity in workloads are known of this person".into());
    };
    let last = [&sign_ins, &report].into_iter().flatten().filter_map(|known| known.last).max();
    if let Some(last) = last.filter(|last| now.counts(Some(*last), as_of)) {
        return Verdict::Not(format!("the last sign of life is of {}", time::day_text(last)).into());
    }
    let one_source = sign_ins.is_none() || report.is_none();
    let attempted = now.counts(attempt(person), as_of);
    let stale = [(&sign_ins, now.activity.age), (&report, now.report)];
    let stale = stale.into_iter().filter(|(known, age)| known.is_some() && *age == Age::Stale).count();
    let doubts = doubtful_age + usize::from(one_source) + usize::from(attempted) + stale;
    let safe = format!(
        "No sign of life for {} days up to {}, and the seat is not new. It can be given back when the person returns; \
         Exchange Online keeps the mailbox for 30 days.",
        now.inactive_days,
        time::day_text(as_of)
    );
    let mut found = take_back(&RULE, case, seat, doubts, &safe);
    found.effect = Effect::ReassignNow;
    found.evidence = signs(person, &sign_ins, &report);
    found.evidence.extend(seat_evidence(case, seat));
    Verdict::Fires(Box::new(found))
}

/// Whether anything is known of a person's activity, so that the rule can judge.
#[must_use]
pub fn can_judge(person: &Person, now: &Circumstances) -> bool {
    sign_ins(person, now).is_some() || report(person, now).is_some()
}

/// What sign-ins say. A person of whom nothing is recorded is unknown: an account that never signed in looks the same.
#[must_use]
pub fn sign_ins(person: &Person, now: &Circumstances) -> Option<Known> {
    let activity = person.activity.as_ref()?;
    let recorded = [activity.interactive_attempt, activity.non_interactive_attempt, activity.success];
    recorded.iter().flatten().next()?;
    let as_of = now.activity.as_of.filter(|_| now.activity.age != Age::Missing)?;
    let last = activity.success.max(activity.non_interactive_attempt).map(time::day_of);
    now.is_recent(as_of).then_some(Known { as_of, last })
}

/// What the reports say. The report of workloads must name the person and look back far enough; a sign of life in any
/// other report counts too.
#[must_use]
pub fn report(person: &Person, now: &Circumstances) -> Option<Known> {
    if now.report == Age::Missing {
        return None;
    }
    let as_of = WORKLOADS.iter().filter_map(|feature| person.signal(feature, now)).map(|signal| signal.as_of).min()?;
    let named = person.workloads.iter().filter(|row| !row.concealed);
    Some(Known { as_of, last: named.filter_map(|row| row.last_active).max() })
}

fn attempt(person: &Person) -> Option<Day> {
    person.activity.as_ref()?.interactive_attempt.map(time::day_of)
}

/// What was looked at.
#[must_use]
pub fn signs(person: &Person, sign_ins: &Option<Known>, report: &Option<Known>) -> Vec<Evidence> {
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
    signs
}

#[cfg(test)]
#[path = "inactive_tests.rs"]
mod tests;
