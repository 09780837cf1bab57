//! Every kind of row and its table.

use std::sync::LazyLock;

use super::codec::{
    Amount, Calendar, Cells, Codec, Columns, Flag, List, Maybe, Moment, Name, Named, Reader, Text, Unfit, Whole,
};
use super::evidence::Evidences;
use super::key::{Part, encode};
use super::names::EffectOnDay;
use super::{Merge, Table};
use crate::contract::rows::{self, Kind, Row};

/// Writes, for each kind, the mapping between the record and its columns from one list of its fields.
macro_rules! tables {
    ($($kind:ident $name:literal shown as $view:literal, $merge:ident, key |$row:ident| [$($part:expr),*] {
        $($field:ident: $codec:ty),* $(,)?
    })*) => {
        /// Every kind, in the order of the contract.
        pub(in crate::storage) const KINDS: &[Kind] = &[$(Kind::$kind),*];

        /// The table of a kind.
        pub(in crate::storage) fn table(kind: Kind) -> &'static Table {
            match kind {$(
                Kind::$kind => {
                    static TABLE: LazyLock<Table> = LazyLock::new(|| {
                        let mut columns = Vec::new();
                        $(
                            let suffixes = <$codec as Columns>::SUFFIXES;
                            columns.extend(suffixes.iter().map(|suffix| format!("{}{suffix}", stringify!($field))));
                        )*
                        Table::new($name, $view, Merge::$merge, columns)
                    });
                    &TABLE
                }
            )*}
        }

        /// The kind of a row.
        pub(in crate::storage) fn kind_of(row: &Row) -> Kind {
            match row { $(Row::$kind(_) => Kind::$kind),* }
        }

        /// The key of a row.
        pub(in crate::storage) fn key_of(row: &Row) -> Vec<u8> {
            match row { $(Row::$kind($row) => encode(&[$(Part::from($part)),*])),* }
        }

        /// The values of a row, in the order of the columns of its table.
        pub(in crate::storage) fn write<'a>(row: &'a Row, cells: &mut Cells<'a>) -> Result<(), Unfit> {
            match row {$(
                Row::$kind(row) => {
                    $(
                        <$codec as Codec<_>>::write(&row.$field, cells)
                            .map_err(|unfit| format!("{} {unfit}", stringify!($field)))?;
                    )*
                }
            )*}
            Ok(())
        }

        /// A row of a kind from the columns of its table.
        pub(in crate::storage) fn read(kind: Kind, reader: &mut Reader<'_>) -> rusqlite::Result<Row> {
            Ok(match kind {$(
                Kind::$kind => Row::$kind(rows::$kind { $($field: <$codec as Codec<_>>::read(reader)?),* }),
            )*})
        }
    };
}

