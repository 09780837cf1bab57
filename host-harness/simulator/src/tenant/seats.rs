//! Seats bought, tried and left over, and the terms they were bought for.

use crate::dice::{Dice, Topic};
use crate::id::Id;
use crate::tenant::people::User;
use crate::tenant::product::{Product, Role};

/// The state of a product or subscription, in the service's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    Enabled,
    /// Ran out, in grace.
    Warning,
    /// Cancelled; cannot be assigned.
    Suspended,
}

impl Status {
    /// The service's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Status::Enabled => "Enabled",
            Status::Warning => "Warning",
            Status::Suspended => "Suspended",
        }
    }
}

/// One purchase of a product.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    /// The subscription's id.
    pub(crate) id: Id,
    /// Its id in commerce.
    pub(crate) commerce_id: Id,
    /// Seats.
    pub(crate) seats: u32,
    /// True when it costs nothing for a while.
    pub(crate) trial: bool,
    /// Days since it was bought.
    pub(crate) created_ago: i32,
    /// Days until its term ends; absent when it never does.
    pub(crate) ends_in: Option<i32>,
}

/// What the tenant bought of one product.
#[derive(Clone, Debug)]
pub(crate) struct Contract {
    /// The state of its seats.
    pub(crate) status: Status,
    /// Seats, whatever their state.
    pub(crate) seats: u32,
    /// The purchases that the seats came by.
    pub(crate) subscriptions: Vec<Subscription>,
}

/// How many of these users hold the product: one seat each, however often it is assigned.
pub(crate) fn consumed<'a>(users: impl Iterator<Item = &'a User>, role: Role) -> u32 {
    u32::try_from(users.filter(|user| user.products().has(role)).count()).unwrap_or(u32::MAX)
}

/// What the tenant bought, in the order of its products.
pub(crate) fn contracts(seed: u64, products: &[Product], users: &[User]) -> Vec<Contract> {
    products.iter().map(|product| contract(seed, product.role, consumed(users.iter(), product.role))).collect()
}

fn contract(seed: u64, role: Role, held: u32) -> Contract {
    let mut dice = Dice::new(seed, Topic::Product, role as u64, 0);
    let (status, seats) = match role {
        Role::Standard => (Status::Enabled, held + held / 8 + 5),
        Role::Basic | Role::Frontline => (Status::Enabled, held + held / 4 + 3),
        Role::Full | Role::Phone => (Status::Enabled, held + 3),
        Role::Legacy => (Status::Warning, held + 8),
        // More are assigned than were bought.
        Role::Business => (Status::Enabled, held.saturating_sub(2).max(1)),
        Role::Visio => (Status::Enabled, held * 2 + 2),
        Role::Identity | Role::Project => (Status::Enabled, held + 1),
        Role::PowerBi => (Status::Enabled, held + 2),
        // None is left, which is why some assignments by group failed.
        Role::Copilot => (Status::Enabled, held),
        // As many as are bought by a change.
        Role::Premium | Role::LargeMailbox | Role::Drawing | Role::Apps | Role::BusinessApps => (Status::Enabled, held),
        Role::Flow => (Status::Enabled, 10_000),
        Role::Fabric => (Status::Enabled, 1_000_000),
        Role::Trial => (Status::Enabled, (held + 5).max(25)),
        Role::Mailbox => (Status::Suspended, held + 10),
    };
    let trial = role == Role::Trial;
    let endless = matches!(role, Role::Flow | Role::Fabric);
    let parts = if role == Role::Standard && seats > 20 { vec![seats - seats / 5, seats / 5] } else { vec![seats] };
    let mut subscription = |seats: u32| {
        let ends_in = match (status, role) {
            _ if endless => None,
            (Status::Enabled, Role::Trial) => Some(dice.between(3, 28)),
            (Status::Enabled, _) => Some(dice.between(5, 360)),
            (Status::Warning, _) => Some(dice.between(4, 25)),
            (Status::Suspended, _) => Some(dice.between(20, 80)),
        };
        let created_ago = if trial { dice.between(2, 27) } else { dice.between(100, 1400) };
        Subscription { id: dice.id(), commerce_id: dice.id(), seats, trial, created_ago, ends_in }
    };
    let subscriptions = parts.into_iter().map(&mut subscription).collect();
    Contract { status, seats, subscriptions }
}
