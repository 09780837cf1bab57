//! Every kind of row comes back from its table as it was.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::sample::Sample;
use crate::contract::rows::*;
use crate::contract::types::Money;
use crate::storage::rows::kind_of;

/// Instants of the years 0 to 9999.
fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![-62_167_219_200..253_402_207_200_i64, Just(0), Just(-62_167_219_200), Just(253_402_207_199)]
}

/// Days of the years 0 to 9999.
fn day() -> impl Strategy<Value = i32> {
    prop_oneof![-719_528..2_932_896_i32, Just(0), Just(-719_528)]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9@. ]{0,8}", ".{0,4}", Just("'\"; DROP TABLE x; --\u{0}".to_owned())]
}

fn number() -> impl Strategy<Value = u64> {
    0..=i64::MAX.unsigned_abs()
}

fn money() -> impl Strategy<Value = Money> {
    (any::<i64>(), "[A-Z]{3}").prop_map(|(micros, currency)| Money { micros, currency })
}

fn tier() -> impl Strategy<Value = Tier> {
    prop::sample::select(vec![Tier::Paid, Tier::Free, Tier::Trial, Tier::Unknown])
}

fn sign_on() -> impl Strategy<Value = SignOn> {
    prop::sample::select(vec![SignOn::Saml, SignOn::Oidc, SignOn::Password, SignOn::Linked, SignOn::Unknown])
}

fn account() -> impl Strategy<Value = Row> {
    (text(), text(), vec(text(), 0..3), of(text()))
        .prop_map(|(id, name, domains, country)| Row::Account(Account { id, name, domains, country }))
}

fn product() -> impl Strategy<Value = Row> {
    let plan = (text(), text(), any::<bool>()).prop_map(|(id, name, enabled)| Plan { id, name, enabled });
    (text(), text(), text(), tier(), any::<bool>(), (number(), number(), number(), number()), vec(plan, 0..3)).prop_map(
        |(id, code, name, tier, per_user, (seats_enabled, seats_warning, seats_suspended, seats_assigned), plans)| {
            Row::Product(Product {
                id,
                code,
                name,
                tier,
                per_user,
                seats_enabled,
                seats_warning,
                seats_suspended,
                seats_assigned,
                plans,
            })
        },
    )
}

fn subscription() -> impl Strategy<Value = Row> {
    use SubscriptionStatus::{Active, Deleted, LockedOut, Suspended, Unknown, Warning};
    let status = prop::sample::select(vec![Active, Warning, Suspended, Deleted, LockedOut, Unknown]);
    let dates = (of(instant()), of(instant()));
    (text(), text(), status, tier(), of(number()), dates, of(any::<u16>()), any::<bool>(), of(text())).prop_map(
        |(id, product, status, tier, seats, (created, renews), term_months, term_inferred, partner)| {
            Row::Subscription(Subscription {
                id,
                product,
                status,
                tier,
                seats,
                created,
                renews,
                term_months,
                term_inferred,
                partner,
            })
        },
    )
}

fn price() -> impl Strategy<Value = Row> {
    let provenance = prop::sample::select(vec![Provenance::ListPrice, Provenance::Contract, Provenance::Invoice]);
    let dates = (of(day()), of(day()));
    (text(), money(), of(text()), of(any::<u16>()), of(text()), dates, provenance, text(), any::<bool>()).prop_map(
        |(product, amount, market, term_months, billing, (valid_from, valid_to), provenance, source, uncertain)| {
            Row::Price(Price {
                product,
                amount,
                market,
                term_months,
                billing,
                valid_from,
                valid_to,
                provenance,
                source,
                uncertain,
            })
        },
    )
}

fn user() -> impl Strategy<Value = Row> {
    use UserKind::{Guest, Member, Room, Service, Shared, Unknown};
    let kind = prop::sample::select(vec![Member, Guest, Shared, Room, Service, Unknown]);
    let words = vec(of(text()), 9);
    (text(), text(), kind, of(any::<bool>()), of(instant()), of(any::<bool>()), words).prop_map(
        |(id, principal_name, kind, enabled, created, synced, words)| {
            let [display_name, kind_because, mail, department, company, cost_centre, division, country, manager] =
                <[Option<String>; 9]>::try_from(words).unwrap();
            Row::User(User {
                id,
                principal_name,
                display_name,
                kind,
                kind_because,
                enabled,
                created,
                synced,
                mail,
                department,
                company,
                cost_centre,
                division,
                country,
                manager,
            })
        },
    )
}

fn activity() -> impl Strategy<Value = Row> {
    (text(), text(), of(instant()), of(instant()), of(instant())).prop_map(
        |(user, principal_name, interactive_attempt, non_interactive_attempt, success)| {
            Row::Activity(Activity { user, principal_name, interactive_attempt, non_interactive_attempt, success })
        },
    )
}

