//! The administrator's own sign-in: through a client that the tenant has already, and for this one run.
//!
//! Facts: `v2-oauth2-auth-code-flow`, `v2-oauth2-device-code` and `reply-url` of the Entra documentation. No refresh token
//! is asked for, so nothing outlives the access token, which lives about an hour.

use form_urlencoded::Serializer;
use serde_json::Value;

use super::form::CLIENT;
use super::record;
use super::wish::Wish;
use crate::contract::set_up::Purpose;
use crate::contract::types::{Error, Fault};
use crate::fault;
use crate::http::Transport;
use crate::settings::{Secret, Settings};
use crate::sign_in::authorization_code;
use crate::sign_in::codes::{self, Code};
use crate::sign_in::refusal;
use crate::sign_in::token::{self, Denied, endpoint};

/// The path below the redirect base: the client is registered for `http://localhost` alone.
pub(super) const PATH: &str = "/";

/// The scopes that the purpose needs, and no more: a preview reads, and only who makes a user may write users.
pub(super) fn scopes(wish: &Wish, administrator: &Settings) -> String {
    let mut names: Vec<&str> = match wish.purpose {
        Purpose::Preview => vec!["Application.Read.All", "Directory.Read.All"],
        Purpose::Rotate => vec!["Application.ReadWrite.All"],
        Purpose::Remove => vec!["Application.ReadWrite.All", "User.ReadWrite.All"],
        Purpose::Apply => vec![
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
        ],
    };
    if wish.purpose == Purpose::Remove && wish.record.permits() {
        names.extend(["AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"]);
    }
    let makes_user = wish.purpose == Purpose::Apply && !wish.roles.is_empty();
    let gives_role = match wish.purpose {
        Purpose::Apply => !wish.reader.is_empty(),
        Purpose::Remove => wish.record.roles().next().is_some(),
        Purpose::Preview | Purpose::Rotate => false,
    };
    if makes_user {
        names.extend(["User.ReadWrite.All", "Organization.Read.All"]);
    } else if gives_role && wish.purpose == Purpose::Apply {
        names.push("User.Read.All");
    }
    if makes_user || gives_role {
        names.push("RoleManagement.ReadWrite.Directory");
    }
    match wish.purpose {
        Purpose::Preview if wish.shows_names => names.push("ReportSettings.Read.All"),
        Purpose::Apply if wish.shows_names => names.push("ReportSettings.ReadWrite.All"),
        Purpose::Remove if wish.record.holds(record::NAMES) => names.push("ReportSettings.ReadWrite.All"),
        _ => {}
    }
    let root = administrator.cloud.graph_root();
    let names = names.iter().map(|name| format!(" {root}/{name}"));
    format!("openid profile{}", names.collect::<String>())
}

/// What the administrator will see, and what to do.
pub(super) fn help(wish: &Wish) -> String {
    let what = match wish.purpose {
        Purpose::Preview => "look what is there; it asks for permission to read alone",
        Purpose::Rotate => "change the secret or certificate of the application",
        Purpose::Remove => "take away what set-up made",
        Purpose::Apply => "make the application and grant it its permissions",
    };
    let roles = roles(wish);
    format!(
        "Sign in as an administrator of the tenant: {roles}. Microsoft asks on behalf of \"Microsoft Graph Command Line \
         Tools\", the client that set-up uses to {what}. Accept for yourself; you need not tick \"Consent on behalf of your \
         organization\". What you grant is used for this one run."
    )
}

/// The directory roles that the purpose needs (`permissions-reference` of the Entra documentation: who may create
/// applications, consent for Microsoft Graph, create users and assign roles).
pub(super) fn roles(wish: &Wish) -> String {
    let shows = match wish.purpose {
        Purpose::Apply | Purpose::Preview => wish.shows_names,
        Purpose::Remove => wish.record.holds(record::NAMES),
        Purpose::Rotate => false,
    };
    if shows {
        return "a Global Administrator, who alone may change what names usage reports show".to_owned();
    }
    let grants = match wish.purpose {
        Purpose::Preview | Purpose::Apply => true,
        Purpose::Remove => wish.record.permits() || wish.record.roles().next().is_some(),
        Purpose::Rotate => false,
    };
    let mut all = vec!["Cloud Application Administrator"];
    if grants {
        all.push("Privileged Role Administrator");
    }
    match wish.purpose {
        Purpose::Remove => all.push("User Administrator (for a user who was made)"),
        Purpose::Apply | Purpose::Preview if !wish.roles.is_empty() => all.push("User Administrator"),
        _ => {}
    }
    let last = all.pop().unwrap_or_default();
    let others = all.join(", ");
    let all = if others.is_empty() { last.to_owned() } else { format!("{others} and {last}") };
    format!("a Global Administrator, or somebody who is {all}")
}

