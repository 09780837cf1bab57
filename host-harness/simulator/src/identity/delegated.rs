//! Tokens that speak for a user.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::DAY_SECONDS;
use crate::exchange::Fields;
use crate::id::Id;
use crate::identity::access_token::{self, Claims};
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::token::{LIFE, claims};
use crate::world::{State, World};

const PURPOSE: &str = "refresh";

/// The template of the role that every member of the tenant has (`directoryRoleTemplates` of the Graph documentation).
const EVERYBODY: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Days that a refresh token lives.
const REFRESH_DAYS: i64 = 90;

/// What a refresh token stands for.
#[derive(Serialize, Deserialize)]
struct Ticket {
    id: Id,
    sign_in: Id,
    client: Id,
    user: u32,
    open_id: Vec<String>,
    shown: Option<String>,
    public: bool,
    issued: i64,
}

/// The sign-in that tokens come from.
pub(crate) struct SignIn {
    id: Id,
    /// The claims that the person has shown.
    shown: Option<String>,
    /// They were asked for, and stand in the token.
    in_token: bool,
    /// By a client that proves itself by nothing.
    public: bool,
}

impl SignIn {
    /// A sign-in that has just happened, by the form that asks for its tokens.
    pub(crate) fn new(world: &World, form: &Fields, registration: &Registration, shown: Option<String>) -> SignIn {
        SignIn { id: world.seal.id(), shown, in_token: true, public: registration.is_public(form) }
    }
}

/// Whether the client proved itself by nothing when it was issued the refresh token of a form; nothing without one of its
/// own.
pub(crate) fn was_public(world: &World, registration: &Registration, form: &Fields) -> Option<bool> {
    let sealed = form.get("refresh_token")?.strip_prefix("1.")?;
    let ticket: Ticket = world.seal.open(PURPOSE, sealed)?;
    (ticket.client == registration.app_id).then_some(ticket.public)
}

/// Permissions that users may grant for themselves.
pub(crate) const USER_CONSENTABLE: [&str; 2] = ["User.Read", "LicenseAssignment.Read.All"];

/// What a user may have through a client: granted for everybody, or by the user alone.
pub(crate) fn granted(state: &State, registration: &Registration, user: u32) -> Vec<String> {
    let mut all = registration.scopes.clone();
    all.extend(state.ledger.consents.get(&(registration.app_id, user)).into_iter().flatten().cloned());
    all.sort();
    all.dedup();
    all
}

/// What a request asks for beyond what was granted.
pub(crate) fn lacking(state: &State, registration: &Registration, user: u32, scopes: &Scopes) -> Vec<String> {
    let has = granted(state, registration, user);
    let wanted = if scopes.default { &registration.required } else { &scopes.permissions };
    wanted.iter().filter(|scope| !has.contains(scope)).cloned().collect()
}

/// The answer of the token endpoint for a user who signed in.
///
/// # Errors
/// When what is asked for was not granted.
pub(crate) fn issue(
    world: &World,
    registration: &Registration,
    user: u32,
    scopes: &Scopes,
    nonce: Option<&str>,
    sign_in: SignIn,
) -> Result<Value, Refusal> {
    if let Some(claims) = world.state().ledger.policy.clone() {
        let text = "Due to a configuration change made by your administrator, or because you moved to a new location, \
                    you must enroll in multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.";
        return Err(Refusal { claims: Some(claims), ..Refusal::new(50_079, "interaction_required", text) });
    }
    let state = world.state();
    let lacking = lacking(&state, registration, user, scopes);
    if !lacking.is_empty() {
        return Err(consent_missing(registration));
    }
    let mut permissions = granted(&state, registration, user);
    let roles = state.roles.get(&user).cloned().unwrap_or_default();
    drop(state);
    if permissions.is_empty() {
        permissions.push("User.Read".to_owned());
    }
    let account = world.person(user).ok_or_else(|| unknown_user(""))?;
    let name = account.principal_name;
    let spoken = Claims {
        oid: account.id.to_string(),
        idtyp: "user".to_owned(),
        roles: Vec::new(),
        scp: Some(permissions.join(" ")),
        wids: roles.iter().map(Id::to_string).chain([EVERYBODY.to_owned()]).collect(),
        shown: sign_in.shown.clone().filter(|_| sign_in.in_token),
        upn: Some(name.clone()),
        ..claims(world, registration)
    };
    let listed: Vec<String> = permissions.into_iter().chain(scopes.open_id.iter().cloned()).collect();
    let mut body = json!({
        "token_type": "Bearer",
        "scope": listed.join(" "),
        "expires_in": LIFE,
        "ext_expires_in": LIFE,
        "access_token": access_token::issue(world, &spoken),
    });
    let asked = |name: &str| scopes.open_id.iter().any(|scope| scope == name);
    if let Some(fields) = body.as_object_mut() {
        if asked("offline_access") {
            let ticket = Ticket {
                id: world.seal.id(),
                sign_in: sign_in.id,
                client: registration.app_id,
                user,
                open_id: scopes.open_id.clone(),
                shown: sign_in.shown,
                public: sign_in.public,
                issued: spoken.iat,
            };
            fields.insert("refresh_token".to_owned(), json!(format!("1.{}", world.seal.close(PURPOSE, &ticket))));
        }
        if asked("openid") {
            fields.insert("id_token".to_owned(), json!(id_token(world, &spoken, &name, nonce)));
        }
    }
    Ok(body)
}

