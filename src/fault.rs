//! What a person is told when something fails: Graph's answers as errors of the contract.
//!
//! Facts: `errors` and `throttling` of the Graph documentation; recorded answers of
//! microsoftgraph/microsoft-graph-docs-contrib#3033 and turbot/steampipe-plugin-azuread#98.

use serde_json::Value;

use crate::contract::types::{Delay, Error, Fault, Licence, Refusal};
use crate::http::Response;
use crate::premium;
use crate::time;

/// The longest error body that is read. Recorded ones have less than 2 KB; a proxy may answer with a whole page.
const BODY_CAP: usize = 256 * 1024;

/// How much of the service's own text a message carries.
const QUOTE_CAP: usize = 300;

/// The longest wait that is believed: a day. Whether somebody waits for so long is the host's to decide.
const WAIT_CAP: i64 = 86_400;

/// A sentence and nothing else.
#[must_use]
pub fn sentence(message: &str) -> Fault {
    Fault { message: message.to_owned(), mend: None, code: None, request_id: None }
}

/// The answer is not what the service documents.
#[must_use]
pub fn protocol(message: &str) -> Error {
    Error::Protocol(Fault {
        mend: Some("Try again later; if it stays, report it with this message.".to_owned()),
        ..sentence(message)
    })
}

/// A defect of the connector.
#[must_use]
pub fn internal(message: &str) -> Error {
    Error::Internal(Fault { mend: Some("Report it with this message.".to_owned()), ..sentence(message) })
}

/// Anything else, with its mend.
#[must_use]
pub fn other(message: &str, mend: &str) -> Error {
    Error::Other(Fault { mend: Some(mend.to_owned()), ..sentence(message) })
}

/// An answer of Graph that is no success, as an error. `permission` is named when it is a 403.
#[must_use]
pub fn graph(response: Response, permission: &str) -> Error {
    let status = response.status;
    let wait = retry_after(&response);
    let id = response.header("request-id").map(str::to_owned);
    let challenged = response.header("www-authenticate").is_some_and(|header| header.contains("claims=\""));
    let body = response.bytes(BODY_CAP).unwrap_or_default();
    let refusal = Refused::read(&body);
    let fault = |message: &str, mend: &str| Fault {
        message: match &refusal.message {
            Some(said) => format!("{message} Microsoft Graph says: {said}"),
            None => message.to_owned(),
        },
        mend: Some(mend.to_owned()),
        code: refusal.codes.last().cloned().or_else(|| Some(format!("HTTP {status}"))),
        request_id: refusal.request_id.clone().or_else(|| id.clone()),
    };
    // When to come back is for the host to say, which knows whether it does so by itself.
    let delay = |message: &str| Delay { fault: Fault { mend: None, ..fault(message, "") }, retry_after: wait };
    if refusal.has(&["Directory_ExpiredPageToken", "resyncRequired", "syncStateNotFound"]) || status == 410 {
        return Error::CursorExpired(fault(
            "Microsoft Graph has forgotten the place at which the reading stopped.",
            "Run the same command again: it reads from the beginning.",
        ));
    }
    if refusal.has(&["Authentication_RequestFromNonPremiumTenantOrB2CTenant", "missingLicense"]) {
        return Error::LicenceNeeded(Licence {
            fault: fault(
                "The tenant has no premium licence of Microsoft Entra ID, which this needs.",
                "Buy Microsoft Entra ID P1 or a product that holds it, or do without what needs it.",
            ),
            plan: premium::PLAN.to_owned(),
        });
    }
    if status == 401 && challenged {
        return Error::SignInNeeded(fault(
            "A policy of the tenant (conditional access) wants more than the sign-in has shown.",
            "Run connect: it signs in once more with what the policy asks for.",
        ));
    }
    if status == 403 && refusal.has(&["S2SUnauthorized"]) {
        return Error::Forbidden(Refusal {
            fault: fault(
                &format!("The usage reports are closed to this sign-in: the permission {permission} is missing."),
                &format!(
                    "In the Microsoft Entra admin centre, App registrations, API permissions, add {permission} and \
                     grant admin consent. A person who signs in needs the role Reports Reader as well."
                ),
            ),
            permission: permission.to_owned(),
        });
    }
    let told = ANSWERS.iter().find(|(known, ..)| *known == status);
    let (message, mend) = told.map_or(("", REPORT), |(_, message, mend)| (*message, *mend));
    match status {
        401 => Error::SignInNeeded(fault(message, mend)),
        403 => Error::Forbidden(Refusal {
            fault: fault(
                &format!("Microsoft Graph does not allow this: the permission {permission} is probably missing."),
                &format!(
                    "In the Microsoft Entra admin centre, App registrations, API permissions, add {permission} and \
                     grant admin consent. A person who signs in needs a role as well, such as Reports Reader."
                ),
            ),
            permission: permission.to_owned(),
        }),
        404 => Error::NotFound(fault(message, mend)),
        429 => Error::Throttled(delay(message)),
        408 | 500 | 502..=599 => Error::Unavailable(delay(if message.is_empty() {
            "Microsoft Graph cannot answer for now."
        } else {
            message
        })),
        300..=399 => Error::Protocol(fault(
            "Microsoft Graph sends the request elsewhere, which it does not document.",
            "Look whether a proxy stands between; then try again.",
        )),
        _ if message.is_empty() => {
            Error::Other(fault(&format!("Microsoft Graph refuses the request with status {status}."), mend))
        }
        _ => Error::Other(fault(message, mend)),
    }
}