/// The page on which the administrator signs in.
pub(super) fn page(
    administrator: &Settings,
    redirect: &str,
    state: &str,
    verifier: &str,
    scopes: &str,
    claims: Option<&str>,
) -> String {
    let query = Serializer::new(String::new())
        .append_pair("client_id", &administrator.application_id)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", redirect)
        .append_pair("response_mode", "query")
        .append_pair("scope", scopes)
        .append_pair("state", state)
        .append_pair("code_challenge", &authorization_code::challenge(verifier))
        .append_pair("code_challenge_method", "S256")
        .append_pair("prompt", "select_account")
        .extend_pairs(claims.map(|claims| ("claims", claims)))
        .finish();
    format!("{}?{query}", endpoint(administrator, "oauth2/v2.0/authorize"))
}

/// Exchanges what came back from the page for a token.
pub(super) fn redeem(
    transport: &dyn Transport,
    administrator: &Settings,
    parameters: &[(String, String)],
    redirect: &str,
    verifier: &str,
    now: i64,
) -> Result<Secret, Error> {
    let code = authorization_code::code(parameters).map_err(explain)?;
    let grant = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ];
    token::request(transport, administrator, &grant, now).map(|tokens| tokens.access).map_err(explain)
}

/// Asks for a code that the administrator enters on another device.
pub(super) fn code(
    transport: &dyn Transport,
    administrator: &Settings,
    scopes: &str,
    claims: Option<&str>,
) -> Result<Value, Error> {
    let mut form = vec![("client_id", administrator.application_id.as_str()), ("scope", scopes)];
    form.extend(claims.map(|claims| ("claims", claims)));
    let body = token::post(transport, administrator, "oauth2/v2.0/devicecode", &form);
    let body = body.map_err(|denied| explain(denied.into_error()))?;
    serde_json::from_slice(&body).map_err(|_| fault::protocol("Microsoft Entra ID answered without a code."))
}

/// What a poll gave.
pub(super) enum Poll {
    /// The administrator has signed in.
    Done(Secret),
    /// Nobody has answered yet.
    Pending,
    /// The same, and it is to be asked less often: RFC 8628, section 3.5.
    Slower,
}

/// Asks whether the code was entered.
pub(super) fn poll(transport: &dyn Transport, administrator: &Settings, code: &str, now: i64) -> Result<Poll, Error> {
    let grant = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code)];
    let denied = match token::ask(transport, administrator, &grant, now) {
        Ok(tokens) => return Ok(Poll::Done(tokens.access)),
        Err(denied) => denied,
    };
    let said = match &denied {
        Denied::Refused(refused, ..) => refused.error.clone().unwrap_or_default(),
        Denied::Failed(_) => String::new(),
    };
    let error = denied.into_error();
    let happened = match said.as_str() {
        "authorization_pending" => return Ok(Poll::Pending),
        "slow_down" => return Ok(Poll::Slower),
        "authorization_declined" => "The sign-in was declined at the other machine.",
        "expired_token" | "code_expired" => "Nobody entered the code before it ended.",
        "bad_verification_code" => "Microsoft Entra ID does not know the code any more.",
        // A poll that fails in passing is made again.
        _ if matches!(error, Error::Throttled(_) | Error::Unavailable(_)) => return Ok(Poll::Pending),
        _ => return Err(explain(error)),
    };
    let mend = Some("Run set-up again: it shows another code.".to_owned());
    Err(Error::Other(Fault { message: happened.to_owned(), mend, ..told(&error) }))
}

/// What is in an error, whatever its case.
fn told(error: &Error) -> Fault {
    match error {
        Error::InvalidSettings(problems) => refusal::in_problem(problems.first().map_or("", |problem| &problem.wrong)),
        Error::Forbidden(refusal) => refusal.fault.clone(),
        Error::LicenceNeeded(licence) => licence.fault.clone(),
        Error::Throttled(delay) | Error::Unavailable(delay) => delay.fault.clone(),
        Error::SignInNeeded(fault)
        | Error::NotFound(fault)
        | Error::CursorExpired(fault)
        | Error::Protocol(fault)
        | Error::Storage(fault)
        | Error::Internal(fault)
        | Error::Other(fault) => fault.clone(),
    }
}

/// The number behind `AADSTS`.
fn number(fault: &Fault) -> Option<u32> {
    fault.code.as_deref()?.strip_prefix("AADSTS")?.parse().ok()
}

const OTHERWISE: &str = "Or use docs/set-up/portal.md or the PowerShell script, which need no such client.";

