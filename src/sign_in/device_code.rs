//! Signing in on behalf of a person by a code, which is entered on any machine that has a browser.
//!
//! Facts: `v2-oauth2-device-code` of the Entra documentation; RFC 8628.

use serde_json::Value;

use super::token::{self, Denied, Tokens};
use super::{authorization_code, refusal::Refused};
use crate::contract::types::Error;
use crate::fault;
use crate::http::Transport;
use crate::json::Fields;
use crate::kept;
use crate::settings::Settings;

/// Seconds between two polls when the answer names none, and those that `slow_down` adds (RFC 8628 sections 3.2, 3.5).
const INTERVAL: i64 = 5;
/// Seconds that a code is good for when the answer names none.
const LIFE: i64 = 900;
/// Hosts at which the service lets codes be entered, beside the authority. The manifest grants them.
pub const PAGES: [&str; 3] = ["microsoft.com", "www.microsoft.com", "login.microsoft.com"];

/// A code that waits for a person.
pub struct Device {
    /// With which the connector polls.
    code: String,
    /// Seconds between two polls.
    interval: i64,
    /// When the code ends, in seconds since 1970.
    pub ends: i64,
}

kept!(Device { code, interval, ends });

impl Device {
    /// Seconds until the next poll.
    #[must_use]
    pub fn wait(&self) -> u32 {
        u32::try_from(self.interval.clamp(1, 60)).unwrap_or(5)
    }
}

/// What a person is shown, and the code that belongs to it.
pub struct Shown {
    /// Where the code is entered.
    pub page: String,
    /// What is entered.
    pub user_code: String,
    /// What is polled for.
    pub device: Device,
}

/// What a poll gave.
pub enum Poll {
    /// Nobody has answered yet.
    Pending,
    /// The person has signed in.
    Done(Tokens),
}

/// Asks for a code. `claims`: a challenge that the sign-in has to meet.
///
/// # Errors
/// What Microsoft Entra ID refuses; `protocol` when the answer holds no code.
pub fn begin(transport: &dyn Transport, settings: &Settings, claims: Option<&str>, now: i64) -> Result<Shown, Error> {
    let scope = authorization_code::scopes(settings);
    let mut form = vec![("client_id", settings.application_id.as_str()), ("scope", &scope)];
    form.extend(claims.map(|claims| ("claims", claims)));
    let body = token::post(transport, settings, "oauth2/v2.0/devicecode", &form).map_err(Denied::into_error)?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    let number = |name: &str, unsaid| answer.number(name).filter(|number| *number > 0).unwrap_or(unsaid);
    let page = answer.text("verification_uri").or_else(|| answer.text("verification_url"));
    match (answer.text("device_code"), answer.text("user_code"), page) {
        (Some(code), Some(user_code), Some(page)) => Ok(Shown {
            page: known(settings, page),
            user_code,
            device: Device {
                code,
                interval: number("interval", INTERVAL),
                ends: now.saturating_add(number("expires_in", LIFE)),
            },
        }),
        _ => Err(fault::protocol("Microsoft Entra ID answered without a code to be entered.")),
    }
}

/// The page itself when it lies where the service is known to have it; else the page of the authority, which leads to
/// the same.
fn known(settings: &Settings, page: String) -> String {
    let host = page.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let authority = settings.cloud.authority();
    if host == authority || PAGES.contains(&host) {
        page
    } else {
        format!("https://{authority}/common/oauth2/deviceauth")
    }
}

/// Asks once whether the person has signed in. Waits that the service asks for are noted in `device`.
///
/// # Errors
/// The person declined, the code ended or is not known, or what else Microsoft Entra ID refuses.
pub fn poll(transport: &dyn Transport, settings: &Settings, device: &mut Device, now: i64) -> Result<Poll, Error> {
    let grant = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", &device.code)];
    let refused = match token::ask(transport, settings, &grant, now) {
        Ok(tokens) if tokens.refresh.is_none() => return Err(authorization_code::no_refresh_token()),
        Ok(tokens) => return Ok(Poll::Done(tokens)),
        Err(Denied::Refused(refused, status, wait)) => match refused.error.as_deref() {
            Some("authorization_pending") => return Ok(Poll::Pending),
            Some("slow_down") => {
                device.interval = device.interval.saturating_add(INTERVAL);
                return Ok(Poll::Pending);
            }
            Some("authorization_declined") => ended(&refused, "The sign-in was declined at the other machine."),
            Some("expired_token" | "code_expired") => {
                ended(&refused, "Nobody entered the code before it ended, after a quarter of an hour.")
            }
            Some("bad_verification_code") => ended(&refused, "Microsoft Entra ID does not know the code any more."),
            _ => refused.into_error(Some(status), wait),
        },
        Err(Denied::Failed(error)) => error,
    };
    match &refused {
        // The person is still at it: a poll that fails in passing is made again.
        Error::Unavailable(delay) | Error::Throttled(delay) if now < device.ends => {
            device.interval = device.interval.saturating_add(delay.retry_after.map_or(INTERVAL, i64::from));
            Ok(Poll::Pending)
        }
        _ => Err(refused),
    }
}

