//! Signing in with a user name and a password (resource owner password credentials).
//!
//! Nobody is there to answer a question: whatever the service asks beside the password ends it. Facts: `v2-oauth-ropc`
//! of the Entra documentation, which advises against it.

use super::refusal;
use super::token::{self, Tokens};
use crate::contract::types::{Error, Fault, Problem, Refusal};
use crate::form;
use crate::http::Transport;
use crate::settings::Settings;

const OTHER_WAY: &str = "Set sign-in to \"browser\" or \"device-code\", where the person can answer, or to \
                         \"certificate\"; or take the account out of the policy in the Microsoft Entra admin \
                         centre, Conditional Access.";
const ANEW: &str = "Mend it at the account, then enter user name and password anew with configure.";

/// What each code means when nobody is there: what happened, and what to do.
const ALONE: &[(&[u32], &str, &str)] = &[
    (
        &[50_072, 50_074, 50_076, 50_078, 50_079, 50_158],
        "The account must pass a second factor, which a user name and a password alone cannot.",
        OTHER_WAY,
    ),
    (
        &[53_000, 53_001, 53_002, 53_003, 530_032, 530_035],
        "Conditional access or the security defaults refuse a sign-in by user name and password.",
        OTHER_WAY,
    ),
    (
        &[50_056],
        "The account has no password here: it signs in at another provider (federation) or without a password.",
        "Set sign-in to \"browser\", which leads to the right page; or use an account of the cloud alone \
         (such as ...onmicrosoft.com).",
    ),
    (
        &[50_020],
        "The account belongs to another directory or is a personal one, and cannot sign in here by a password.",
        "Use an account of the tenant that is to be connected, which has its password there; enter both with configure.",
    ),
    (
        &[50_126],
        "The user name or the password is wrong; or the account signs in at another provider (federation), where its \
         password is not known here.",
        "Mend it at the account, then enter user name and password anew with configure; for a federated account, set \
         sign-in to \"browser\".",
    ),
    (&[50_034], "The user name is not known in this tenant.", ANEW),
    (&[50_055, 50_144], "The password has expired.", ANEW),
    (
        &[7_000_218],
        "The application must prove itself, or does not allow sign-ins with a password.",
        "Enter its client secret, or set Allow public client flows under App registrations, Authentication.",
    ),
];

/// Gets a token for Microsoft Graph.
///
/// # Errors
/// `invalid-settings` without name or password, and as [`token::request`], in words for somebody who is not there.
pub fn sign_in(transport: &dyn Transport, settings: &Settings, now: i64) -> Result<Tokens, Error> {
    let (Some(name), Some(password)) = (&settings.user_name, &settings.password) else {
        return Err(Error::InvalidSettings(vec![Problem {
            field: form::PASSWORD.to_owned(),
            wrong: "The user name or the password is missing.".to_owned(),
            mend: "Configure the connection again, and enter both.".to_owned(),
        }]));
    };
    let scope = format!("{}/.default", settings.cloud.graph_root());
    let grant = [("grant_type", "password"), ("username", name), ("password", password.reveal()), ("scope", &scope)];
    token::request(transport, settings, &grant, now).map_err(alone)
}

fn alone(error: Error) -> Error {
    let fault = match &error {
        Error::SignInNeeded(fault) => fault.clone(),
        Error::Forbidden(refusal) => refusal.fault.clone(),
        Error::InvalidSettings(problems) => refusal::in_problem(problems.first().map_or("", |problem| &problem.wrong)),
        _ => return error,
    };
    let number = fault.code.as_deref().and_then(|code| code.strip_prefix("AADSTS")?.parse().ok());
    let found = number.and_then(|number: u32| ALONE.iter().find(|(numbers, ..)| numbers.contains(&number)));
    let Some((_, message, mend)) = found else { return error };
    let fault = Fault { message: (*message).to_owned(), mend: Some((*mend).to_owned()), ..fault };
    match error {
        Error::Forbidden(refusal) => Error::Forbidden(Refusal { fault, ..refusal }),
        _ => Error::SignInNeeded(fault),
    }
}

/// What a code means when nobody is there, where it means something else then.
#[cfg(test)]
pub(super) fn alone_with(number: u32) -> Option<(&'static str, &'static str)> {
    let (_, message, mend) = ALONE.iter().find(|(numbers, ..)| numbers.contains(&number))?;
    Some((message, mend))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Wire, settings};

    fn ours() -> Settings {
        settings(&[
            ("sign-in", "password"),
            ("client-secret", ""),
            ("user-name", "reader@contoso.onmicrosoft.com"),
            ("password", "correct horse"),
        ])
    }

    #[test]
    fn name_and_password_are_sent_to_the_tenant_and_nothing_is_kept() {
        let wire = Wire::default().then(200, r#"{"access_token":"a","expires_in":60}"#);
        assert!(sign_in(&wire, &ours(), 0).unwrap().refresh.is_none());
        let form = wire.form(0);
        for (name, value) in
            [("grant_type", "password"), ("username", "reader@contoso.onmicrosoft.com"), ("password", "correct horse")]
        {
            assert!(form.contains(&(name.to_owned(), value.to_owned())), "{name}");
        }
        assert!(!form.iter().any(|(name, _)| name == "client_secret"));
    }

    #[test]
    fn each_refusal_is_told_to_somebody_who_is_not_there() {
        for (numbers, message, mend) in ALONE {
            for number in *numbers {
                let body = format!(
                    r#"{{"error":"invalid_grant","error_description":"AADSTS{number}: x","error_codes":[{number}]}}"#
                );
                let error = sign_in(&Wire::default().then(400, &body), &ours(), 0).unwrap_err();
                let fault = match error {
                    Error::SignInNeeded(fault) => fault,
                    Error::Forbidden(refusal) => refusal.fault,
                    other => panic!("{number}: {other:?}"),
                };
                assert_eq!(fault.message, *message, "{number}");
                assert_eq!(fault.mend.as_deref(), Some(*mend), "{number}");
                assert_eq!(fault.code, Some(format!("AADSTS{number}")));
            }
        }
    }
}
