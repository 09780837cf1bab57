//! What the identity platform remembers: codes redeemed, refresh tokens used, consents of single users, devices.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::Id;
use crate::identity::resource::Scopes;

/// What the identity platform remembers.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Authorization codes that were redeemed, by id.
    pub(crate) redeemed: BTreeSet<Id>,
    /// Refresh tokens that were used, by id.
    pub(crate) refreshed: BTreeSet<Id>,
    /// How often a refresh token was used again.
    pub(crate) reuses: u32,
    /// Sign-ins whose refresh tokens are void, by id.
    pub(crate) ended: BTreeSet<Id>,
    /// Refresh tokens issued before this, in seconds since 1970, are void.
    pub(crate) revoked_before: i64,
    /// Permissions that single users granted, by client and the user's place.
    pub(crate) consents: BTreeMap<(Id, u32), BTreeSet<String>>,
    /// Subjects at the other identity provider that stand for a client.
    pub(crate) trusted: BTreeSet<(Id, String)>,
    /// Ids of assertions that were seen.
    pub(crate) assertions: BTreeSet<String>,
    /// When a device's code was polled for last, by the code that the person enters.
    pub(crate) polled: BTreeMap<String, i64>,
    /// A policy demands these claims of every sign-in in the browser until one brought them along.
    pub(crate) policy: Option<String>,
    /// A policy demands these claims of every token at Graph.
    pub(crate) policy_of_graph: Option<String>,
    /// Kinds of grants that conditional access blocks.
    pub(crate) blocked: BTreeSet<String>,
    /// Devices that wait for a person, by the code that the person enters.
    pub(crate) devices: BTreeMap<String, Device>,
}

/// A device that waits for a person.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// The client that asks.
    pub(crate) client: Id,
    /// What it asks for.
    pub(crate) scopes: Scopes,
    /// The claims that the person shows with the sign-in.
    pub(crate) shown: Option<String>,
    /// When the wait ends, in seconds since 1970.
    pub(crate) ends: i64,
    /// How far the person is.
    pub(crate) answer: Answer,
}

/// How far the person is who was shown a device's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Answer {
    /// Nothing was done yet.
    Pending,
    /// Signed in, by the user's place.
    Approved(u32),
    /// Refused.
    Declined,
}
