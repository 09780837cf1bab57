//! Who holds which product: directly or through which group, and in what state.
//!
//! The same product may come twice in `licenseAssignmentStates`, directly and by a group: one seat, two rows. Products
//! that stand in `assignedLicenses` alone are taken as assigned directly, since nothing says otherwise.
//!
//! Graph does not tell since when a person holds a seat: the date of a state moves when anything about it changes. The rows
//! of the collection before tell: a seat that they hold keeps its first day, and one that they lack is new today, unless
//! its state is older than they are (a person was renamed, say). What was there at the beginning has no first day.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::connector::{Step, Task};
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::{Entitlement, EntitlementState, Kind, Row};
use crate::contract::types::{Day, Error, Instant};
use crate::datasets::walk::Walk;
use crate::datasets::{columns, permissions};
use crate::json::Fields;
use crate::permission;
use crate::step::Env;
use crate::time;

/// The id of the dataset.
pub const ID: &str = "entitlements";

/// What the dataset is.
#[must_use]
pub fn describe() -> Dataset {
    Dataset {
        id: ID.to_owned(),
        title: "Licences of users".to_owned(),
        help: "Every seat that a user holds, and how it came to the user.".to_owned(),
        verb: Verb::Collect,
        kinds: vec![Kind::Entitlement],
        columns: columns(&[
            ("user", "The user's object id."),
            ("principal-name", "The user principal name."),
            ("product", "The SKU id."),
            ("via", "The group through which the licence comes; empty: assigned directly."),
            ("state", "Whether the licence works."),
            ("error", "Why it does not, in Microsoft's word, such as CountViolation."),
            ("disabled-plans", "Service plans that are switched off."),
            ("since", "When the assignment last changed: the seat is held no later than since then."),
            (
                "first-seen",
                "The day on which this connection first saw the seat; empty: it was there at the beginning.",
            ),
        ]),
        permissions: permissions(&[&[permission::DIRECTORY], &[permission::USER]]),
        licence: None,
    }
}

/// Reads one page of users with their licences.
///
/// # Errors
/// What Graph says.
pub fn step(env: &Env, _: &Task, _: Option<&[u8]>, cursor: Option<&[u8]>) -> Result<Step, Error> {
    let first = "/v1.0/users?$select=id,userPrincipalName,assignedLicenses,licenseAssignmentStates&$top=999".to_owned();
    let published = env.store.ages(ID)?.into_iter().find_map(|partition| partition.published);
    let failed = Cell::new(None);
    let step = Walk { dataset: ID, permission: permission::USER, first }.step(env, cursor, |listed| {
        let mut rows = rows(listed)?;
        if let Some(published) = published
            && let Err(error) = first_seen(env, published, &mut rows)
        {
            failed.set(Some(error));
        }
        Some(rows)
    })?;
    failed.take().map_or(Ok(step), Err)
}

/// Gives the seats of a person the day on which they were first seen.
fn first_seen(env: &Env, published: Instant, seats: &mut [Row]) -> Result<(), Error> {
    let Some(Row::Entitlement(first)) = seats.first() else { return Ok(()) };
    let mut before: BTreeMap<String, Option<Day>> = BTreeMap::new();
    for row in env.store.find(Kind::Entitlement, &first.principal_name)? {
        if let Row::Entitlement(seat) = row
            && seat.user == first.user
        {
            // `None`, there at the beginning, is the least of all.
            let day = before.entry(seat.product.to_ascii_lowercase()).or_insert(seat.first_seen);
            *day = seat.first_seen.min(*day);
        }
    }
    for row in seats {
        let Row::Entitlement(seat) = row else { continue };
        // An assignment that came while the last collection ran may have been missed by it.
        let older = seat.since.is_some_and(|since| since < published - time::DAY);
        seat.first_seen = match before.get(&seat.product.to_ascii_lowercase()) {
            Some(day) => *day,
            None if older => None,
            None => Some(env.today()),
        };
    }
    Ok(())
}

