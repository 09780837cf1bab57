//! A product, a person and circumstances for the tests of the rules.

use std::cell::OnceCell;

use crate::contract::rows::{Activity, Plan, Price, Product, Provenance, Tier, Usage, User, UserKind};
use crate::contract::store::Age;
use crate::contract::types::{Day, Money};
use crate::rules::case::{Case, Market};
use crate::rules::levels::Levels;
use crate::rules::view::{Circumstances, Lists, Offer, Person, Seat, Source};
use crate::rules::{Judge, Rule, Verdict};
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
        bought: true,
        price: Some(price(39_000_000)),
        renews: Some(TODAY + 100),
        term: Some(12),
        trial_seats: 0,
        levels: Levels::default(),
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
    Circumstances {
        today: TODAY,
        inactive_days: 90,
        grace_days: 30,
        renewal_days: 90,
        excluded: Lists::default(),
        activity: fresh,
        report: Age::Fresh,
        stale: 0,
    }
}

/// Service plans of these names, with ids made of them.
pub(crate) fn plans(names: &[&str]) -> Vec<Plan> {
    let plan = |name: &&str| Plan { id: name.to_lowercase(), name: (*name).to_owned(), enabled: true };
    names.iter().map(plan).collect()
}

/// A seat of a scene, by the place of its offer.
#[derive(Clone)]
pub(crate) struct SeatSpec {
    pub(crate) offer: usize,
    pub(crate) direct: bool,
    pub(crate) groups: Vec<String>,
    pub(crate) since: Option<i64>,
    pub(crate) off: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) held: bool,
}

/// A person with seats, under circumstances.
pub(crate) struct Scene {
    pub(crate) person: Person,
    pub(crate) now: Circumstances,
    pub(crate) offers: Vec<Offer>,
    pub(crate) seats: Vec<SeatSpec>,
    pub(crate) not_needed: Vec<String>,
}

impl Scene {
    /// The sample person with a seat of each of these offers, held directly for a year.
    pub(crate) fn new(offers: Vec<Offer>) -> Self {
        let seats = (0..offers.len()).map(held).collect();
        Self { person: person(), now: circumstances(), offers, seats, not_needed: vec!["companions".to_owned()] }
    }

    /// Hands over the case as the rules see it.
    pub(crate) fn show<T>(self, look: impl FnOnce(&Case<'_>) -> T) -> T {
        let market = Market::new(self.offers, Vec::new(), &self.not_needed);
        let seat = |spec: SeatSpec| Seat {
            offer: &market.offers[spec.offer],
            direct: spec.direct,
            group_ids: spec.groups.clone(),
            groups: spec.groups,
            since: spec.since,
            off: spec.off,
            error: spec.error,
            held: spec.held,
        };
        let seats: Vec<Seat<'_>> = self.seats.into_iter().map(seat).collect();
        let (person, now, market, rest) = (&self.person, &self.now, &market, Levels::default());
        look(&Case { person, seats: seats.iter().collect(), rest: &rest, now, market, fit: OnceCell::new() })
    }

    /// What a rule says of the first seat.
    pub(crate) fn judged(self, rule: &Rule) -> Verdict {
        self.show(|case| match rule.judge {
            Judge::Takes(judge) | Judge::Moves(judge) | Judge::Tells(judge) => judge(case, case.seats[0]),
            Judge::Product(judge) => judge(case.seats[0].offer, case.now),
        })
    }
}

/// A seat held directly for a year.
pub(crate) fn held(offer: usize) -> SeatSpec {
    let since = Some(time::start(TODAY - 365));
    SeatSpec { offer, direct: true, groups: Vec::new(), since, off: Vec::new(), error: None, held: true }
}

/// What a rule says of the sample person's seat of Microsoft 365 E3, after a change.
pub(crate) fn judged(rule: &Rule, change: impl FnOnce(&mut Scene)) -> Verdict {
    let mut scene = Scene::new(vec![offer()]);
    change(&mut scene);
    scene.judged(rule)
}

/// A product with these service plans, at so many dollars, of which there are enough seats.
pub(crate) fn offering(code: &str, dollars: i64, names: &[&str]) -> Offer {
    let mut made = offer();
    made.product.id = format!("sku-{}", code.to_lowercase());
    made.product.code = code.to_owned();
    made.product.name = code.to_owned();
    made.product.plans = plans(names);
    made.price = Some(Price { product: made.product.id.clone(), ..price(dollars * 1_000_000) });
    made
}

/// That a rule leaves alone whom the settings name, shared mailboxes, rooms and service accounts.
pub(crate) fn leaves_alone(judged: impl Fn(&dyn Fn(&mut Scene)) -> Verdict) {
    let excluded =
        |change: &dyn Fn(&mut Scene)| assert!(matches!(judged(change), Verdict::Excluded(_)), "{:?}", judged(change));
    excluded(&|scene| scene.now.excluded.users = vec!["Ada@Contoso.example".to_owned()]);
    excluded(&|scene| {
        scene.seats[0].groups = vec!["Sales".to_owned()];
        scene.now.excluded.groups = vec!["sales".to_owned()];
    });
    excluded(&|scene| scene.now.excluded.products = vec![scene.offers[0].product.code.to_lowercase()]);
    for kind in [UserKind::Room, UserKind::Service] {
        excluded(&|scene| scene.person.user.kind = kind);
    }
}

/// That a rule leaves new seats and new accounts alone for 30 days, and judges from the thirtieth on.
pub(crate) fn waits_for_grace(judged: impl Fn(&dyn Fn(&mut Scene)) -> Verdict) {
    let since = |days: Day| judged(&move |scene| scene.seats[0].since = Some(time::start(TODAY - days)));
    assert!(matches!(since(29), Verdict::Excluded(_)));
    assert!(matches!(since(30), Verdict::Fires(_)), "{:?}", since(30));
    let both = judged(&|scene| (scene.seats[0].since, scene.person.user.created) = (None, None));
    assert!(matches!(both, Verdict::Unknown(_)));
}
