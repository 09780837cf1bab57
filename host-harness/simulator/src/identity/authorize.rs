//! The authorization endpoint.

use url::Url;

use crate::exchange::{Fields, Request, Response};
use crate::identity::code::Challenge;
use crate::identity::errors::Refusal;
use crate::identity::registration::{COMMAND_LINE_TOOLS, Registration};
use crate::identity::resource::Scopes;
use crate::identity::token::{Door, door};
use crate::identity::visit::{Aim, Mode, Visit, proceed, session};
use crate::identity::{client, consent, pages};
use crate::world::World;

/// Answers the authorization endpoint: with a page for the person, or a redirect back.
pub(crate) fn answer(world: &World, request: &Request, tenant: &str) -> Response {
    let fields = match request.method {
        http::Method::POST => request.form_fields(),
        _ => request.query_fields(),
    };
    // What is wrong with the client or its address is told on a page: nobody is sent to an unknown address.
    let (registration, mut visit) = match begin(world, request, tenant, &fields) {
        Ok(begun) => begun,
        Err(refusal) => return pages::refusal(world, &refusal),
    };
    if let Err(refusal) = fill(world, &fields, &mut visit) {
        return visit.refuse(world, &refusal);
    }
    let known = session(world, request);
    match fields.get("prompt") {
        None => visit.user = known,
        Some("none") => return silent(world, &registration, visit, known),
        Some("consent") => {
            visit.user = known;
            visit.ask_consent = true;
        }
        Some("login" | "select_account") => {}
        Some(other) => {
            let text = format!("Unsupported 'prompt' value '{other}'.");
            return visit.refuse(world, &Refusal::new(90_023, "invalid_request", text));
        }
    }
    proceed(world, &registration, &visit)
}

fn begin(world: &World, request: &Request, tenant: &str, fields: &Fields) -> Result<(Registration, Visit), Refusal> {
    let door = door(world, request, tenant)?;
    let client_id = fields.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
    let registration = client::find(world, client_id)?;
    if door != Door::Tenant && client_id != COMMAND_LINE_TOOLS {
        let text = format!(
            "Application '{client_id}'({}) is not configured as a multi-tenant application. Usage of the /common \
             endpoint is not supported for such applications. Use a tenant-specific endpoint.",
            registration.name
        );
        return Err(Refusal::new(50_194, "invalid_request", text));
    }
    let redirect = redirect(&registration, fields)?;
    let mode = match fields.get("response_mode") {
        None | Some("query") => Mode::Query,
        Some("fragment") => Mode::Fragment,
        Some("form_post") => Mode::Form,
        Some(other) => {
            let text = format!("The response_mode '{other}' is not supported.");
            return Err(Refusal::new(900_144, "invalid_request", text));
        }
    };
    let visit = Visit {
        aim: Aim::Code,
        client: registration.app_id,
        redirect,
        state: fields.get("state").map(str::to_owned),
        mode,
        scopes: Scopes::default(),
        challenge: None,
        nonce: fields.get("nonce").map(str::to_owned),
        shown: None,
        hint: fields.get("login_hint").map(str::to_owned),
        ask_consent: false,
        user: None,
        half: None,
    };
    Ok((registration, visit))
}

fn fill(world: &World, fields: &Fields, visit: &mut Visit) -> Result<(), Refusal> {
    match fields.get("response_type") {
        Some("code") => {}
        Some(other) => {
            let text = format!("The response_type '{other}' is not enabled for the application.");
            return Err(Refusal::new(700_051, "unsupported_response_type", text));
        }
        None => return Err(Refusal::missing("response_type")),
    }
    visit.scopes = Scopes::parse(world, fields.get("scope").ok_or_else(|| Refusal::missing("scope"))?)?;
    visit.challenge = Challenge::parse(fields)?;
    visit.shown = fields.get("claims").map(str::to_owned);
    meet_policy(world, fields);
    Ok(())
}

/// A sign-in that brings along what the policy demands meets it.
pub(crate) fn meet_policy(world: &World, fields: &Fields) {
    let policy = &mut world.state().ledger.policy;
    if policy.as_deref() == fields.get("claims") {
        *policy = None;
    }
}

/// A request that must not show any page.
fn silent(world: &World, registration: &Registration, mut visit: Visit, known: Option<u32>) -> Response {
    let Some(user) = known else {
        let text = "Session information is not sufficient for single-sign-on.";
        return visit.refuse(world, &Refusal::new(50_058, "login_required", text));
    };
    visit.user = Some(user);
    match consent::need(world, registration, &visit, user) {
        consent::Need::Nothing => proceed(world, registration, &visit),
        _ => {
            let text = "The user or administrator has not consented to use the application.";
            visit.refuse(world, &Refusal::new(65_001, "interaction_required", text))
        }
    }
}

/// The redirect address of a request, when it is a registered one.
///
/// # Errors
/// When it is missing or not registered.
pub(crate) fn redirect(registration: &Registration, fields: &Fields) -> Result<String, Refusal> {
    let asked = fields.get("redirect_uri").ok_or_else(|| Refusal::missing("redirect_uri"))?;
    if registration.redirects().any(|registered| is_same(registered, asked)) {
        return Ok(asked.to_owned());
    }
    let text = format!(
        "The redirect URI '{asked}' specified in the request does not match the redirect URIs configured for the \
         application '{}'. Make sure the redirect URI sent in the request matches one added to your application.",
        registration.app_id
    );
    Err(Refusal::new(50_011, "invalid_request", text))
}

/// Exactly equal; on `http://localhost`, any port will do.
pub(crate) fn is_same(registered: &str, asked: &str) -> bool {
    if registered == asked {
        return true;
    }
    let (Ok(registered), Ok(mut asked)) = (Url::parse(registered), Url::parse(asked)) else { return false };
    let loopback = registered.scheme() == "http" && registered.host_str() == Some("localhost");
    let Ok(()) = asked.set_port(registered.port()) else { return false };
    loopback && registered == asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_on_localhost_may_differ() {
        let registered = "http://localhost/connect";
        for good in ["http://localhost/connect", "http://localhost:51234/connect"] {
            assert!(is_same(registered, good), "{good}");
        }
        for bad in [
            "http://localhost:51234/",
            "http://localhost:51234/connect/",
            "http://localhost:51234/Connect",
            "http://localhost:51234/connect?more=1",
            "https://localhost:51234/connect",
            "http://127.0.0.1:51234/connect",
            "http://[::1]:51234/connect",
            "http://localhost.evil.example/connect",
        ] {
            assert!(!is_same(registered, bad), "{bad}");
        }
        assert!(!is_same("https://app.example/back", "https://app.example:444/back"));
    }
}
