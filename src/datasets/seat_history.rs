//! How many seats of each paid product there are and are assigned, day by day: Microsoft tells only how many today.
//!
//! No network: the products of this run are written down for the day. Those of an earlier run are not, because they do
//! not tell of today.

use crate::contract::connector::{Outcome, Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Kind, Row, SeatHistory, Tier};
use crate::contract::store::Age;
use crate::contract::types::Error;
use crate::datasets::{columns, permissions, subscriptions};
use crate::freshness::Freshness;
use crate::step::{self, Env};

/// The id of the dataset.
pub const ID: &str = "seat-history";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "History of seats".to_owned(),
        help: "Seats of each paid product by day, from the first run on.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::SeatHistory],
        columns: columns(&[
            ("product", "The SKU id."),
            ("day", "The day, in UTC."),
            ("enabled", "Seats that were paid for and could be assigned."),
            ("assigned", "Seats that were assigned."),
        ]),
        permissions: permissions(&[&[]]),
        licence: None,
    }
}

/// Writes down the seats of today.
///
/// # Errors
/// `storage` when the host cannot read or take rows.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<Step, Error> {
    if Freshness::of(env.store, subscriptions::ID)?.age != Age::Fresh {
        return Ok(Step { outcome: Outcome::Unchanged(None), gaps: Vec::new() });
    }
    let day = env.today();
    let seats = |row| match row {
        Row::Product(product) if product.tier == Tier::Paid => Some(Row::SeatHistory(SeatHistory {
            product: product.id,
            day,
            enabled: product.seats_enabled,
            assigned: product.seats_assigned,
        })),
        _ => None,
    };
    env.sink.emit(step::all(env.store, Kind::Product)?.into_iter().filter_map(seats).collect())?;
    Ok(step::done())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::contract::rows::Product;
    use crate::time;
    use crate::wire::Wire;

    fn bench(age: Age) -> Bench {
        let product = |id: &str, tier| {
            Row::Product(Product {
                id: id.to_owned(),
                code: id.to_uppercase(),
                name: id.to_owned(),
                tier,
                per_user: true,
                seats_enabled: 25,
                seats_warning: 1,
                seats_suspended: 2,
                seats_assigned: 14,
                plans: Vec::new(),
            })
        };
        let rows = vec![product("paid", Tier::Paid), product("free", Tier::Free), product("trial", Tier::Trial)];
        Bench::new(Wire::default()).with(rows).aged(age, &[subscriptions::ID])
    }

    #[test]
    fn the_seats_of_paid_products_are_written_down_for_the_day() {
        let done = bench(Age::Fresh).finish(ID).unwrap();
        let day = time::day("2026-11-20").unwrap();
        let expected = SeatHistory { product: "paid".to_owned(), day, enabled: 25, assigned: 14 };
        assert_eq!(done.rows, [Row::SeatHistory(expected)]);
    }

    #[test]
    fn seats_of_an_earlier_run_are_not_those_of_today() {
        for age in [Age::Stale, Age::Missing] {
            let done = bench(age).finish(ID).unwrap();
            assert!(done.rows.is_empty());
            assert_eq!(done.outcome, Outcome::Unchanged(None));
        }
    }
}
