//! Advice for many persons, through the real component and a real database: the memory of the guest does not grow with
//! the tenant. The figures of the measurement stand in `docs/architecture.md`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use host_harness::cache::Cache;
use host_harness::clock::ManualClock;
use host_harness::contract::connector::{Context, Outcome, Task};
use host_harness::contract::manifest::Verb;
use host_harness::contract::rows::{
    Activity, Entitlement, EntitlementState, Plan, Price, Product, Provenance, Row, Tier, Usage, User, UserKind,
};
use host_harness::contract::types::{Money, Setting};
use host_harness::sandbox::{Call, Host, HostOptions, Meter, Plugin};
use host_harness::seal::Keyring;
use host_harness::storage::{Connection, ConnectionId, ConnectionShelf, Database};
use jiff::Timestamp;

use crate::built::{built, target_dir};
use crate::tenant::runtime;

const DAY: i64 = 86_400;
/// 2026-11-20.
const TODAY: i32 = 20_777;
const FEATURES: [&str; 8] =
    ["exchange", "onedrive", "sharepoint", "teams", "viva-engage", "apps-windows", "apps-mac", "mailbox"];

fn now() -> Timestamp {
    Timestamp::from_second(i64::from(TODAY) * DAY + 36_000).expect("an instant")
}

fn ago(days: i64) -> Option<i64> {
    Some((i64::from(TODAY) - days) * DAY)
}

fn task(id: &str, needs: &[&str]) -> Task {
    let needs = needs.iter().map(|need| (*need).to_owned()).collect();
    let (id, dataset) = (id.to_owned(), id.to_owned());
    Task { id, dataset, needs, quota: None, parallel: 1, background: false, estimate: None }
}

fn products() -> Vec<Row> {
    let plans = ["EXCHANGE_S_STANDARD", "TEAMS1", "SHAREPOINTSTANDARD", "SHAREPOINTWAC", "OFFICE_BUSINESS"];
    let product = |code: &str, plans: &[&str]| {
        Row::Product(Product {
            id: code.to_lowercase(),
            code: code.to_owned(),
            name: code.to_owned(),
            tier: Tier::Paid,
            per_user: true,
            seats_enabled: 1_000_000,
            seats_warning: 0,
            seats_suspended: 0,
            seats_assigned: 900_000,
            plans: plans
                .iter()
                .map(|name| Plan { id: (*name).to_owned(), name: (*name).to_owned(), enabled: true })
                .collect(),
        })
    };
    vec![product("STANDARD", &plans), product("BASIC", &plans[..4])]
}

fn prices() -> Vec<Row> {
    let price = |product: &str, units: i64| {
        Row::Price(Price {
            product: product.to_owned(),
            amount: Money { micros: units * 1_000_000, currency: "USD".to_owned() },
            market: None,
            term_months: None,
            billing: None,
            valid_from: None,
            valid_to: None,
            provenance: Provenance::Contract,
            source: "a contract".to_owned(),
            uncertain: false,
        })
    };
    vec![price("standard", 14), price("basic", 7)]
}

/// A person with everything that is known of one: in every hundred, ten are blocked and ten inactive.
fn person(number: u32) -> [Vec<Row>; 4] {
    let (user, principal_name) = (format!("id-{number}"), format!("Person.{number:06}@Large.example"));
    let idle = number % 10 == 1;
    let used = if idle { None } else { Some(TODAY - 3) };
    let account = User {
        id: user.clone(),
        principal_name: principal_name.clone(),
        display_name: Some(format!("Person {number}")),
        kind: UserKind::Member,
        kind_because: None,
        enabled: Some(!number.is_multiple_of(10)),
        created: ago(900),
        synced: Some(false),
        mail: None,
        department: Some("Sales".to_owned()),
        company: None,
        cost_centre: None,
        division: None,
        country: None,
        manager: None,
    };
    let signed_in = ago(if idle { 200 } else { 1 });
    let activity = Activity {
        user: user.clone(),
        principal_name: principal_name.clone(),
        interactive_attempt: signed_in,
        non_interactive_attempt: None,
        success: signed_in,
    };
    let held = Entitlement {
        user,
        principal_name: principal_name.clone(),
        product: "standard".to_owned(),
        via: None,
        state: EntitlementState::Active,
        error: None,
        disabled_plans: Vec::new(),
        since: ago(400),
        first_seen: None,
    };
    let usage = FEATURES.iter().map(|feature| {
        Row::Usage(Usage {
            user: None,
            principal_name: principal_name.to_lowercase(),
            concealed: false,
            feature: (*feature).to_owned(),
            from: TODAY - 181,
            to: TODAY - 2,
            last_active: used.filter(|_| !feature.starts_with("apps-")),
            count: Some(1 << 30),
            unit: None,
        })
    });
    [vec![Row::User(account)], vec![Row::Activity(activity)], vec![Row::Entitlement(held)], usage.collect()]
}