tables! {
    Account "account" shown as "accounts", Replace, key |row| [&row.id] {
        id: Text, name: Text, domains: List, country: Maybe<Text>,
    }
    Product "product" shown as "products", Replace, key |row| [&row.id] {
        id: Text, code: Text, name: Text, tier: Name, per_user: Flag, seats_enabled: Whole, seats_warning: Whole,
        seats_suspended: Whole, seats_assigned: Whole, plans: List,
    }
    Subscription "subscription" shown as "subscriptions", Replace, key |row| [&row.id] {
        id: Text, product: Text, status: Name, tier: Name, seats: Maybe<Whole>, created: Maybe<Moment>,
        renews: Maybe<Moment>, term_months: Maybe<Whole>, term_inferred: Flag, partner: Maybe<Text>,
    }
    Price "price" shown as "prices", Replace, key |row| [
        &row.product, &row.market, &row.amount.currency, &row.term_months, &row.billing, &row.valid_from,
        row.provenance.name()
    ] {
        product: Text, amount: Amount, market: Maybe<Text>, term_months: Maybe<Whole>, billing: Maybe<Text>,
        valid_from: Maybe<Calendar>, valid_to: Maybe<Calendar>, provenance: Name, source: Text, uncertain: Flag,
    }
    User "user" shown as "users", Replace, key |row| [&row.principal_name, &row.id] {
        id: Text, principal_name: Text, display_name: Maybe<Text>, kind: Name, kind_because: Maybe<Text>, enabled: Maybe<Flag>,
        created: Maybe<Moment>, synced: Maybe<Flag>, mail: Maybe<Text>, department: Maybe<Text>, company: Maybe<Text>,
        cost_centre: Maybe<Text>, division: Maybe<Text>, country: Maybe<Text>, manager: Maybe<Text>,
    }
    Activity "activity" shown as "activity", Replace, key |row| [&row.principal_name, &row.user] {
        user: Text, principal_name: Text, interactive_attempt: Maybe<Moment>, non_interactive_attempt: Maybe<Moment>,
        success: Maybe<Moment>,
    }
    Group "group" shown as "groups", Replace, key |row| [&row.id] {
        id: Text, name: Text, products: List,
    }
    Entitlement "entitlement" shown as "entitlements", Replace, key |row| [
        &row.principal_name, &row.user, &row.product, &row.via
    ] {
        user: Text, principal_name: Text, product: Text, via: Maybe<Text>, state: Name, error: Maybe<Text>,
        disabled_plans: List, since: Maybe<Moment>, first_seen: Maybe<Calendar>,
    }
    Usage "usage" shown as "usage", Replace, key |row| [&row.principal_name, &row.feature, &row.from, &row.to] {
        user: Maybe<Text>, principal_name: Text, concealed: Flag, feature: Text, from: Calendar, to: Calendar,
        last_active: Maybe<Calendar>, count: Maybe<Whole>, unit: Maybe<Text>,
    }
    InstalledApplication "installed_application" shown as "installed_applications", Replace, key |row| [
        &row.id, &row.object
    ] {
        id: Text, object: Text, name: Text, publisher: Maybe<Text>, verified_publisher: Maybe<Text>,
        first_party: Maybe<Flag>, home_made: Maybe<Flag>, sign_on: Name, template: Maybe<Text>, homepage: Maybe<Text>,
        reply_urls: List, tags: List, enabled: Maybe<Flag>, created: Maybe<Moment>, assignment_required: Maybe<Flag>,
        owners: List,
    }
    Grant "grant" shown as "grants", Replace, key |row| [
        &row.application, &row.object, &row.target, &row.principal,
        if row.application_right { "application" } else { "delegated" }, &row.scopes.join(" ")
    ] {
        application: Text, object: Text, target: Text, principal: Maybe<Text>, scopes: List, application_right: Flag,
    }
    AppAssignment "app_assignment" shown as "app_assignments", Replace, key |row| [
        &row.application, if row.group { "group" } else { "person" }, &row.principal, &row.via, &row.object
    ] {
        application: Text, object: Text, principal: Text, principal_name: Maybe<Text>, group: Flag,
        created: Maybe<Moment>, via: Maybe<Text>,
    }
    ApplicationUse "application_use" shown as "application_use", Add, key |row| [
        &row.application, &row.user, &row.day, row.how.name()
    ] {
        application: Text, application_name: Maybe<Text>, user: Text, principal_name: Maybe<Text>, day: Calendar,
        how: Name, sign_ins: Whole, failures: Whole, first: Moment, last: Moment,
    }
    SignIn "sign_in" shown as "sign_ins", Replace, key |row| [&row.id] {
        id: Text, at: Moment, how: Name, user: Text, principal_name: Maybe<Text>, application: Text,
        application_name: Maybe<Text>, target: Maybe<Text>, success: Flag, error: Maybe<Text>, client: Maybe<Text>,
        address: Maybe<Text>, country: Maybe<Text>, city: Maybe<Text>,
    }
    Application "application" shown as "applications", Replace, key |row| [&row.id] {
        id: Text, name: Text, publisher: Maybe<Text>, verified: Maybe<Flag>, first_party: Flag, home_made: Flag,
        domain: Maybe<Text>, category: Maybe<Text>, sign_on: Name, installed: Flag, first_seen: Maybe<Moment>,
        last_seen: Maybe<Moment>, users: Maybe<Whole>, sign_ins: Maybe<Whole>, failures: Maybe<Whole>,
        trend: Maybe<Whole>, source: Name, created: Maybe<Moment>, owners: List, template: Maybe<Text>,
        assigned: Maybe<Whole>, assigned_unused: Maybe<Whole>, used_unassigned: Maybe<Whole>, scopes: List,
        consent: Name, risk: Name, risk_note: Maybe<Text>, integration: Maybe<Text>,
        integration_match: Maybe<Text>,
    }
    Recommendation "recommendation" shown as "recommendations", Replace, key |row| [
        &row.rule, &row.subject, &row.product
    ] {
        id: Text, rule: Text, subject: Text, subject_name: Text, product: Maybe<Text>, product_name: Maybe<Text>,
        action: Text, seats: Whole, saving: Maybe<Amount>, provenance: Maybe<Text>, effect: EffectOnDay,
        confidence: Name, evidence: Evidences, safe_because: Text, targets: List,
    }
    Booking "booking" shown as "bookings", Replace, key |row| [&row.product, &row.from_product, &row.day] {
        product: Text, from_product: Maybe<Text>, day: Maybe<Calendar>, seats: Whole, saving: Amount, why: Text,
        product_name: Text, from_product_name: Maybe<Text>,
    }
    Notification "notification" shown as "notifications", Keep, key |row| [&row.id] {
        id: Text, topic: Text, subject: Text, title: Text, body: Text, at: Moment, baseline: Flag,
    }
    SeatHistory "seat_history" shown as "seat_history", Keep, key |row| [&row.product, &row.day] {
        product: Text, day: Calendar, enabled: Whole, assigned: Whole,
    }
    Credential "credential" shown as "credentials", Replace, key |row| [&row.id] {
        id: Text, title: Text, ends: Maybe<Moment>, in_use: Maybe<Flag>,
    }
}