fn id_token(world: &World, claims: &Claims, name: &str, nonce: Option<&str>) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256","kid":"simulator"}"#);
    let payload = json!({
        "aud": claims.appid,
        "iss": format!("https://{}/{}/v2.0", world.options.cloud.authority(), claims.tid),
        "iat": claims.iat,
        "nbf": claims.nbf,
        "exp": claims.exp,
        "oid": claims.oid,
        "sub": claims.oid,
        "tid": claims.tid,
        "preferred_username": name,
        "nonce": nonce,
        "ver": "2.0",
    });
    let text = format!("{head}.{}", URL_SAFE_NO_PAD.encode(payload.to_string()));
    let signature = world.seal.sign(&text);
    format!("{text}.{signature}")
}

/// A refresh token for another access token and another refresh token. The old one stays valid, unless the simulator
/// was told to detect its reuse.
///
/// # Errors
/// When the token is not one of this client's, has ended or was revoked, or asks for more than was granted or shown.
pub(crate) fn refresh(world: &World, registration: &Registration, form: &Fields) -> Result<Value, Refusal> {
    let token = form.get("refresh_token").ok_or_else(|| Refusal::missing("refresh_token"))?;
    let sealed = token.strip_prefix("1.").unwrap_or_default();
    let ticket: Option<Ticket> = world.seal.open(PURPOSE, sealed);
    let ticket = ticket
        .filter(|ticket| ticket.client == registration.app_id)
        .ok_or_else(|| Refusal::new(9_002_313, "invalid_grant", "Invalid request. Request is malformed or invalid."))?;
    let now = world.clock.now().as_second();
    if now >= ticket.issued + REFRESH_DAYS * DAY_SECONDS {
        let text = "The refresh token has expired due to inactivity. It was issued more than 90 days ago.";
        return Err(Refusal::new(700_082, "invalid_grant", text));
    }
    // Who is refused gets no new token, and keeps the old one.
    let wanted = form.get("claims");
    if wanted.is_some_and(|wanted| ticket.shown.as_deref() != Some(wanted)) {
        let text = "Due to a configuration change made by your administrator, or because you moved to a new location, \
                    you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.";
        return Err(Refusal {
            claims: wanted.map(str::to_owned),
            ..Refusal::new(50_076, "interaction_required", text)
        });
    }
    spend(world, &ticket)?;
    let mut scopes = match form.get("scope") {
        Some(text) => Scopes::parse(world, text)?,
        None => Scopes { default: false, ..Scopes::default() },
    };
    scopes.open_id.clone_from(&ticket.open_id);
    let account = world.person(ticket.user).ok_or_else(|| unknown_user(""))?;
    if !account.enabled {
        return Err(Refusal::new(50_057, "invalid_grant", "The user account is disabled."));
    }
    let sign_in = SignIn { id: ticket.sign_in, shown: ticket.shown, in_token: wanted.is_some(), public: ticket.public };
    issue(world, registration, ticket.user, &scopes, None, sign_in)
}

/// Notes the use of a refresh token.
fn spend(world: &World, ticket: &Ticket) -> Result<(), Refusal> {
    let revoked = || {
        let text = "The provided grant has expired due to it being revoked, a fresh auth token is needed.";
        Refusal::new(50_173, "invalid_grant", text)
    };
    let mut state = world.state();
    let ledger = &mut state.ledger;
    if ledger.ended.contains(&ticket.sign_in) || ticket.issued < ledger.revoked_before {
        return Err(revoked());
    }
    if !ledger.refreshed.insert(ticket.id) {
        ledger.reuses += 1;
        if world.options.detect_reuse {
            ledger.ended.insert(ticket.sign_in);
            return Err(revoked());
        }
    }
    Ok(())
}

/// The refusal of what was not consented to.
pub(crate) fn consent_missing(registration: &Registration) -> Refusal {
    let text = format!(
        "The user or administrator has not consented to use the application with ID '{}' named '{}'. Send an \
         interactive authorization request for this user and resource.",
        registration.app_id, registration.name
    );
    Refusal::new(65_001, "invalid_grant", text)
}

/// The refusal of a user who is not there.
pub(crate) fn unknown_user(name: &str) -> Refusal {
    let text = format!(
        "The user account {name} does not exist in the directory. To sign into this application, the account must be added to the directory."
    );
    Refusal::new(50_034, "invalid_grant", text)
}