fn rows(listed: &Value) -> Option<Vec<Row>> {
    let (user, principal_name) = (listed.text("id")?, listed.text("userPrincipalName")?);
    let states = listed.items("licenseAssignmentStates");
    let told = |sku| states.iter().any(|state| state.word("skuId") == Some(sku));
    let silent = listed.items("assignedLicenses").iter();
    let silent = silent.filter(|licence| licence.word("skuId").is_some_and(|sku| !told(sku)));
    let states = states.iter().map(|state| (state, meaning(state.word("state"))));
    let rows = states.chain(silent.map(|licence| (licence, EntitlementState::Active))).filter_map(|(held, state)| {
        Some(Row::Entitlement(Entitlement {
            user: user.clone(),
            principal_name: principal_name.clone(),
            product: held.text("skuId")?,
            via: held.text("assignedByGroup"),
            state,
            error: held.text("error").and_then(normal),
            disabled_plans: held.texts("disabledPlans"),
            since: held.instant("lastUpdatedDateTime"),
            first_seen: None,
        }))
    });
    Some(rows.collect())
}

/// `ActiveWithError` holds its seat: it is active, and its error is kept.
fn meaning(state: Option<&str>) -> EntitlementState {
    match state {
        Some("Active" | "ActiveWithError") => EntitlementState::Active,
        Some("Error") => EntitlementState::Error,
        Some("Disabled") => EntitlementState::Disabled,
        _ => EntitlementState::Unknown,
    }
}

/// The documented word of an error: `None` means there is none, and `Others` is what `Other` is documented as.
fn normal(error: String) -> Option<String> {
    match error.as_str() {
        "None" => None,
        "Others" => Some("Other".to_owned()),
        _ => Some(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Bench, NOW};
    use crate::contract::store::Age;
    use crate::wire::Wire;

    fn held(product: &str, first_seen: Option<Day>) -> Row {
        Row::Entitlement(Entitlement {
            user: "1".to_owned(),
            principal_name: "a@x".to_owned(),
            product: product.to_owned(),
            via: None,
            state: EntitlementState::Active,
            error: None,
            disabled_plans: Vec::new(),
            since: None,
            first_seen,
        })
    }

    fn days(bench: Bench) -> Vec<(String, Option<String>, Option<Day>)> {
        let seat = |row| if let Row::Entitlement(seat) = row { seat } else { panic!() };
        let seats = bench.finish(ID).unwrap().rows.into_iter().map(seat);
        seats.map(|seat| (seat.product, seat.via, seat.first_seen)).collect()
    }

    /// One person with seats of these products, the last of them also through a group, their states changed at an hour.
    fn page(products: &[(&str, Instant)]) -> String {
        let state = |(sku, at): &(&str, Instant), by: &str| {
            let at = time::instant_text(*at);
            format!(r#"{{"skuId":"{sku}","assignedByGroup":{by},"state":"Active","lastUpdatedDateTime":"{at}"}}"#)
        };
        let mut states: Vec<String> = products.iter().map(|one| state(one, "null")).collect();
        states.push(state(products.last().unwrap(), "\"g1\""));
        let states = states.join(",");
        format!(r#"{{"value":[{{"id":"1","userPrincipalName":"A@x","licenseAssignmentStates":[{states}]}}]}}"#)
    }

    #[test]
    fn at_the_beginning_nothing_is_new() {
        let bench = Bench::new(Wire::default().then(200, &page(&[("e3", NOW), ("e5", NOW)])));
        let none = |sku: &str, via: Option<&str>| (sku.to_owned(), via.map(str::to_owned), None);
        assert_eq!(days(bench), [none("e3", None), none("e5", None), none("e5", Some("g1"))]);
    }

    #[test]
    fn a_seat_keeps_the_day_on_which_it_was_first_seen_and_one_that_was_not_there_is_new() {
        let today = time::day_of(NOW);
        let products = [("kept", NOW), ("beginning", NOW), ("renamed", NOW - 3 * time::DAY), ("NEW", NOW)];
        let bench = Bench::new(Wire::default().then(200, &page(&products)))
            .with(vec![held("KEPT", Some(today - 9)), held("beginning", None)])
            .aged(Age::Stale, &[ID]);
        let of = |sku: &str, via: Option<&str>, day| (sku.to_owned(), via.map(str::to_owned), day);
        assert_eq!(
            days(bench),
            [
                of("kept", None, Some(today - 9)),
                of("beginning", None, None),
                of("renamed", None, None),
                of("NEW", None, Some(today)),
                of("NEW", Some("g1"), Some(today)),
            ]
        );
    }
}
