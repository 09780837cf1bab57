//! One generation after another.

use super::sample::{Sample, at, connection, forbidden, gap, group, news, seats, task, unavailable, use_of};
use crate::contract::connector::Task;
use crate::contract::rows::{Kind, Row};
use crate::contract::store::Age;
use crate::sandbox::Shelf;
use crate::storage::{Building, ConnectionShelf, StorageError};

fn groups(sample: &Sample) -> Vec<String> {
    let page = sample.database.scan(sample.id, Kind::Group, None, 5000).unwrap();
    let name = |row: Row| match row {
        Row::Group(group) => group.name,
        other => panic!("{other:?}"),
    };
    page.rows.into_iter().map(name).collect()
}

#[test]
fn rows_show_only_when_the_generation_is_published_and_the_last_of_equal_key_wins() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    assert_eq!((building.cursor.as_deref(), building.resumed), (None, false));
    sample.database.commit_step(&mut building, &[group("a", "old"), group("b", "b")], b"2", &[]).unwrap();
    assert_eq!(groups(&sample), [""; 0]);
    assert_eq!((building.steps, building.rows, building.cursor.as_deref()), (1, 2, Some(&b"2"[..])));
    sample.database.publish(building, &[group("a", "new")], Some(b"mark"), &[], at(60)).unwrap();
    assert_eq!(groups(&sample), ["new", "b"]);
    let state = &sample.database.partitions(sample.id).unwrap()[0];
    assert_eq!((state.id.as_str(), state.dataset.as_str(), state.rows), ("groups", "groups", 2));
    assert_eq!((state.published, state.bookmark.as_deref()), (Some(at(60)), Some(&b"mark"[..])));
    assert_eq!((state.cause.clone(), state.unfinished.clone()), (None, None));
}

#[test]
fn who_is_not_in_the_new_generation_is_gone() {
    let sample = Sample::new();
    sample.publish("groups", &[group("a", "a"), group("b", "b")]);
    sample.publish("groups", &[group("b", "b")]);
    assert_eq!(groups(&sample), ["b"]);
}

