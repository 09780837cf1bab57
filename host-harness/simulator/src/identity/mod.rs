//! The identity platform: tokens, sign-in and consent.

pub(crate) mod access_token;
pub(crate) mod client;
pub(crate) mod errors;
pub(crate) mod ledger;
pub(crate) mod registration;
pub(crate) mod resource;
pub(crate) mod token;

use crate::exchange::{Request, Response};
use crate::world::World;

/// Answers a request to a sign-in host.
pub(crate) fn answer(world: &World, request: &Request) -> Response {
    let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] => token::answer(world, request, tenant),
        _ => Response::empty(404).with_body(b"There is no such page.".to_vec()),
    }
}
