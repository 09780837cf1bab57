//! What the identity platform remembers of codes and refresh tokens.

use std::collections::BTreeSet;

/// Codes and refresh tokens that were used or revoked.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Authorization codes that were redeemed, by id.
    pub(crate) redeemed: BTreeSet<String>,
}