#[test]
fn rows_that_nobody_can_see_any_more_are_deleted() {
    let sample = Sample::new();
    let stored = || {
        let file = rusqlite::Connection::open(sample.database.path()).unwrap();
        file.query_row("SELECT count(*) FROM row_group", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    sample.publish("groups", &[group("a", "a"), group("b", "b")]);
    sample.publish("groups", &[group("b", "b")]);
    assert_eq!(stored(), 1);
    let endings: [&dyn Fn(Building); 3] = [
        &|building| sample.database.discard(building).unwrap(),
        &|building| sample.database.fail(building, &forbidden(), false, at(0)).unwrap(),
        &|building| sample.database.unchanged(building, None, &[], at(0)).unwrap(),
    ];
    for end in endings {
        let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
        sample.database.commit_step(&mut building, &[group("c", "c")], b"2", &[]).unwrap();
        assert_eq!(stored(), 2);
        end(building);
        assert_eq!(stored(), 1);
    }
}

#[test]
fn a_run_that_was_killed_resumes_at_the_stored_cursor_with_its_rows_and_bookmark() {
    let mut sample = Sample::new();
    let building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.publish(building, &[group("a", "a")], Some(b"mark"), &[], at(0)).unwrap();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(60)).unwrap();
    sample.database.commit_step(&mut building, &[group("b", "b")], b"page 2", &[]).unwrap();
    sample.database.commit_step(&mut building, &[group("c", "c")], b"page 3", &[gap("groups", "name")]).unwrap();
    let generation = building.generation;
    drop(building);
    sample.reopen();
    assert_eq!(groups(&sample), ["a"]);
    let unfinished = sample.database.partitions(sample.id).unwrap()[0].unfinished.clone().unwrap();
    assert_eq!((unfinished.started, unfinished.steps, unfinished.rows), (at(60), 2, 2));
    let building = sample.database.begin(sample.id, &task("groups"), at(3600)).unwrap();
    assert_eq!((building.generation, building.resumed, building.steps, building.rows), (generation, true, 2, 2));
    assert_eq!(building.cursor.as_deref(), Some(&b"page 3"[..]));
    assert_eq!(building.bookmark.as_deref(), Some(&b"mark"[..]));
    sample.database.publish(building, &[group("d", "d")], None, &[], at(3601)).unwrap();
    assert_eq!(groups(&sample), ["b", "c", "d"]);
    assert_eq!(sample.database.gaps(sample.id).unwrap().len(), 1);
    assert_eq!(sample.database.partitions(sample.id).unwrap()[0].bookmark, None);
}

#[test]
fn a_generation_is_resumed_just_before_24_hours_and_not_after() {
    for (seconds, resumed) in [(24 * 3600 - 1, true), (24 * 3600, false)] {
        let sample = Sample::new();
        let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
        sample.database.commit_step(&mut building, &[group("a", "a")], b"2", &[]).unwrap();
        let again = sample.database.begin(sample.id, &task("groups"), at(seconds)).unwrap();
        assert_eq!((again.resumed, again.cursor.is_some(), again.steps), (resumed, resumed, u64::from(resumed)));
        sample.database.publish(again, &[], None, &[], at(seconds)).unwrap();
        assert_eq!(groups(&sample).len(), usize::from(resumed));
    }
}

#[test]
fn a_generation_of_another_component_of_other_settings_or_of_another_dataset_is_not_resumed() {
    let other_component = |sample: &Sample| {
        let mut changed = connection("example");
        changed.digest = "bb".to_owned();
        sample.database.save_connection(&changed).unwrap();
        task("groups")
    };
    let other_settings = |sample: &Sample| {
        let mut changed = connection("example");
        changed.settings.clear();
        sample.database.save_connection(&changed).unwrap();
        task("groups")
    };
    let other_dataset = |_: &Sample| Task { dataset: "rooms".to_owned(), ..task("groups") };
    let changes: [&dyn Fn(&Sample) -> Task; 3] = [&other_component, &other_settings, &other_dataset];
    for change in changes {
        let sample = Sample::new();
        let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
        sample.database.commit_step(&mut building, &[group("a", "a")], b"2", &[]).unwrap();
        let task = change(&sample);
        let again = sample.database.begin(sample.id, &task, at(1)).unwrap();
        assert_eq!((again.resumed, again.cursor.as_deref()), (false, None));
        let late = sample.database.commit_step(&mut building, &[group("b", "b")], b"3", &[]);
        assert!(matches!(late, Err(StorageError::GenerationGone { .. })), "{late:?}");
        sample.database.publish(again, &[], None, &[], at(1)).unwrap();
        assert_eq!(groups(&sample), [""; 0]);
    }
}

#[test]
fn a_connection_saved_again_without_a_change_keeps_what_is_being_built() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("a", "a")], b"2", &[]).unwrap();
    let mut same = connection("example");
    same.connected = Some(at(5));
    assert_eq!(sample.database.save_connection(&same).unwrap(), sample.id);
    assert!(sample.database.begin(sample.id, &task("groups"), at(1)).unwrap().resumed);
}

#[test]
fn a_failure_leaves_the_last_good_rows_marked_stale_with_the_cause_as_a_gap() {
    let sample = Sample::new();
    sample.publish("groups", &[group("a", "a")]);
    let mut building = sample.database.begin(sample.id, &task("groups"), at(60)).unwrap();
    sample.database.commit_step(&mut building, &[group("b", "b")], b"2", &[gap("groups", "lost")]).unwrap();
    sample.database.fail(building, &forbidden(), false, at(90)).unwrap();
    assert_eq!(groups(&sample), ["a"]);
    let state = &sample.database.partitions(sample.id).unwrap()[0];
    assert!(state.is_stale());
    assert_eq!((state.published, state.failed, state.cause.clone()), (Some(at(0)), Some(at(90)), Some(forbidden())));
    assert_eq!(state.unfinished, None);
    let gaps = sample.database.gaps(sample.id).unwrap();
    assert_eq!(gaps.len(), 1);
    assert_eq!((gaps[0].gap.field.as_deref(), gaps[0].gap.cause.clone()), (None, forbidden()));
    assert_eq!((gaps[0].gap.mend.as_str(), gaps[0].at), ("Grant Members.Read.", at(90)));
    sample.publish("groups", &[group("c", "c")]);
    assert!(!sample.database.partitions(sample.id).unwrap()[0].is_stale());
    assert_eq!(sample.database.gaps(sample.id).unwrap(), []);
}