fn a_group() -> impl Strategy<Value = Row> {
    (text(), text(), vec(text(), 0..3)).prop_map(|(id, name, products)| Row::Group(Group { id, name, products }))
}

fn entitlement() -> impl Strategy<Value = Row> {
    use EntitlementState::{Active, Disabled, Error, Unknown};
    let state = prop::sample::select(vec![Active, Error, Disabled, Unknown]);
    (text(), text(), text(), of(text()), state, of(text()), vec(text(), 0..3), (of(instant()), of(day()))).prop_map(
        |(user, principal_name, product, via, state, error, disabled_plans, (since, first_seen))| {
            let disabled_plans = disabled_plans.into_iter().collect();
            Row::Entitlement(Entitlement {
                user,
                principal_name,
                product,
                via,
                state,
                error,
                disabled_plans,
                since,
                first_seen,
            })
        },
    )
}

fn usage() -> impl Strategy<Value = Row> {
    (of(text()), text(), any::<bool>(), text(), day(), day(), of(day()), of(number()), of(text())).prop_map(
        |(user, principal_name, concealed, feature, from, to, last_active, count, unit)| {
            Row::Usage(Usage { user, principal_name, concealed, feature, from, to, last_active, count, unit })
        },
    )
}

fn installed_application() -> impl Strategy<Value = Row> {
    let flags = (of(any::<bool>()), of(any::<bool>()), of(any::<bool>()), of(any::<bool>()));
    let lists = (vec(text(), 0..3), vec(text(), 0..3), vec(text(), 0..3));
    (text(), text(), text(), vec(of(text()), 4), flags, sign_on(), lists, of(instant())).prop_map(
        |(
            id,
            object,
            name,
            words,
            (first_party, home_made, enabled, assignment_required),
            sign_on,
            (reply_urls, tags, owners),
            created,
        )| {
            let [publisher, verified_publisher, template, homepage] = <[Option<String>; 4]>::try_from(words).unwrap();
            Row::InstalledApplication(InstalledApplication {
                id,
                object,
                name,
                publisher,
                verified_publisher,
                first_party,
                home_made,
                sign_on,
                template,
                homepage,
                reply_urls,
                tags,
                enabled,
                created,
                assignment_required,
                owners,
            })
        },
    )
}

fn grant() -> impl Strategy<Value = Row> {
    (text(), text(), text(), of(text()), vec(text(), 0..3), any::<bool>()).prop_map(
        |(application, object, target, principal, scopes, application_right)| {
            Row::Grant(Grant { application, object, target, principal, scopes, application_right })
        },
    )
}

fn app_assignment() -> impl Strategy<Value = Row> {
    (text(), text(), text(), of(text()), any::<bool>(), of(instant()), of(text())).prop_map(
        |(application, object, principal, principal_name, group, created, via)| {
            Row::AppAssignment(AppAssignment { application, object, principal, principal_name, group, created, via })
        },
    )
}

fn application_use() -> impl Strategy<Value = Row> {
    let how = prop::sample::select(vec![UseKind::Interactive, UseKind::NonInteractive, UseKind::Service]);
    (text(), of(text()), text(), of(text()), day(), how, number(), number(), instant(), instant()).prop_map(
        |(application, application_name, user, principal_name, day, how, sign_ins, failures, first, last)| {
            Row::ApplicationUse(ApplicationUse {
                application,
                application_name,
                user,
                principal_name,
                day,
                how,
                sign_ins,
                failures,
                first,
                last,
            })
        },
    )
}

fn sign_in() -> impl Strategy<Value = Row> {
    let how = prop::sample::select(vec![UseKind::Interactive, UseKind::NonInteractive, UseKind::Service]);
    (text(), instant(), how, text(), text(), any::<bool>(), vec(of(text()), 8)).prop_map(
        |(id, at, how, user, application, success, words)| {
            let [principal_name, application_name, target, error, client, address, country, city] =
                <[Option<String>; 8]>::try_from(words).unwrap();
            Row::SignIn(SignIn {
                id,
                at,
                how,
                user,
                principal_name,
                application,
                application_name,
                target,
                success,
                error,
                client,
                address,
                country,
                city,
            })
        },
    )
}