/// What advice took: seconds, the most bytes of memory of a step, and rows.
struct Took {
    time: Duration,
    memory: u64,
    rows: usize,
    steps: u32,
}

fn advise(users: u32) -> Took {
    let folder = tempfile::TempDir::new().expect("a folder");
    let key = [7; 32];
    let database = Database::open(folder.path(), Keyring::derive(&key)).expect("a database");
    let host = Host::new(HostOptions {
        cache: Some(Cache::new(target_dir().join("journeys").join("large"), *Keyring::derive(&key).cache_key())),
        connect_to: Vec::new(),
        ca_files: Vec::new(),
        quota_scale: 1.0,
        clock: ManualClock::new(now()),
    })
    .expect("a host");
    let plugin = runtime().block_on(Plugin::load(&host, &built().connector)).expect("the connector");
    let setting = |name: &str, value: &str| Setting::new(name, value);
    let settings =
        [setting("tenant", "large.example"), setting("application-id", "11112222-bbbb-3333-cccc-4444dddd5555")];
    let connection = Connection {
        id: ConnectionId(0),
        name: "large".to_owned(),
        plugin_path: built().connector.clone(),
        digest: plugin.digest().to_owned(),
        plugin_id: plugin.manifest().id.clone(),
        settings: settings.to_vec(),
        origins: Vec::new(),
        account: None,
        account_id: None,
        capabilities: Vec::new(),
        created: now(),
        connected: None,
        baseline_ended: None,
    };
    let id = database.save_connection(&connection).expect("it is saved");
    let publish = |dataset: &str, rows: &mut dyn Iterator<Item = Vec<Row>>| {
        let mut building = database.begin(id, &task(dataset, &[]), now()).expect("it begins");
        for (step, page) in rows.enumerate() {
            database.commit_step(&mut building, &page, step.to_string().as_bytes(), &[]).expect("a step");
        }
        database.publish(building, &[], None, &[], now()).expect("it is published");
    };
    publish("subscriptions", &mut std::iter::once(products()));
    publish("prices", &mut std::iter::once(prices()));
    // The use of the desktop apps stands among the rows of the other report.
    for empty in ["groups", "app-user-detail", "activations"] {
        publish(empty, &mut std::iter::empty());
    }
    for (part, dataset) in ["users", "activity", "entitlements", "active-user-detail"].into_iter().enumerate() {
        let pages = (0..users.div_ceil(1000)).map(|page| {
            let numbers = page * 1000..users.min((page + 1) * 1000);
            numbers.flat_map(|number| std::mem::take(&mut person(number)[part])).collect()
        });
        publish(dataset, &mut { pages });
    }

    let kinds = plugin.manifest().datasets.iter().flat_map(|dataset| dataset.kinds.iter().copied()).collect();
    let shelf = Arc::new(ConnectionShelf::new(database, id, kinds, now()));
    let meter = Arc::new(Meter::default());
    let context = Context { now: now().as_second(), baseline_ended: None };
    let advice = task("advice", &[]);
    let (begun, mut cursor, mut rows, mut steps) = (Instant::now(), None, 0, 0);
    loop {
        let call = Call { shelf: Some(shelf.clone()), meter: meter.clone(), ..Call::new(context) };
        let step = plugin.step(&call, Verb::Collect, &settings, &advice, None, cursor.as_deref());
        let step = runtime().block_on(step).expect("a step");
        rows += step.rows.len();
        steps += 1;
        match step.outcome {
            Outcome::More(next) => cursor = Some(next),
            Outcome::Done(_) => break,
            other => panic!("{other:?}"),
        }
    }
    Took { time: begun.elapsed(), memory: meter.memory(), rows, steps }
}

fn compared(small: u32, large: u32) {
    let (one, ten) = (advise(small), advise(large));
    for (users, took) in [(small, &one), (large, &ten)] {
        println!(
            "{users} users: {:.1} s, {} steps, {} rows, at most {:.1} MiB of memory",
            took.time.as_secs_f64(),
            took.steps,
            took.rows,
            took.memory as f64 / f64::from(1 << 20)
        );
    }
    // One in ten is blocked and one inactive; the others do not use the desktop apps, and need a cheaper product.
    assert!(one.rows > usize::try_from(small).expect("few"), "{}", one.rows);
    assert!(ten.rows > 9 * one.rows, "{} and {}", one.rows, ten.rows);
    assert!(ten.memory <= one.memory + (2 << 20), "{} and {} bytes", one.memory, ten.memory);
}

#[test]
fn ten_times_the_persons_take_no_more_memory() {
    compared(1_500, 15_000);
}

#[test]
#[ignore = "a measurement of minutes: cargo test -p journeys -- --ignored --nocapture large_tenant"]
fn a_hundred_thousand_persons_take_no_more_memory_than_ten_thousand() {
    compared(10_000, 100_000);
}
