//! Passwords: checked at the sign-in page and for the password grant.

use serde_json::Value;

use crate::exchange::Fields;
use crate::identity::delegated::{self, SignIn};
use crate::identity::errors::Refusal;
use crate::identity::registration::Registration;
use crate::identity::resource::Scopes;
use crate::identity::token::Door;
use crate::tenant::people::Kind;
use crate::world::World;

/// The code that the second factor of every user shows.
pub(crate) const SECOND_FACTOR: &str = "246810";

/// Somebody whose password was right.
pub(crate) struct Known {
    /// The user's place.
    pub(crate) place: u32,
    /// A second factor is still demanded.
    pub(crate) second_factor: bool,
    /// The password has to be changed. The page asks for it, which is not simulated; the password grant cannot.
    pub(crate) must_change: bool,
}

/// The user with this name and password.
///
/// # Errors
/// When there is no such user, the password is wrong, there is none here, or the account is disabled.
pub(crate) fn check(world: &World, name: &str, password: &str) -> Result<Known, Refusal> {
    let made = world.state().made.iter().find(|made| made.principal_name.eq_ignore_ascii_case(name.trim())).cloned();
    if let Some(made) = made {
        return if made.password == password {
            Ok(Known { place: made.place, second_factor: false, must_change: made.must_change })
        } else {
            Err(wrong_password())
        };
    }
    let found = world.tenant.by_name(name.trim()).filter(|(place, _)| !world.state().removed.contains(place));
    let (place, user) = found.ok_or_else(|| delegated::unknown_user(name))?;
    if user.kind == Kind::Guest {
        let text = "Invalid or null password: password does not exist in the directory for this user.";
        return Err(Refusal::new(50_056, "invalid_grant", text));
    }
    let known = user.password.filter(|known| known.text == password);
    let known = known.ok_or_else(wrong_password)?;
    if !user.enabled {
        return Err(Refusal::new(50_057, "invalid_grant", "The user account is disabled."));
    }
    Ok(Known { place, second_factor: known.second_factor, must_change: false })
}

fn wrong_password() -> Refusal {
    Refusal::new(50_126, "invalid_grant", "Error validating credentials due to invalid username or password.")
}

/// The password grant, which has no way to ask for a second factor.
///
/// # Errors
/// As [`check`], and when a second factor is demanded or the sign-in address names no tenant.
pub(crate) fn grant(world: &World, registration: &Registration, form: &Fields, door: Door) -> Result<Value, Refusal> {
    if matches!(door, Door::Common | Door::Consumers) {
        let text = "The grant type is not supported over the /common or /consumers endpoints. Please use the \
                    /organizations or tenant-specific endpoint.";
        return Err(Refusal::new(9_001_023, "invalid_request", text));
    }
    let name = form.get("username").ok_or_else(|| Refusal::missing("username"))?;
    let password = form.get("password").ok_or_else(|| Refusal::missing("password"))?;
    let scopes = Scopes::parse(world, form.get("scope").ok_or_else(|| Refusal::missing("scope"))?)?;
    let known = check(world, name, password)?;
    if known.second_factor {
        let text = "Due to a configuration change made by your administrator, or because you moved to a new location, \
                    you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.";
        let claims =
            r#"{"access_token":{"capolids":{"essential":true,"values":["5c1b7f0e-8d0d-4d53-9b52-0a4f3d0b3c11"]}}}"#;
        return Err(Refusal { claims: Some(claims.to_owned()), ..Refusal::new(50_076, "invalid_grant", text) });
    }
    if known.must_change {
        return Err(Refusal::new(50_055, "invalid_grant", "The password is expired."));
    }
    let sign_in = SignIn::new(world, form, registration, None);
    delegated::issue(world, registration, known.place, &scopes, None, sign_in)
}