fn application() -> impl Strategy<Value = Row> {
    let flags = (of(any::<bool>()), any::<bool>(), any::<bool>(), any::<bool>());
    let seen = (of(instant()), of(instant()), of(number()), of(number()));
    let counts = (of(number()), of(any::<i32>()), of(number()), of(number()), of(number()));
    let rights = (
        prop::sample::select(vec![UseSource::SignIns, UseSource::Aggregate, UseSource::Directory]),
        prop::sample::select(vec![
            Consent::None,
            Consent::User,
            Consent::Administrator,
            Consent::Both,
            Consent::Unknown,
        ]),
        prop::sample::select(vec![Risk::Low, Risk::Medium, Risk::High, Risk::Unknown]),
        (vec(text(), 0..3), vec(text(), 0..3), of(instant())),
    );
    (text(), text(), vec(of(text()), 7), flags, sign_on(), seen, counts, rights).prop_map(
        |(id, name, words, (verified, first_party, home_made, installed), sign_on, seen, counts, rights)| {
            let [publisher, domain, category, integration, integration_match, template, risk_note] =
                <[Option<String>; 7]>::try_from(words).unwrap();
            let (failures, trend, assigned, assigned_unused, used_unassigned) = counts;
            let (source, consent, risk, (owners, scopes, created)) = rights;
            let (first_seen, last_seen, users, sign_ins) = seen;
            Row::Application(Application {
                id,
                name,
                publisher,
                verified,
                first_party,
                home_made,
                domain,
                category,
                sign_on,
                installed,
                first_seen,
                last_seen,
                users,
                sign_ins,
                failures,
                trend,
                source,
                created,
                owners,
                template,
                assigned,
                assigned_unused,
                used_unassigned,
                scopes,
                consent,
                risk,
                risk_note,
                integration,
                integration_match,
            })
        },
    )
}

fn recommendation() -> impl Strategy<Value = Row> {
    let effect = prop_oneof![
        Just(Effect::ReassignNow),
        day().prop_map(Effect::AtRenewal),
        Just(Effect::AtNextRenewal),
        Just(Effect::Exposure),
    ];
    let confidence = prop::sample::select(vec![Confidence::High, Confidence::Medium, Confidence::Low]);
    let evidence = (text(), text(), of(day())).prop_map(|(signal, value, as_of)| Evidence { signal, value, as_of });
    let options = (of(text()), of(text()), of(money()), of(text()), vec(text(), 0..3));
    (vec(text(), 6), options, number(), effect, confidence, vec(evidence, 0..3)).prop_map(
        |(words, (product, product_name, saving, provenance, targets), seats, effect, confidence, evidence)| {
            let [id, rule, subject, subject_name, action, safe_because] = <[String; 6]>::try_from(words).unwrap();
            Row::Recommendation(Recommendation {
                id,
                rule,
                subject,
                subject_name,
                product,
                product_name,
                action,
                seats,
                saving,
                provenance,
                effect,
                confidence,
                evidence,
                safe_because,
                targets,
            })
        },
    )
}

fn booking() -> impl Strategy<Value = Row> {
    (text(), text(), of(text()), of(text()), of(day()), any::<i64>(), money(), text()).prop_map(
        |(product, product_name, from_product, from_product_name, day, seats, saving, why)| {
            Row::Booking(Booking { product, product_name, from_product, from_product_name, day, seats, saving, why })
        },
    )
}

fn notification() -> impl Strategy<Value = Row> {
    (text(), text(), text(), text(), text(), instant(), any::<bool>()).prop_map(
        |(id, topic, subject, title, body, at, baseline)| {
            Row::Notification(Notification { id, topic, subject, title, body, at, baseline })
        },
    )
}

fn seat_history() -> impl Strategy<Value = Row> {
    (text(), day(), number(), number())
        .prop_map(|(product, day, enabled, assigned)| Row::SeatHistory(SeatHistory { product, day, enabled, assigned }))
}

fn credential() -> impl Strategy<Value = Row> {
    (text(), text(), of(instant()), of(any::<bool>()))
        .prop_map(|(id, title, ends, in_use)| Row::Credential(Credential { id, title, ends, in_use }))
}

/// Each in a box: together they would not fit on the stack of a test.
fn one_of_each() -> impl Strategy<Value = Vec<Row>> {
    vec![
        account().boxed(),
        product().boxed(),
        subscription().boxed(),
        price().boxed(),
        user().boxed(),
        activity().boxed(),
        a_group().boxed(),
        entitlement().boxed(),
        usage().boxed(),
        installed_application().boxed(),
        grant().boxed(),
        app_assignment().boxed(),
        application_use().boxed(),
        sign_in().boxed(),
        application().boxed(),
        recommendation().boxed(),
        booking().boxed(),
        notification().boxed(),
        seat_history().boxed(),
        credential().boxed(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_row_of_every_kind_comes_back_as_it_was(rows in one_of_each()) {
        let sample = Sample::new();
        sample.publish("everything", &rows);
        prop_assert_eq!(sample.database.partitions(sample.id).unwrap()[0].rows, 20);
        for row in rows {
            let found = sample.database.scan(sample.id, kind_of(&row), None, 10).unwrap().rows;
            prop_assert_eq!(found, vec![row]);
        }
    }
}
