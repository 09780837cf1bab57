//! A product, a person and circumstances for the tests of the rules.

use crate::contract::rows::{Activity, Price, Product, Provenance, Tier, Usage, User, UserKind};
use crate::contract::store::Age;
use crate::contract::types::{Day, Money};
use crate::rules::view::{Circumstances, Offer, Person, Seat, Source};
use crate::time;

/// 2026-11-20.
pub(crate) const TODAY: Day = 20_777;

/// Microsoft 365 E3, 25 seats, 14 of them assigned, for 39 dollars.
pub(crate) fn offer() -> Offer {
    Offer {
        product: Product {
            id: "sku-e3".to_owned(),
            code: "SPE_E3".to_owned(),
            name: "Microsoft 365 E3".to_owned(),
            tier: Tier::Paid,
            per_user: true,
            seats_enabled: 25,
            seats_warning: 0,
            seats_suspended: 0,
            seats_assigned: 14,
            plans: Vec::new(),
        },
        price: Some(price(39_000_000)),
        renews: Some(TODAY + 100),
        trial_seats: 0,
    }
}

/// A list price of it.
pub(crate) fn price(micros: i64) -> Price {
    Price {
        product: "sku-e3".to_owned(),
        amount: Money { micros, currency: "USD".to_owned() },
        market: Some("US".to_owned()),
        term_months: None,
        billing: None,
        valid_from: time::day("2026-07-01"),
        valid_to: None,
        provenance: Provenance::ListPrice,
        source: "a list".to_owned(),
        uncertain: false,
    }
}

/// A seat of an offer, held directly for a year.
pub(crate) fn seat(offer: &Offer) -> Seat<'_> {
    Seat { offer, direct: true, groups: Vec::new(), since: Some(time::start(TODAY - 365)) }
}

/// A member of two years of whom sign-ins and the report tell nothing since 200 days ago.
pub(crate) fn person() -> Person {
    Person {
        user: User {
            id: "user-1".to_owned(),
            principal_name: "ada@contoso.example".to_owned(),
            display_name: Some("Ada".to_owned()),
            kind: UserKind::Member,
            kind_because: None,
            enabled: Some(true),
            created: Some(time::start(TODAY - 730)),
            synced: Some(false),
            mail: None,
            department: None,
            company: None,
            cost_centre: None,
            division: None,
            country: None,
            manager: None,
        },
        activity: Some(Activity {
            user: "user-1".to_owned(),
            principal_name: "ada@contoso.example".to_owned(),
            interactive_attempt: Some(time::start(TODAY - 200)),
            non_interactive_attempt: Some(time::start(TODAY - 200)),
            success: Some(time::start(TODAY - 200)),
        }),
        workloads: vec![workload("exchange", None), workload("teams", None)],
    }
}

/// A row of the report of two days ago.
pub(crate) fn workload(feature: &str, last_active: Option<Day>) -> Usage {
    Usage {
        user: None,
        principal_name: "ada@contoso.example".to_owned(),
        concealed: false,
        feature: feature.to_owned(),
        from: TODAY - 2 - 179,
        to: TODAY - 2,
        last_active,
        count: None,
        unit: None,
    }
}

/// Today, with everything fresh.
pub(crate) fn circumstances() -> Circumstances {
    let fresh = Source { age: Age::Fresh, as_of: Some(TODAY) };
    Circumstances { today: TODAY, inactive_days: 90, grace_days: 30, activity: fresh, report: Age::Fresh, stale: 0 }
}
