//! Any sequence of calls leaves what a simple model in memory says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::sample::{Sample, at, group, news, task, unavailable};
use crate::contract::rows::{Kind, Row};
use crate::storage::Building;

#[derive(Clone, Debug)]
enum Act {
    Begin,
    Commit(Vec<(u8, u8)>, Option<u8>),
    Publish(Vec<(u8, u8)>, Option<u8>),
    Unchanged,
    Discard,
    Fail(bool),
    /// The process ends and another one opens the database.
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let rows = || proptest::collection::vec((0..4_u8, any::<u8>()), 0..4);
    let told = || proptest::option::of(0..4_u8);
    prop_oneof![
        3 => Just(Act::Begin),
        4 => (rows(), told()).prop_map(|(rows, told)| Act::Commit(rows, told)),
        3 => (rows(), told()).prop_map(|(rows, told)| Act::Publish(rows, told)),
        1 => Just(Act::Unchanged),
        1 => Just(Act::Discard),
        2 => any::<bool>().prop_map(Act::Fail),
        2 => Just(Act::Reopen),
    ]
}

/// What one partition should hold.
#[derive(Default)]
struct Model {
    visible: BTreeMap<u8, u8>,
    staged: BTreeMap<u8, u8>,
    told: BTreeSet<u8>,
    staged_told: BTreeSet<u8>,
    steps: u64,
    published: bool,
    stale: bool,
    bookmark: Option<Vec<u8>>,
}

impl Model {
    fn stage(&mut self, rows: &[(u8, u8)], told: Option<u8>) {
        self.staged.extend(rows.iter().copied());
        self.staged_told.extend(told);
    }

    fn drop_staged(&mut self) {
        self.staged.clear();
        self.staged_told.clear();
        self.steps = 0;
    }

    fn publish(&mut self) {
        self.visible = std::mem::take(&mut self.staged);
        self.told.append(&mut self.staged_told);
        (self.steps, self.published, self.stale) = (0, true, false);
    }
}

fn rows(rows: &[(u8, u8)], told: Option<u8>) -> Vec<Row> {
    let groups = rows.iter().map(|(id, name)| group(&id.to_string(), &name.to_string()));
    groups.chain(told.map(|id| news(&id.to_string(), "", false))).collect()
}

fn check(sample: &Sample, model: &Model) {
    let page = sample.database.scan(sample.id, Kind::Group, None, 100).unwrap();
    let expected: Vec<(u8, u8)> = model.visible.iter().map(|(id, name)| (*id, *name)).collect();
    assert_eq!(page.rows, rows(&expected, None));
    let told: BTreeSet<u8> = sample
        .database
        .notifications(sample.id)
        .unwrap()
        .iter()
        .map(|one| one.notification.id.parse().unwrap())
        .collect();
    assert_eq!(told, model.told);
    for state in sample.database.partitions(sample.id).unwrap() {
        assert_eq!(state.published.is_some(), model.published);
        assert_eq!(state.cause.is_some(), model.stale);
        assert_eq!(state.bookmark, model.bookmark);
        assert_eq!(state.unfinished.map_or(0, |one| one.steps), model.steps);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sequence_of_calls_equals_the_model(acts in proptest::collection::vec(act(), 1..40)) {
        let mut sample = Sample::new();
        let mut model = Model::default();
        let mut open: Option<Building> = None;
        for (number, act) in acts.into_iter().enumerate() {
            let cursor = number.to_string().into_bytes();
            match (act, open.take()) {
                (Act::Reopen, _) => sample.reopen(),
                (Act::Begin, before) => {
                    let building = before.unwrap_or_else(|| {
                        let building = sample.database.begin(sample.id, &task("groups"), at(0)).unwrap();
                        assert_eq!((building.steps, building.resumed), (model.steps, model.steps > 0));
                        assert_eq!(building.bookmark, model.bookmark);
                        building
                    });
                    open = Some(building);
                }
                (_, None) => {}
                (Act::Commit(new, told), Some(mut building)) => {
                    sample.database.commit_step(&mut building, &rows(&new, told), &cursor, &[]).unwrap();
                    model.stage(&new, told);
                    model.steps += 1;
                    open = Some(building);
                }
                (Act::Publish(new, told), Some(building)) => {
                    sample.database.publish(building, &rows(&new, told), Some(&cursor), &[], at(0)).unwrap();
                    model.stage(&new, told);
                    model.publish();
                    model.bookmark = Some(cursor);
                }
                (Act::Unchanged, Some(building)) => {
                    sample.database.unchanged(building, None, &[], at(0)).unwrap();
                    model.drop_staged();
                    model.stale = false;
                }
                (Act::Discard, Some(building)) => {
                    sample.database.discard(building).unwrap();
                    model.drop_staged();
                }
                (Act::Fail(keep), Some(building)) => {
                    sample.database.fail(building, &unavailable(), keep, at(0)).unwrap();
                    if !keep {
                        model.drop_staged();
                    }
                    model.stale = true;
                }
            }
            check(&sample, &model);
        }
    }
}