#[test]
fn a_failure_that_keeps_the_cursor_goes_on_there_next_time() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("a", "a")], b"2", &[]).unwrap();
    sample.database.fail(building, &unavailable(), true, at(60)).unwrap();
    let gaps = sample.database.gaps(sample.id).unwrap();
    assert_eq!(gaps[0].gap.mend, "Run again later.");
    let building = sample.database.begin(sample.id, &task("groups"), at(120)).unwrap();
    assert_eq!(building.cursor.as_deref(), Some(&b"2"[..]));
    sample.database.publish(building, &[group("b", "b")], None, &[], at(180)).unwrap();
    assert_eq!(groups(&sample), ["a", "b"]);
}

#[test]
fn unchanged_keeps_rows_gaps_and_bookmark_and_counts_as_fresh() {
    let sample = Sample::new();
    let building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    sample.database.publish(building, &[group("a", "a")], Some(b"one"), &[gap("groups", "name")], at(0)).unwrap();
    let building = sample.database.begin(sample.id, &task("groups"), at(60)).unwrap();
    sample.database.fail(building, &forbidden(), false, at(60)).unwrap();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(120)).unwrap();
    sample.database.commit_step(&mut building, &[group("b", "b")], b"2", &[]).unwrap();
    sample.database.unchanged(building, None, &[], at(120)).unwrap();
    assert_eq!(groups(&sample), ["a"]);
    let state = &sample.database.partitions(sample.id).unwrap()[0];
    assert_eq!((state.published, state.checked, state.cause.clone()), (Some(at(0)), Some(at(120)), None));
    assert_eq!(state.bookmark.as_deref(), Some(&b"one"[..]));
    let gaps = sample.database.gaps(sample.id).unwrap();
    assert_eq!(gaps.iter().map(|gap| gap.gap.field.as_deref()).collect::<Vec<_>>(), [Some("name")]);
    let building = sample.database.begin(sample.id, &task("groups"), at(180)).unwrap();
    sample.database.unchanged(building, Some(b"two"), &[], at(180)).unwrap();
    assert_eq!(sample.database.partitions(sample.id).unwrap()[0].bookmark.as_deref(), Some(&b"two"[..]));
}

#[test]
fn the_same_gap_of_many_pages_is_kept_once() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
    for page in 0..3_u8 {
        let gaps = [gap("groups", "name"), gap("groups", "owner")];
        sample.database.commit_step(&mut building, &[], &[page], &gaps).unwrap();
    }
    assert_eq!(sample.database.gaps(sample.id).unwrap(), [], "not before it is published");
    sample.database.publish(building, &[], None, &[gap("groups", "name")], at(7)).unwrap();
    let gaps = sample.database.gaps(sample.id).unwrap();
    let fields: Vec<_> = gaps.iter().map(|gap| (gap.gap.field.as_deref().unwrap(), gap.at)).collect();
    assert_eq!(fields, [("name", at(7)), ("owner", at(7))]);
}