const REPORT: &str = "Try again later; if it stays, report it with this message.";
const LATER: &str = "Try again later: something else changes it now.";

/// What the statuses mean that Graph documents: what happened, and what to do (`errors` of its documentation). The
/// cases that pass by themselves say so in place of the last.
const ANSWERS: &[(u16, &str, &str)] = &[
    (400, "Microsoft Graph does not take the request as it is.", REPORT),
    (401, "Microsoft Graph refuses the credential.", "Connect again."),
    (
        402,
        "Microsoft Graph asks to be paid for this.",
        "Link the application to a subscription for metered services, or do without what needs it.",
    ),
    (
        404,
        "Microsoft Graph does not know what was asked for.",
        "Look whether the cloud of the connection is right; some of it is not offered in every cloud.",
    ),
    (405, "Microsoft Graph does not take this kind of request here.", REPORT),
    (406, "Microsoft Graph cannot answer in the format that was asked for.", REPORT),
    (408, "Microsoft Graph waited too long for the request.", REPORT),
    (409, "The request conflicts with what Microsoft Graph holds.", LATER),
    (412, "What was asked for has changed meanwhile.", LATER),
    (413, "The request is larger than Microsoft Graph takes.", REPORT),
    (415, "Microsoft Graph does not know the format of the request.", REPORT),
    (416, "A part was asked for that Microsoft Graph does not have.", REPORT),
    (422, "Microsoft Graph understands the request and cannot carry it out.", REPORT),
    (423, "What was asked for is locked.", LATER),
    (429, "Microsoft Graph asks for fewer requests.", ""),
    (500, "Microsoft Graph has a failure of its own.", ""),
    (501, "Microsoft Graph does not offer this.", "Report it with this message."),
    (503, "Microsoft Graph is overloaded or under maintenance.", ""),
    (504, "Microsoft Graph did not get its answer in time.", ""),
    (507, "Microsoft Graph has no room left for this.", ""),
    (509, "The tenant has used up its bandwidth at Microsoft Graph.", ""),
];

/// The seconds of `Retry-After`, which is a number or a date. A date counts from the answer's own `Date`.
#[must_use]
pub fn retry_after(response: &Response) -> Option<u32> {
    let value = response.header("retry-after")?.trim();
    let seconds = match value.parse::<i64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let now = time::http_date(response.header("date")?)?;
            time::http_date(value)?.saturating_sub(now)
        }
    };
    u32::try_from(seconds.clamp(0, WAIT_CAP)).ok()
}

/// What an error body tells, whatever its spelling.
#[derive(Debug, Default, PartialEq)]
struct Refused {
    /// From the outermost to the innermost.
    codes: Vec<String>,
    /// The innermost message.
    message: Option<String>,
    request_id: Option<String>,
}

impl Refused {
    /// Reads `{"error": {"code", "message", "innerError"}}`; anything else tells nothing.
    fn read(body: &[u8]) -> Self {
        let mut told = Self::default();
        if let Ok(document) = serde_json::from_slice::<Value>(body) {
            told.take(&document, 0);
        }
        told
    }

    /// Usage reports hide the real error as JSON inside the message of an `UnknownError`: one level is opened.
    fn take(&mut self, document: &Value, depth: u8) {
        let Some(error) = document.get("error") else { return };
        let text = |value: &Value, name: &str| {
            value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        self.codes.extend(text(error, "code"));
        for inner in ["innerError", "innererror"].iter().filter_map(|name| error.get(name)) {
            self.codes.extend(text(inner, "code"));
            self.request_id = ["request-id", "requestId"].iter().find_map(|name| text(inner, name));
        }
        let Some(message) = text(error, "message") else { return };
        match serde_json::from_slice::<Value>(message.as_bytes()) {
            Ok(nested) if depth == 0 && nested.get("error").is_some() => self.take(&nested, 1),
            _ => self.message = Some(quote(&message)),
        }
    }

    fn has(&self, codes: &[&str]) -> bool {
        self.codes.iter().any(|code| codes.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }
}

/// The first line of a text of the service, shortened, without addresses and tokens: either may carry a credential.
#[must_use]
pub fn quote(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let words: Vec<&str> = line
        .split_whitespace()
        .map(|word| if word.contains("://") || word.contains("eyJ") { "(left out)" } else { word })
        .collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(QUOTE_CAP).collect()
}

#[cfg(test)]
mod tests;
