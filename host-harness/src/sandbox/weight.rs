//! How large rows are, as the contract measures a batch: the bytes of all text, and eight for each field and each
//! element of a list.

use crate::contract::rows::{
    Account, Activity, AppAssignment, Application, ApplicationUse, Booking, Credential, Effect, Entitlement, Evidence,
    Grant, Group, InstalledApplication, Notification, Plan, Price, Product, Recommendation, Row, SeatHistory, SignIn,
    Subscription, Usage, User,
};
use crate::contract::types::Money;

/// Bytes that a field or an element counts beside its text.
const SLOT: u64 = 8;

/// Bytes of rows.
pub(crate) fn weight(rows: &[Row]) -> u64 {
    rows.iter().map(Weigh::weigh).fold(0, u64::saturating_add)
}

trait Weigh {
    fn weigh(&self) -> u64;
}

impl Weigh for String {
    fn weigh(&self) -> u64 {
        SLOT + self.len() as u64
    }
}

impl<T: Weigh> Weigh for Option<T> {
    fn weigh(&self) -> u64 {
        self.as_ref().map_or(SLOT, Weigh::weigh)
    }
}

impl<T: Weigh> Weigh for Vec<T> {
    fn weigh(&self) -> u64 {
        self.iter().map(Weigh::weigh).fold(SLOT, u64::saturating_add)
    }
}

macro_rules! one_slot {
    ($($type:ty),*) => {
        $(impl Weigh for $type {
            fn weigh(&self) -> u64 {
                SLOT
            }
        })*
    };
}

one_slot!(bool, u16, u64, i32, i64, Effect);
one_slot!(
    crate::contract::rows::Confidence,
    crate::contract::rows::Consent,
    crate::contract::rows::EntitlementState,
    crate::contract::rows::Provenance,
    crate::contract::rows::Risk,
    crate::contract::rows::SignOn,
    crate::contract::rows::SubscriptionStatus,
    crate::contract::rows::Tier,
    crate::contract::rows::UseKind,
    crate::contract::rows::UseSource,
    crate::contract::rows::UserKind
);

// Each record is taken apart by name, so that a field that is added to the contract and forgotten here does not compile.
macro_rules! records {
    ($($record:ident { $($field:ident),* $(,)? })*) => {
        $(impl Weigh for $record {
            fn weigh(&self) -> u64 {
                let $record { $($field),* } = self;
                [$($field.weigh()),*].into_iter().fold(0, u64::saturating_add)
            }
        })*
    };
}

records! {
    Money { micros, currency }
    Plan { id, name, enabled }
    Evidence { signal, value, as_of }
    Account { id, name, domains, country }
    Product {
        id, code, name, tier, per_user, seats_enabled, seats_warning, seats_suspended, seats_assigned, plans,
    }
    Subscription { id, product, status, tier, seats, created, renews, term_months, term_inferred, partner }
    Price {
        product, amount, market, term_months, billing, valid_from, valid_to, provenance, source, uncertain,
    }
    User {
        id, principal_name, display_name, kind, kind_because, enabled, created, synced, mail, department, company, cost_centre, division,
        country, manager,
    }
    Activity { user, principal_name, interactive_attempt, non_interactive_attempt, success }
    Group { id, name, products }
    Entitlement { user, principal_name, product, via, state, error, disabled_plans, since, first_seen }
    Usage { user, principal_name, concealed, feature, from, to, last_active, count, unit }
    InstalledApplication {
        id, object, name, publisher, verified_publisher, first_party, home_made, sign_on, template, homepage,
        reply_urls, tags, enabled, created, assignment_required, owners,
    }
    Grant { application, object, target, principal, scopes, application_right }
    AppAssignment { application, object, principal, principal_name, group, created, via }
    ApplicationUse {
        application, application_name, user, principal_name, day, how, sign_ins, failures, first, last,
    }
    SignIn {
        id, at, how, user, principal_name, application, application_name, target, success, error, client, address,
        country, city,
    }
    Application {
        id, name, publisher, verified, first_party, home_made, domain, category, sign_on, installed, first_seen,
        last_seen, users, sign_ins, failures, trend, source, created, owners, template, assigned, assigned_unused,
        used_unassigned, scopes, consent, risk, risk_note, integration, integration_match,
    }
    Recommendation {
        id, rule, subject, subject_name, product, product_name, action, seats, saving, provenance, effect, confidence,
        evidence, safe_because, targets,
    }
    Booking { product, product_name, from_product, from_product_name, day, seats, saving, why }
    Notification { id, topic, subject, title, body, at, baseline }
    SeatHistory { product, day, enabled, assigned }
    Credential { id, title, ends, in_use }
}

impl Weigh for Row {
    fn weigh(&self) -> u64 {
        match self {
            Row::Account(row) => row.weigh(),
            Row::Product(row) => row.weigh(),
            Row::Subscription(row) => row.weigh(),
            Row::Price(row) => row.weigh(),
            Row::User(row) => row.weigh(),
            Row::Activity(row) => row.weigh(),
            Row::Group(row) => row.weigh(),
            Row::Entitlement(row) => row.weigh(),
            Row::Usage(row) => row.weigh(),
            Row::InstalledApplication(row) => row.weigh(),
            Row::Grant(row) => row.weigh(),
            Row::AppAssignment(row) => row.weigh(),
            Row::ApplicationUse(row) => row.weigh(),
            Row::SignIn(row) => row.weigh(),
            Row::Application(row) => row.weigh(),
            Row::Recommendation(row) => row.weigh(),
            Row::Booking(row) => row.weigh(),
            Row::Notification(row) => row.weigh(),
            Row::SeatHistory(row) => row.weigh(),
            Row::Credential(row) => row.weigh(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_weighs_its_text_and_eight_bytes_for_each_field_and_element() {
        let group = Group { id: "g1".into(), name: "Sales".into(), products: vec!["p".into(), "q".into()] };
        assert_eq!(weight(&[Row::Group(group.clone())]), (8 + 2) + (8 + 5) + 8 + 2 * (8 + 1));
        assert_eq!(weight(&[Row::Group(group.clone()), Row::Group(group)]), 98);
        assert_eq!(weight(&[]), 0);
    }

    #[test]
    fn an_absent_field_weighs_as_much_as_a_number() {
        let account = Account { id: String::new(), name: String::new(), domains: Vec::new(), country: None };
        assert_eq!(weight(&[Row::Account(account)]), 32);
    }
}