#[test]
fn application_use_of_equal_key_adds_up_within_a_generation_and_not_over_generations() {
    let sample = Sample::new();
    for _ in 0..2 {
        let mut building = sample.database.begin(sample.id, &task("use"), at(0)).unwrap();
        let first = [use_of("app", 2, 50, 60, Some("Later")), use_of("other", 1, 0, 0, None)];
        sample.database.commit_step(&mut building, &first, b"2", &[]).unwrap();
        let second = [use_of("app", 3, 10, 20, Some("Earlier")), use_of("app", 4, 60, 61, None)];
        sample.database.publish(building, &second, None, &[], at(0)).unwrap();
    }
    let page = sample.database.scan(sample.id, Kind::ApplicationUse, None, 10).unwrap();
    let Row::ApplicationUse(expected) = use_of("app", 9, 10, 61, Some("Later")) else { unreachable!() };
    let expected = crate::contract::rows::ApplicationUse { failures: 3, ..expected };
    assert_eq!(page.rows, [Row::ApplicationUse(expected), use_of("other", 1, 0, 0, None)]);
}

#[test]
fn a_sum_beyond_all_numbers_is_refused_and_leaves_the_step_undone() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("use"), at(0)).unwrap();
    let most = i64::MAX.unsigned_abs();
    sample.database.commit_step(&mut building, &[use_of("app", most, 0, 0, None)], b"2", &[]).unwrap();
    let refused = sample.database.commit_step(&mut building, &[use_of("app", 1, 0, 0, None)], b"3", &[]);
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("application_use") && told.contains("a sum is larger"), "{told}");
    let refused = sample.database.commit_step(&mut building, &[use_of("b", u64::MAX, 0, 0, None)], b"3", &[]);
    assert!(refused.unwrap_err().to_string().contains("sign_ins is larger than"));
    assert_eq!((building.steps, building.cursor.as_deref()), (1, Some(&b"2"[..])));
}

#[test]
fn notifications_and_seat_history_outlive_generations_and_the_first_one_wins() {
    let sample = Sample::new();
    sample.publish("news", &[news("a", "first", false), seats("p", 3)]);
    sample.publish("news", &[news("a", "second", false), seats("p", 4), news("b", "other", true)]);
    sample.publish("news", &[]);
    let kept = sample.database.notifications(sample.id).unwrap();
    let kept: Vec<_> = kept.iter().map(|one| (one.notification.title.as_str(), one.told)).collect();
    assert_eq!(kept, [("first", None), ("other", None)]);
    let page = sample.database.scan(sample.id, Kind::SeatHistory, None, 10).unwrap();
    assert_eq!(page.rows, [seats("p", 3)]);
}

