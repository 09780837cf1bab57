//! Why there is, or is not, a row about a subject.

mod application;

use crate::contract::connector::{Context, Explanation};
use crate::contract::rows::Kind;
use crate::contract::types::Error;
use crate::fault;
use crate::rules::why;
use crate::settings::Settings;
use crate::step::Store;

/// Explains a subject of a kind.
///
/// # Errors
/// `not-found` when nothing is known of the subject; `storage` when the host cannot read rows.
pub fn explain(
    store: &dyn Store,
    settings: &Settings,
    kind: Kind,
    subject: &str,
    context: &Context,
) -> Result<Vec<Explanation>, Error> {
    match kind {
        Kind::Recommendation => why::explain(store, settings, subject, context),
        Kind::Application => application::explain(store, subject, context),
        _ => Err(Error::NotFound(fault::sentence(&format!("Nothing is known of \"{subject}\".")))),
    }
}
