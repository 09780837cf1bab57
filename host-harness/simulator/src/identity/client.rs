//! Who asks for a token: the client and its proof.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use crate::exchange::{Fields, Request};
use crate::id::Id;
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::identity::{assertion, code, delegated};
use crate::world::World;

/// The client id and secret of a request, from the form or from HTTP Basic.
struct Credentials {
    client_id: String,
    secret: Option<String>,
}

fn credentials(request: &Request, form: &Fields) -> Result<Credentials, Refusal> {
    if let Some(client_id) = form.get("client_id") {
        return Ok(Credentials {
            client_id: client_id.to_owned(),
            secret: form.get("client_secret").map(str::to_owned),
        });
    }
    let basic = request.header("authorization").and_then(|value| value.strip_prefix("Basic "));
    let decoded = basic.and_then(|text| STANDARD.decode(text).ok()).and_then(|bytes| String::from_utf8(bytes).ok());
    let (client_id, secret) =
        decoded.as_deref().and_then(|text| text.split_once(':')).ok_or_else(|| Refusal::missing("client_id"))?;
    let plain = |text: &str| form_urlencoded::parse(text.as_bytes()).next().map(|(name, _)| name.into_owned());
    Ok(Credentials { client_id: plain(client_id).unwrap_or_default(), secret: plain(secret) })
}

/// The registration that a client id names.
pub(crate) fn find(world: &World, client_id: &str) -> Result<Registration, Refusal> {
    let state = world.state();
    let found = Id::parse(client_id).and_then(|id| state.registration(id)).cloned();
    let registration = found.ok_or_else(|| {
        let text = format!(
            "Application with identifier '{client_id}' was not found in the directory '{}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant. You may have sent your authentication request to the wrong tenant.",
            world.tenant.name
        );
        Refusal::new(700_016, "unauthorized_client", text)
    })?;
    if registration.disabled {
        let text = format!("Application '{client_id}'({}) is disabled.", registration.name);
        return Err(Refusal::new(7_000_112, "unauthorized_client", text));
    }
    Ok(registration)
}

/// The registration that asks for a token, once it has proven itself as it must.
///
/// # Errors
/// When it is not known, or its secret is missing, wrong, past its end or not wanted.
pub(crate) fn authenticate(
    world: &World,
    request: &Request,
    form: &Fields,
    tenant: &str,
) -> Result<Registration, Refusal> {
    let Credentials { client_id, secret } = credentials(request, form)?;
    let registration = find(world, &client_id)?;
    let is_public = is_public(world, &registration, form);
    if form.get("client_assertion").is_some() {
        if is_public || secret.is_some() {
            return Err(public_client());
        }
        assertion::verify(world, &registration, form, tenant, &request.host)?;
        return Ok(registration);
    }
    match (is_public, secret) {
        (true, None) => Ok(registration),
        (true, Some(_)) => Err(public_client()),
        (false, None) => Err(secret_missing()),
        (false, Some(secret)) => {
            let Some(known) = registration.secrets.iter().find(|known| known.text == secret) else {
                let text = format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                     value, not the client secret ID, for a secret added to app '{client_id}'."
                );
                return Err(Refusal::client(7_000_215, text));
            };
            if world.state().spread(known.id) {
                let text = format!("Invalid client secret provided for app '{client_id}'.");
                return Err(Refusal::client(7_000_215, text));
            }
            if world.clock.now().as_second() >= known.ends {
                let text = format!("The provided client secret keys for app '{client_id}' are expired.");
                return Err(Refusal::client(7_000_222, text));
            }
            Ok(registration)
        }
    }
}

/// What a code or a refresh token says of how it was given comes before what the request says.
fn is_public(world: &World, registration: &Registration, form: &Fields) -> bool {
    let sent_to = code::sent_to(world, form).map(|redirect| registration.is_native(&redirect));
    let given = sent_to.or_else(|| delegated::was_public(world, registration, form));
    given.unwrap_or_else(|| registration.is_public(form))
}

fn public_client() -> Refusal {
    let text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
    Refusal::client(700_025, text)
}

/// The refusal of a confidential client that gives no proof.
pub(crate) fn secret_missing() -> Refusal {
    let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    Refusal::client(7_000_218, text)
}