#[test]
fn an_expired_partition_goes_with_its_rows_and_leaves_the_others() {
    let sample = Sample::new();
    sample.publish("use/1", &[use_of("old", 1, 0, 0, None)]);
    sample.publish("use/2", &[use_of("new", 1, 0, 0, None)]);
    let mut building = sample.database.begin(sample.id, &task("use/1"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[use_of("half", 1, 0, 0, None)], b"2", &[]).unwrap();
    sample.database.expire(sample.id, &["use/1".to_owned(), "never-there".to_owned()]).unwrap();
    let page = sample.database.scan(sample.id, Kind::ApplicationUse, None, 10).unwrap();
    assert_eq!(page.rows, [use_of("new", 1, 0, 0, None)]);
    let left: Vec<String> = sample.database.partitions(sample.id).unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(left, ["use/2"]);
    let lost = sample.database.commit_step(&mut building, &[], b"3", &[]);
    assert!(lost.is_err(), "the generation that was being built is gone");
}

#[test]
fn a_kind_that_is_no_longer_wanted_goes_from_every_partition_and_leaves_the_other_rows() {
    let sample = Sample::new();
    sample.publish("use/1", &[use_of("a", 1, 0, 0, None), group("g", "G"), news("n", "n", false)]);
    sample.publish("use/2", &[group("h", "H")]);
    let mut building = sample.database.begin(sample.id, &task("use/2"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[group("i", "I"), use_of("b", 1, 0, 0, None)], b"2", &[]).unwrap();
    for _ in 0..2 {
        sample.database.delete_kinds(sample.id, &[Kind::Group, Kind::Notification]).unwrap();
    }
    let rows = || sample.database.partitions(sample.id).unwrap().into_iter().map(|one| one.rows).collect::<Vec<_>>();
    // News outlives its generation, and counts as before.
    assert_eq!(rows(), [2, 0]);
    assert_eq!(sample.database.notifications(sample.id).unwrap().len(), 1);
    sample.database.publish(building, &[], None, &[], at(0)).unwrap();
    assert_eq!(rows(), [2, 1]);
    assert_eq!(sample.database.scan(sample.id, Kind::Group, None, 10).unwrap().rows, []);
    assert_eq!(sample.database.scan(sample.id, Kind::ApplicationUse, None, 10).unwrap().rows.len(), 2);
}

#[test]
fn a_generation_that_is_thrown_away_leaves_no_notification() {
    let sample = Sample::new();
    let mut building = sample.database.begin(sample.id, &task("news"), at(0)).unwrap();
    sample.database.commit_step(&mut building, &[news("a", "a", false)], b"2", &[]).unwrap();
    sample.database.discard(building).unwrap();
    let mut building = sample.database.begin(sample.id, &task("news"), at(0)).unwrap();
    assert!(!building.resumed);
    sample.database.commit_step(&mut building, &[news("b", "b", false)], b"2", &[]).unwrap();
    sample.database.fail(building, &forbidden(), false, at(0)).unwrap();
    assert_eq!(sample.database.notifications(sample.id).unwrap(), []);
}

#[test]
fn news_is_told_once_and_the_baseline_never() {
    let sample = Sample::new();
    sample.publish("news", &[news("a", "a", false), news("b", "b", true)]);
    let untold = sample.database.untold(sample.id).unwrap();
    assert_eq!(untold.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["a"]);
    sample.database.mark_told(sample.id, &["a".to_owned(), "b".to_owned()], at(9)).unwrap();
    assert_eq!(sample.database.untold(sample.id).unwrap(), []);
    sample.database.mark_told(sample.id, &["a".to_owned()], at(99)).unwrap();
    let told: Vec<_> = sample.database.notifications(sample.id).unwrap().iter().map(|one| one.told).collect();
    assert_eq!(told, [Some(at(9)), None]);
}

#[test]
fn the_baseline_ends_once_and_saving_does_not_change_it() {
    let sample = Sample::new();
    sample.database.end_baseline(sample.id, at(10)).unwrap();
    sample.database.end_baseline(sample.id, at(20)).unwrap();
    sample.database.save_connection(&connection("example")).unwrap();
    let found = sample.database.connection("example").unwrap().unwrap();
    assert_eq!(found.baseline_ended, Some(at(10)));
}

#[test]
fn ages_are_fresh_within_the_run_stale_after_a_failure_and_missing_when_never_published() {
    let sample = Sample::new();
    sample.publish("groups/1", &[]);
    sample.publish("groups/2", &[]);
    let building = sample.database.begin(sample.id, &task("groups/3"), at(0)).unwrap();
    sample.database.fail(building, &forbidden(), false, at(0)).unwrap();
    let building = sample.database.begin(sample.id, &task("groups/2"), at(0)).unwrap();
    sample.database.fail(building, &unavailable(), false, at(0)).unwrap();
    let ages = |started: i64| {
        let shelf = ConnectionShelf::new(sample.database.clone(), sample.id, Vec::new(), at(started));
        let found = shelf.ages("groups").unwrap();
        found.into_iter().map(|one| (one.partition, one.age, one.cause)).collect::<Vec<_>>()
    };
    let rest = [
        ("groups/2".to_owned(), Age::Stale, Some(unavailable())),
        ("groups/3".to_owned(), Age::Missing, Some(forbidden())),
    ];
    assert_eq!(ages(0)[0], ("groups/1".to_owned(), Age::Fresh, None));
    assert_eq!(ages(0)[1..], rest);
    assert_eq!(ages(1)[0], ("groups/1".to_owned(), Age::Stale, None));
}
