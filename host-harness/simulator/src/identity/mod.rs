//! The identity platform: tokens, sign-in and consent.

pub(crate) mod access_token;
pub(crate) mod assertion;
pub(crate) mod authorize;
pub(crate) mod client;
pub(crate) mod code;
pub(crate) mod consent;
pub(crate) mod delegated;
pub(crate) mod device;
pub(crate) mod errors;
pub(crate) mod ledger;
pub(crate) mod pages;
pub(crate) mod password;
pub(crate) mod permission;
pub(crate) mod registration;
pub(crate) mod resource;
pub(crate) mod token;
pub(crate) mod visit;

use crate::exchange::{Request, Response};
use crate::world::World;

/// Answers a request to a sign-in host.
pub(crate) fn answer(world: &World, request: &Request) -> Response {
    let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] => token::answer(world, request, tenant),
        [tenant, "oauth2", "v2.0", "authorize"] => authorize::answer(world, request, tenant),
        [tenant, "oauth2", "v2.0", "devicecode"] => device::begin(world, request, tenant),
        [tenant, "v2.0", "adminconsent"] | [tenant, "adminconsent"] => consent::admin(world, request, tenant),
        ["common", "oauth2", "deviceauth"] => device::page(world, request),
        ["common", "oauth2", "nativeclient"] => {
            pages::message("You have signed in", "Copy the address of this page into the application.")
        }
        [step @ ("login" | "factor" | "consent")] if request.method == http::Method::POST => {
            visit::answer(world, request, step)
        }
        _ => Response::empty(404).with_body(b"There is no such page.".to_vec()),
    }
}
