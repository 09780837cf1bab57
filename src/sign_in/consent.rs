//! Asking an administrator for consent in the browser.
//!
//! Facts: `v2-admin-consent` of the Entra documentation. `.default` stands for everything that the registration lists,
//! application permissions included.

use form_urlencoded::Serializer;

use super::refusal::Refused;
use super::token::endpoint;
use crate::contract::types::Error;
use crate::fault;
use crate::settings::Settings;

/// The page on which the administrator consents.
#[must_use]
pub fn page(settings: &Settings, redirect: &str, state: &str) -> String {
    let query = Serializer::new(String::new())
        .append_pair("client_id", &settings.application_id)
        .append_pair("scope", &format!("{}/.default", settings.cloud.graph_root()))
        .append_pair("redirect_uri", redirect)
        .append_pair("state", state)
        .finish();
    format!("{}?{query}", endpoint(settings, "v2.0/adminconsent"))
}

/// Reads the answer. A refusal carries `admin_consent=True` as well, so `error` is looked at first; the `tenant` in it
/// proves nothing and is not read.
///
/// # Errors
/// What was refused; `protocol` when the answer says neither.
pub fn granted(parameters: &[(String, String)]) -> Result<(), Error> {
    if let Some(refused) = Refused::of_redirect(parameters) {
        return Err(refused.into_error(None, None));
    }
    let given = |(name, value): &(String, String)| name == "admin_consent" && value.eq_ignore_ascii_case("true");
    if parameters.iter().any(given) {
        Ok(())
    } else {
        Err(fault::protocol("The browser came back from the consent without an answer."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::pairs;

    #[test]
    fn a_refusal_is_one_although_it_says_admin_consent_true() {
        let answer = pairs(&[
            ("admin_consent", "True"),
            ("error", "consent_required"),
            ("error_description", "AADSTS65004: The resource owner denied the request."),
            ("tenant", "t"),
            ("state", "s"),
        ]);
        let Err(Error::Forbidden(refusal)) = granted(&answer) else { panic!() };
        assert_eq!(refusal.fault.code.as_deref(), Some("AADSTS65004"));
        assert_eq!(refusal.fault.message, "The consent was declined.");
    }

    #[test]
    fn a_consent_is_read_in_any_case_and_its_absence_is_an_error() {
        assert_eq!(granted(&pairs(&[("tenant", "t"), ("admin_consent", "True")])), Ok(()));
        assert_eq!(granted(&pairs(&[("admin_consent", "true")])), Ok(()));
        assert!(matches!(granted(&pairs(&[("admin_consent", "False")])), Err(Error::Protocol(_))));
        assert!(matches!(granted(&[]), Err(Error::Protocol(_))));
    }
}