/// A refusal speaks of the client of the administrator here, and not of the connector's application. What is wrong with the
/// account, the tenant or the cloud is wrong here too.
fn explain(error: Error) -> Error {
    if matches!(error, Error::Throttled(_) | Error::Unavailable(_)) {
        return error;
    }
    let fault = told(&error);
    let number = number(&fault);
    let own = number.and_then(codes::find);
    let client = |mend: &str| format!("{mend} (--set {CLIENT}=ID). {OTHERWISE}");
    let (happened, mend) = match (number, fault.code.as_deref()) {
        // A page that was cancelled comes back without a number.
        (Some(65004), _) | (None, Some("access_denied")) => (
            "The consent for the client of set-up was declined.",
            "Run set-up again and accept; with --preview it asks for permission to read alone.".to_owned(),
        ),
        (Some(65001 | 90094 | 90095), _) | (None, Some("consent_required")) => (
            "This account may not consent to what set-up needs.",
            "Sign in as a Global Administrator or a Privileged Role Administrator, or let one grant it for you."
                .to_owned(),
        ),
        (Some(700_016 | 7_000_112 | 50105 | 50194 | 650_052), _) => (
            "The tenant does not let this account use the client of set-up: it is missing, disabled, or has to be \
             assigned to the account.",
            client(
                "Enable \"Microsoft Graph Command Line Tools\" under Enterprise applications, or name a public client of \
                 your own with the redirect URI http://localhost",
            ),
        ),
        (Some(50011 | 7_000_215 | 7_000_218 | 7_000_222 | 70002 | 700_025 | 700_027), _)
        | (None, Some("invalid_client" | "unauthorized_client")) => (
            "The client that was named for the administrator is no public client with the redirect URI http://localhost.",
            client("Add it under Authentication, Mobile and desktop applications, or leave the setting out"),
        ),
        (Some(650_056 | 650_057 | 65005), _) => (
            "The client that was named for the administrator may not ask for Microsoft Graph.",
            client("Add it under API permissions, or leave the setting out"),
        ),
        (Some(50199), _) => (
            "Microsoft asked whether this client is meant, and nobody said so.",
            "Run set-up again, and confirm it.".to_owned(),
        ),
        (Some(70011 | 28002 | 28003 | 500_011 | 90038), _) => {
            (own.map_or("", |own| own.happened), codes::find(500_011).map_or("", |cloud| cloud.mend).to_owned())
        }
        _ => return instead(error, own),
    };
    Error::Other(Fault { message: happened.to_owned(), mend: Some(mend), ..fault })
}

