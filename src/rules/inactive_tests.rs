//! Tests of the rule, as tables of one change against a person who is inactive in every respect.

use super::*;
use crate::contract::rows::{Confidence, Recommendation, Usage, UserKind};
use crate::rules::sample::{self, SeatSpec, TODAY, workload};
use crate::rules::view::Source;

fn judged(change: impl FnOnce(&mut Person, &mut SeatSpec, &mut Circumstances)) -> Option<Recommendation> {
    sample::judged(&RULE, |scene| change(&mut scene.person, &mut scene.seats[0], &mut scene.now)).found()
}

fn confidence_of(change: impl FnOnce(&mut Person, &mut SeatSpec, &mut Circumstances)) -> Option<Confidence> {
    judged(change).map(|found| found.confidence)
}

fn ago(days: Day) -> Option<i64> {
    Some(time::start(TODAY - days))
}

#[test]
fn a_person_without_any_sign_of_life_is_told_with_everything_that_was_looked_at() {
    let found = judged(|_, _, _| {}).unwrap();
    assert_eq!(found.id, "inactive/user-1/sku-e3");
    assert_eq!(found.confidence, Confidence::High);
    assert_eq!(found.saving.unwrap().micros, 39_000_000);
    let signals: Vec<_> =
        found.evidence.iter().map(|one| (one.signal.as_str(), one.value.as_str(), one.as_of)).collect();
    assert_eq!(signals[0], ("last successful sign-in", "2026-05-04", Some(TODAY)));
    assert_eq!(signals[3], ("last activity in a workload", "none in the report", Some(TODAY - 2)));
}

#[test]
fn exactly_90_days_fire_and_89_do_not() {
    assert!(judged(|person, _, _| person.activity.as_mut().unwrap().success = ago(90)).is_some());
    assert!(judged(|person, _, _| person.activity.as_mut().unwrap().success = ago(89)).is_none());
    assert!(judged(|person, _, _| person.activity.as_mut().unwrap().non_interactive_attempt = ago(90)).is_some());
    assert!(judged(|person, _, _| person.activity.as_mut().unwrap().non_interactive_attempt = ago(89)).is_none());
    assert!(judged(|person, _, _| person.workloads[1] = workload("teams", Some(TODAY - 90))).is_some());
    assert!(judged(|person, _, _| person.workloads[1] = workload("teams", Some(TODAY - 89))).is_none());
}

#[test]
fn the_report_alone_is_judged_on_its_own_day() {
    let alone = |days: Day| {
        confidence_of(|person, _, _| {
            person.activity = None;
            person.workloads = vec![workload("exchange", Some(TODAY - 2 - days))];
        })
    };
    assert_eq!(alone(90), Some(Confidence::Medium));
    assert_eq!(alone(89), None);
    // Of rows of different days, the oldest says until when everything is known.
    let older = |days: Day| {
        confidence_of(|person, _, _| {
            person.activity = None;
            person.workloads[0].to = TODAY - 4;
            person.workloads[1].last_active = Some(TODAY - 4 - days);
        })
    };
    assert_eq!((older(90), older(89)), (Some(Confidence::Medium), None));
}

#[test]
fn an_interactive_attempt_alone_is_no_sign_of_life_but_a_doubt() {
    let attempt =
        |days| confidence_of(|person, _, _| person.activity.as_mut().unwrap().interactive_attempt = ago(days));
    assert_eq!(attempt(89), Some(Confidence::Medium));
    assert_eq!(attempt(90), Some(Confidence::High));
}

#[test]
fn a_new_seat_and_a_new_account_are_left_alone_for_30_days() {
    assert!(judged(|_, seat, _| seat.since = ago(29)).is_none());
    assert!(judged(|_, seat, _| seat.since = ago(30)).is_some());
    assert!(judged(|person, _, _| person.user.created = ago(29)).is_none());
    assert!(judged(|person, _, _| person.user.created = ago(30)).is_some());
}

#[test]
fn a_seat_of_unknown_age_leans_on_the_age_of_the_account() {
    assert_eq!(confidence_of(|_, seat, _| seat.since = None), Some(Confidence::Medium));
    assert_eq!(confidence_of(|person, seat, _| (seat.since, person.user.created) = (None, ago(29))), None);
    assert_eq!(confidence_of(|person, seat, _| (seat.since, person.user.created) = (None, None)), None);
    assert_eq!(confidence_of(|person, _, _| person.user.created = None), Some(Confidence::High));
}

#[test]
fn unknown_is_never_zero() {
    let nothing = |person: &mut Person| (person.activity, person.workloads) = (None, Vec::new());
    assert!(judged(|person, _, _| nothing(person)).is_none());
    // A row that says nothing at all is as good as none.
    assert!(
        judged(|person, _, _| {
            person.workloads.clear();
            let activity = person.activity.as_mut().unwrap();
            (activity.interactive_attempt, activity.non_interactive_attempt, activity.success) = (None, None, None);
        })
        .is_none()
    );
    // Concealed names, a short window, an old report and an old list of sign-ins are no knowledge.
    assert!(
        judged(|person, _, _| {
            person.activity = None;
            person.workloads.iter_mut().for_each(|row| row.concealed = true);
        })
        .is_none()
    );
    assert!(
        judged(|person, _, _| {
            person.activity = None;
            person.workloads.iter_mut().for_each(|row| row.from = row.to - 88);
        })
        .is_none()
    );
    assert!(
        judged(|person, _, _| {
            person.activity = None;
            person.workloads.iter_mut().for_each(|row| row.to = TODAY - 8);
        })
        .is_none()
    );
    assert!(
        judged(|person, _, now| {
            person.workloads.clear();
            now.activity = Source { age: Age::Stale, as_of: Some(TODAY - 8) };
        })
        .is_none()
    );
}

#[test]
fn a_row_behind_a_pseudonym_is_no_sign_of_life_of_the_person() {
    let concealed = |concealed| {
        judged(|person, _, _| person.workloads.push(Usage { concealed, ..workload("viva-engage", Some(TODAY - 3)) }))
    };
    assert!(concealed(true).is_some());
    assert!(concealed(false).is_none());
}

#[test]
fn one_source_alone_or_a_stale_one_lowers_the_confidence() {
    assert_eq!(confidence_of(|person, _, _| person.workloads.clear()), Some(Confidence::Medium));
    assert_eq!(confidence_of(|person, _, _| person.activity = None), Some(Confidence::Medium));
    let stale = Source { age: Age::Stale, as_of: Some(TODAY - 1) };
    assert_eq!(confidence_of(|_, _, now| now.activity = stale), Some(Confidence::Medium));
    assert_eq!(
        confidence_of(|person, _, now| {
            person.workloads.clear();
            now.activity = stale;
        }),
        Some(Confidence::Low)
    );
}

#[test]
fn an_old_list_of_sign_ins_is_judged_on_the_day_it_was_made() {
    let judged = |days| {
        judged(|person, _, now| {
            now.activity = Source { age: Age::Stale, as_of: Some(TODAY - 5) };
            person.activity.as_mut().unwrap().success = ago(days);
        })
    };
    assert!(judged(94).is_none());
    assert!(judged(95).is_some());
}

#[test]
fn blocked_accounts_and_accounts_that_are_no_persons_are_left_out() {
    assert!(judged(|person, _, _| person.user.enabled = Some(false)).is_none());
    assert!(judged(|person, _, _| person.user.enabled = None).is_some());
    for kind in [UserKind::Shared, UserKind::Room, UserKind::Service] {
        assert!(judged(|person, _, _| person.user.kind = kind).is_none());
    }
}