fn ended(refused: &Refused, message: &str) -> Error {
    Error::SignInNeeded(refused.fault(
        refused.numbers().first().copied(),
        message,
        "Run connect again, and enter the new code within 15 minutes.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Wire, settings};

    const NOW: i64 = 1_800_000_000;
    const BEGUN: &str = r#"{"device_code":"d","user_code":"ABCD","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":7,"message":"m"}"#;

    fn ours() -> Settings {
        settings(&[("sign-in", "device-code")])
    }

    fn device() -> Device {
        begin(&Wire::default().then(200, BEGUN), &ours(), None, NOW).unwrap().device
    }

    fn refusal(error: &str) -> String {
        format!(r#"{{"error":"{error}","error_description":"AADSTS1: x","trace_id":"t"}}"#)
    }

    #[test]
    fn a_code_is_asked_for_with_lasting_scopes_and_shown_where_the_service_says() {
        let wire = Wire::default().then(200, BEGUN);
        let shown = begin(&wire, &ours(), Some("{}"), NOW).unwrap();
        assert_eq!((shown.page.as_str(), shown.user_code.as_str()), ("https://microsoft.com/devicelogin", "ABCD"));
        assert_eq!((shown.device.wait(), shown.device.ends), (7, NOW + 900));
        let form = wire.form(0);
        assert!(form.iter().any(|(name, value)| name == "scope" && value.contains("offline_access")));
        assert!(form.contains(&("claims".to_owned(), "{}".to_owned())));
        assert!(wire.asked()[0].url.ends_with("/oauth2/v2.0/devicecode"));
    }

    #[test]
    fn a_page_on_a_strange_host_gives_way_to_the_one_of_the_authority() {
        for page in ["https://evil.example/x", "http://microsoft.com/x", "https://microsoft.com.evil.example/"] {
            let body = BEGUN.replace("https://microsoft.com/devicelogin", page);
            let shown = begin(&Wire::default().then(200, &body), &ours(), None, NOW).unwrap();
            assert_eq!(shown.page, "https://login.microsoftonline.com/common/oauth2/deviceauth", "{page}");
        }
    }

    #[test]
    fn polls_wait_slow_down_and_end_as_the_service_says() {
        let mut waiting = device();
        let wire = Wire::default()
            .then(400, &refusal("authorization_pending"))
            .then(400, &refusal("slow_down"))
            .then_with(429, &[("retry-after", "3")], "")
            .then(200, r#"{"access_token":"a","refresh_token":"r","expires_in":60}"#);
        for wait in [7, 12, 15] {
            assert!(matches!(poll(&wire, &ours(), &mut waiting, NOW), Ok(Poll::Pending)));
            assert_eq!(waiting.wait(), wait);
        }
        let Ok(Poll::Done(tokens)) = poll(&wire, &ours(), &mut waiting, NOW) else { panic!() };
        assert_eq!(tokens.refresh.unwrap().reveal(), "r");
        for error in ["authorization_declined", "expired_token", "bad_verification_code"] {
            let wire = Wire::default().then(400, &refusal(error));
            let Err(Error::SignInNeeded(fault)) = poll(&wire, &ours(), &mut device(), NOW) else { panic!("{error}") };
            assert_eq!(fault.request_id.as_deref(), Some("trace t"), "{error}");
        }
        let late = Wire::default().then(503, "");
        assert!(matches!(poll(&late, &ours(), &mut device(), NOW + 901), Err(Error::Unavailable(_))));
    }
}
