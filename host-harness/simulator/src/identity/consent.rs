//! Consent: by a user for itself, or by an administrator for everybody.

use crate::exchange::{Fields, Request, Response};
use crate::identity::delegated::{USER_CONSENTABLE, lacking};
use crate::identity::errors::Refusal;
use crate::identity::ledger::Answer;
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::token::{Door, door};
use crate::identity::visit::{Aim, Mode, Visit, finish, proceed, session};
use crate::identity::{authorize, client, pages};
use crate::world::{GLOBAL_ADMINISTRATOR, World};

/// What must be consented to before a visit can end.
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// The person may grant these.
    Ask(Vec<String>),
    /// Only an administrator may grant these.
    Administrator(Vec<String>),
}

/// True when the user may consent for everybody.
pub(crate) fn is_administrator(world: &World, user: u32) -> bool {
    let state = world.state();
    state.roles.get(&user).is_some_and(|roles| roles.iter().any(|role| role.to_string() == GLOBAL_ADMINISTRATOR))
}

/// What must be consented to before the visit can end.
pub(crate) fn need(world: &World, registration: &Registration, visit: &Visit, user: u32) -> Need {
    let administrator = is_administrator(world, user);
    if visit.aim == Aim::AdminConsent {
        let wanted = asked(registration, &visit.scopes);
        return if administrator { Need::Ask(wanted) } else { Need::Administrator(wanted) };
    }
    let mut wanted = lacking(&world.state(), registration, user, &visit.scopes);
    if visit.ask_consent {
        wanted = asked(registration, &visit.scopes);
    }
    let beyond = wanted.iter().any(|scope| !USER_CONSENTABLE.contains(&scope.as_str()));
    match (wanted.is_empty(), administrator || !beyond) {
        (true, _) => Need::Nothing,
        (false, true) => Need::Ask(wanted),
        (false, false) => Need::Administrator(wanted),
    }
}

fn asked(registration: &Registration, scopes: &Scopes) -> Vec<String> {
    if scopes.default { registration.required.clone() } else { scopes.permissions.clone() }
}

/// Answers the consent page's form.
pub(crate) fn decide(world: &World, registration: &Registration, visit: &Visit, form: &Fields) -> Response {
    let Some(user) = visit.user else { return proceed(world, registration, visit) };
    if form.get("decision") != Some("accept") {
        if let Aim::Device(code) = &visit.aim
            && let Some(device) = world.state().ledger.devices.get_mut(code)
        {
            device.answer = Answer::Declined;
        }
        let error = if visit.aim == Aim::AdminConsent { "consent_required" } else { "access_denied" };
        let text = format!("User declined to consent to access the app '{}'.", registration.name);
        return visit.refuse(world, &Refusal::new(65_004, error, text));
    }
    let Need::Ask(wanted) = need(world, registration, visit, user) else { return proceed(world, registration, visit) };
    let everybody = visit.aim == Aim::AdminConsent || form.get("everybody").is_some();
    let mut state = world.state();
    if everybody && visit.aim == Aim::AdminConsent && visit.scopes.default {
        if let Some(registration) = state.registration_mut(registration.app_id) {
            registration.consent();
        }
    } else if everybody {
        if let Some(registration) = state.registration_mut(registration.app_id) {
            registration.scopes.extend(wanted);
        }
    } else {
        state.ledger.consents.entry((registration.app_id, user)).or_default().extend(wanted);
    }
    drop(state);
    finish(world, visit, user)
}

/// `GET /{tenant}/v2.0/adminconsent`.
pub(crate) fn admin(world: &World, request: &Request, tenant: &str) -> Response {
    let fields = request.query_fields();
    let visit = door(world, request, tenant).and_then(|door| {
        if matches!(door, Door::Common | Door::Consumers) {
            let text = "Use the tenant's id or 'organizations' for an administrator's consent.";
            return Err(Refusal::new(900_023, "invalid_request", text));
        }
        let client_id = fields.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
        let registration = client::find(world, client_id)?;
        let redirect = authorize::redirect(&registration, &fields)?;
        let visit = Visit {
            aim: Aim::AdminConsent,
            client: registration.app_id,
            redirect,
            state: fields.get("state").map(str::to_owned),
            mode: Mode::Query,
            scopes: Scopes::default(),
            challenge: None,
            nonce: None,
            shown: None,
            hint: None,
            ask_consent: true,
            user: session(world, request),
            half: None,
        };
        Ok((registration, visit))
    });
    let (registration, mut visit) = match visit {
        Ok(found) => found,
        Err(refusal) => return pages::refusal(world, &refusal),
    };
    let scopes = fields.get("scope").ok_or_else(|| Refusal::missing("scope"));
    match scopes.and_then(|text| Scopes::parse(world, text)) {
        Ok(scopes) => visit.scopes = scopes,
        Err(refusal) => return visit.refuse(world, &refusal),
    }
    proceed(world, &registration, &visit)
}