/// The same error with what comes next here: set-up in place of connect.
fn instead(error: Error, own: Option<Code>) -> Error {
    let mend = match own {
        // Somebody is asked here, always.
        Some(own) => own.mend.split("; where nobody").next().unwrap_or_default().trim_end_matches('.').to_owned() + ".",
        None => format!("Run set-up again, and sign in as an administrator of the tenant. {OTHERWISE}"),
    };
    let mend = [("Connect", "Run set-up"), ("connect again", "run set-up again"), ("connect with", "sign in with")]
        .iter()
        .fold(mend, |mend, (connect, set_up)| mend.replace(connect, set_up));
    match error {
        Error::SignInNeeded(fault) => Error::SignInNeeded(Fault { mend: Some(mend), ..fault }),
        Error::Forbidden(refusal) => {
            let mend = format!("{mend} Device codes are blocked more often than the browser.");
            Error::Other(Fault { mend: Some(mend), ..refusal.fault })
        }
        Error::Other(fault) if own.is_some() || number(&fault).is_some() => {
            Error::Other(Fault { mend: Some(mend), ..fault })
        }
        error => error,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::wire::pairs;

    /// What the service says of a code, as set-up tells it.
    pub(in crate::set_up) fn refused(error: &str, number: u32) -> Fault {
        let description = format!("AADSTS{number}: The service's own words.\r\nTrace ID: t");
        let answer = pairs(&[("error", error), ("error_description", &description), ("trace_id", "t-1")]);
        let error = authorization_code::code(&answer).map(drop).map_err(explain).unwrap_err();
        assert!(!matches!(error, Error::InvalidSettings(_)), "no setting of the connection is wrong");
        told(&error)
    }

    #[test]
    fn a_poll_that_fails_in_passing_is_made_again_and_any_other_ends() {
        let poll = |status, body| {
            let wire = crate::wire::Wire::default().then(status, body);
            super::poll(&wire, &crate::wire::settings(&[]), "code", 0).map(|poll| matches!(poll, Poll::Done(_)))
        };
        for (status, body) in [
            (429, ""),
            (503, "<html>"),
            (400, r#"{"error":"temporarily_unavailable","error_codes":[90033]}"#),
            (400, r#"{"error":"authorization_pending","error_codes":[70016]}"#),
            (400, r#"{"error":"slow_down"}"#),
        ] {
            assert_eq!(poll(status, body), Ok(false), "{body}");
        }
        assert!(poll(400, r#"{"error":"authorization_declined","error_codes":[65004]}"#).is_err());
        assert_eq!(poll(200, r#"{"access_token":"a","token_type":"Bearer"}"#), Ok(true));
    }

    #[test]
    fn a_refusal_speaks_of_the_client_of_set_up_and_not_of_the_connectors_application() {
        for (error, number, words) in [
            ("access_denied", 65004, "client of set-up was declined"),
            ("consent_required", 65001, "may not consent"),
            ("access_denied", 90094, "may not consent"),
            ("unauthorized_client", 700_016, "missing, disabled, or has to be assigned"),
            ("unauthorized_client", 7_000_112, "missing, disabled, or has to be assigned"),
            ("invalid_grant", 50105, "missing, disabled, or has to be assigned"),
            ("invalid_request", 50011, "no public client"),
            ("access_denied", 65004, "was declined."),
            ("invalid_scope", 70011, "does not exist in this cloud"),
            ("invalid_resource", 650_057, "may not ask for Microsoft Graph"),
            ("invalid_client", 7_000_215, "no public client"),
            ("access_denied", 53003, "Conditional access blocks the sign-in."),
        ] {
            let fault = refused(error, number);
            assert!(fault.message.contains(words), "{number}: {}", fault.message);
            assert_eq!(fault.code, Some(format!("AADSTS{number}")));
            let mend = fault.mend.unwrap();
            assert!(!mend.contains("App registrations, API permissions"), "{number}: {mend}");
        }
        assert!(refused("unauthorized_client", 700_016).mend.unwrap().contains("--set administrator-client=ID"));
        assert_eq!(
            refused("access_denied", 53003).mend.unwrap(),
            "Let an administrator look up the policy in the Microsoft Entra admin centre, Sign-in logs; then sign in as \
             it wants, or have it changed under Conditional Access. Device codes are blocked more often than the browser."
        );
    }

    #[test]
    fn a_page_that_was_cancelled_is_a_consent_that_was_declined() {
        let back = pairs(&[("error", "access_denied"), ("error_subcode", "cancel"), ("state", "s")]);
        let fault = told(&authorization_code::code(&back).map(drop).map_err(explain).unwrap_err());
        assert_eq!(fault.message, "The consent for the client of set-up was declined.");
        assert_eq!(fault.code.as_deref(), Some("access_denied"));
        assert!(fault.mend.unwrap().starts_with("Run set-up again and accept"));
        // With a number of its own it is something else.
        let fault = refused("access_denied", 999_123);
        assert!(fault.message.ends_with("AADSTS999123: The service's own words."), "{}", fault.message);
        assert!(fault.mend.unwrap().starts_with("Run set-up again, and sign in as an administrator of the tenant."));
    }

    #[test]
    fn what_is_wrong_with_the_account_keeps_its_own_sentence_and_remedy_with_set_up_in_place_of_connect() {
        let mend = |number| refused("invalid_grant", number).mend.unwrap();
        let registration = "Finish the registration at https://aka.ms/mysecurityinfo, then run set-up again.";
        assert_eq!([mend(50072), mend(50079)], [registration; 2]);
        assert_eq!(mend(50076), "Run set-up again, and show the second factor on the sign-in page.");
        assert_eq!(mend(50126), "Run set-up again; reset the password if it is forgotten.");
        assert_eq!(mend(50057), "Let an administrator enable the account under Users, or sign in with another one.");
        for code in codes::all().filter(|code| code.case == "sign-in") {
            let fault = refused("invalid_grant", code.number);
            assert_eq!(fault.message, code.happened);
            assert_eq!(fault.request_id.as_deref(), Some("trace t-1"));
        }
    }

    #[test]
    fn no_code_is_told_with_a_remedy_for_the_application_of_the_connector_or_for_another_command() {
        for code in codes::all() {
            let words = format!("AADSTS{}: Words.", code.number);
            let answer = pairs(&[("error", "x"), ("error_description", &words), ("trace_id", "t-1")]);
            let error = authorization_code::code(&answer).map(drop).map_err(explain).unwrap_err();
            assert_eq!(told(&error).request_id.as_deref(), Some("trace t-1"));
            let (shown, passes) = (format!("{error:?}"), code.mend.is_empty() || code.case == "throttled");
            assert!(shown.contains(&format!("AADSTS{}", code.number)), "{shown}");
            for words in ["onnect again", "connect as", "consent to \\\"ask", "its value", "Grant admin consent"] {
                assert!(!shown.contains(words), "{words}: {shown}");
            }
            // The tenant is a setting of the connection; with a federated token no administrator signs in.
            if let Error::InvalidSettings(problems) = &error {
                assert!(["tenant", "federated-token"].contains(&problems[0].field.as_str()), "{shown}");
            }
            assert_eq!(matches!(error, Error::Throttled(_) | Error::Unavailable(_)), passes, "{shown}");
        }
    }
}
