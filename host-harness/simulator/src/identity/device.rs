//! Sign-in on another device: a code is shown, entered elsewhere, and polled for.

use serde_json::{Value, json};

use crate::exchange::{Fields, Request, Response};
use crate::identity::delegated::SignIn;
use crate::identity::errors::Refusal;
use crate::identity::ledger::{Answer, Device};
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::token::{Door, door};
use crate::identity::visit::{Aim, Mode, Visit, proceed, session};
use crate::identity::{authorize, client, delegated, pages};
use crate::world::World;

/// How long a code lives, in seconds.
const LIFE: i64 = 900;

/// Seconds between two polls.
const INTERVAL: u32 = 5;

/// Letters of a code: none that look alike.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ";

const PURPOSE: &str = "device";

/// `POST /{tenant}/oauth2/v2.0/devicecode`.
pub(crate) fn begin(world: &World, request: &Request, tenant: &str) -> Response {
    match begun(world, request, tenant) {
        Ok(body) => Response::json(200, "application/json; charset=utf-8", &body),
        Err(refusal) => refusal.response(world),
    }
}

fn begun(world: &World, request: &Request, tenant: &str) -> Result<Value, Refusal> {
    if door(world, request, tenant)? == Door::Consumers {
        return Err(Refusal::new(9_001_023, "invalid_request", "The grant type is not supported over /consumers."));
    }
    let form = request.form_fields();
    let registration = client::find(world, form.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?)?;
    let scopes = Scopes::parse(world, form.get("scope").ok_or_else(|| Refusal::missing("scope"))?)?;
    authorize::meet_policy(world, &form);
    let letters = world.seal.id();
    let letter = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().map(char::from);
    let user_code: String = letters.bytes().iter().take(9).filter_map(letter).collect();
    let ends = world.clock.now().as_second() + LIFE;
    let shown = form.get("claims").map(str::to_owned);
    let device = Device { client: registration.app_id, scopes, shown, ends, answer: Answer::Pending };
    world.state().ledger.devices.insert(user_code.clone(), device);
    let page = format!("https://{}/common/oauth2/deviceauth", request.host);
    let message = format!(
        "To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."
    );
    Ok(json!({
        "user_code": user_code,
        "device_code": world.seal.close(PURPOSE, &user_code),
        "verification_uri": page,
        "expires_in": LIFE,
        "interval": INTERVAL,
        "message": message,
    }))
}

/// The device code grant: one poll.
///
/// # Errors
/// While nobody has answered, when the person declined, and when the code ended or is not this client's.
pub(crate) fn poll(world: &World, registration: &Registration, form: &Fields) -> Result<Value, Refusal> {
    let code = form.get("device_code").ok_or_else(|| Refusal::missing("device_code"))?;
    let bad = || {
        Refusal::new(
            70_018,
            "bad_verification_code",
            "Invalid verification code due to user typing in wrong user code for device code flow.",
        )
    };
    let user_code: String = world.seal.open(PURPOSE, code).ok_or_else(bad)?;
    let device = world.state().ledger.devices.get(&user_code).cloned();
    let device = device.filter(|device| device.client == registration.app_id).ok_or_else(bad)?;
    if world.clock.now().as_second() >= device.ends {
        return Err(Refusal::new(
            70_019,
            "expired_token",
            "Verification code expired. Have the user retry the sign-in.",
        ));
    }
    let now = world.clock.now().as_second();
    let last = world.state().ledger.polled.insert(user_code.clone(), now);
    match device.answer {
        // RFC 8628, section 3.5. A clock that stands still tells nothing of the pace.
        Answer::Pending if last.is_some_and(|last| last < now && now < last + i64::from(INTERVAL)) => {
            Err(Refusal::new(70_016, "slow_down", "Polling too frequently. Increase the interval."))
        }
        Answer::Pending => {
            let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            Err(Refusal::new(70_016, "authorization_pending", text))
        }
        Answer::Declined => {
            let text = "User declined to consent to access the app.";
            Err(Refusal::new(65_004, "authorization_declined", text))
        }
        Answer::Approved(user) => {
            let sign_in = SignIn::new(world, form, registration, device.shown.clone());
            let body = delegated::issue(world, registration, user, &device.scopes, None, sign_in)?;
            world.state().ledger.devices.remove(&user_code);
            Ok(body)
        }
    }
}

/// The page where a person enters a code.
pub(crate) fn page(world: &World, request: &Request) -> Response {
    let form = if request.method == http::Method::POST { request.form_fields() } else { request.query_fields() };
    let Some(code) = form.get("code").map(|code| code.trim().to_uppercase()) else { return pages::enter_code(None) };
    let now = world.clock.now().as_second();
    let device = world.state().ledger.devices.get(&code).filter(|device| device.ends > now).cloned();
    let Some(device) = device else {
        return pages::enter_code(Some("That code did not work. Check it and try again."));
    };
    let visit = Visit {
        aim: Aim::Device(code),
        client: device.client,
        redirect: String::new(),
        state: None,
        mode: Mode::Query,
        scopes: device.scopes,
        challenge: None,
        nonce: None,
        shown: None,
        hint: None,
        ask_consent: false,
        user: session(world, request),
        half: None,
    };
    let found = world.state().registration(device.client).cloned();
    match found {
        Some(registration) => proceed(world, &registration, &visit),
        None => pages::enter_code(Some("The application is not there any more.")),
    }
}
