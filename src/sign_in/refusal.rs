//! An error of Microsoft Entra ID, from the token endpoint or in a redirect, as an error of the contract.
//!
//! Facts: `reference-error-codes`, `v2-oauth2-auth-code-flow` and `v2-admin-consent` of the Entra documentation.

use serde_json::Value;

use super::codes;
use crate::contract::types::{Delay, Error, Fault, Problem, Refusal};
use crate::fault;
use crate::json::Fields;

/// An error as Microsoft Entra ID tells it. Every field may be missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refused {
    /// Such as `invalid_client`: what a program decides by.
    pub error: Option<String>,
    /// `AADSTSnnnnn: text`, then ids and the time, each behind a label.
    pub error_description: Option<String>,
    /// The numbers behind `AADSTS`. Anything else in the list is passed over.
    pub error_codes: Option<Vec<Value>>,
    /// The id of the request.
    pub trace_id: Option<String>,
    /// The id of what the request belongs to.
    pub correlation_id: Option<String>,
}

impl Refused {
    /// Reads the body of the token endpoint. What cannot be read tells nothing.
    #[must_use]
    pub fn of_body(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |name| body.word(name).map(str::to_owned);
        Self {
            error: text("error"),
            error_description: text("error_description"),
            error_codes: body.get("error_codes").and_then(Value::as_array).cloned(),
            trace_id: text("trace_id"),
            correlation_id: text("correlation_id"),
        }
    }

    /// Reads the parameters of a redirect; `None` when they tell of no error.
    #[must_use]
    pub fn of_redirect(parameters: &[(String, String)]) -> Option<Self> {
        let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Some(Self {
            error: Some(value("error")?),
            error_description: value("error_description"),
            trace_id: value("trace_id"),
            correlation_id: value("correlation_id"),
            error_codes: None,
        })
    }

    /// The error of the contract. `status` is that of the answer, `wait` its `Retry-After`; a redirect has neither.
    #[must_use]
    pub fn into_error(self, status: Option<u16>, wait: Option<u32>) -> Error {
        let error = self.error.as_deref().unwrap_or_default();
        let code = self.numbers().into_iter().find_map(codes::find);
        let case = code.map_or("", |code| code.case);
        if status == Some(429) || case == "throttled" {
            return Error::Throttled(self.delay(code, "Microsoft Entra ID asks for fewer requests.", wait));
        }
        let passing = case == "transient" || matches!(error, "temporarily_unavailable" | "server_error");
        if passing || status.is_some_and(|status| status >= 500) {
            return Error::Unavailable(self.delay(code, "Microsoft Entra ID cannot answer for now.", wait));
        }
        match code {
            Some(code) => self.known(&code),
            None => self.unknown(error, status),
        }
    }

    fn known(&self, code: &codes::Code) -> Error {
        let fault = self.fault(Some(code.number), code.happened, code.mend);
        match code.case {
            "setting" => Error::InvalidSettings(vec![Problem {
                field: code.about.to_owned(),
                wrong: told(&fault),
                mend: code.mend.to_owned(),
            }]),
            "sign-in" => Error::SignInNeeded(fault),
            "forbidden" => Error::Forbidden(Refusal { fault, permission: code.about.to_owned() }),
            _ => Error::Other(fault),
        }
    }

    /// A code that nobody has described here: the field `error` decides, and the service's own words are kept.
    fn unknown(&self, error: &str, status: Option<u16>) -> Error {
        let number = self.numbers().first().copied();
        let fault = |ours: &str, mend: &str| self.fault(number, &self.message(ours), mend);
        match error {
            "invalid_grant" | "interaction_required" | "login_required" | "expired_token" => {
                Error::SignInNeeded(fault("The sign-in is not accepted any more.", "Connect again, and sign in anew."))
            }
            "consent_required" | "access_denied" => Error::Forbidden(Refusal {
                fault: fault(
                    "The consent that the application needs was not given.",
                    "Let an administrator grant it under App registrations, API permissions; then connect again.",
                ),
                permission: "admin consent".to_owned(),
            }),
            "invalid_client" | "unauthorized_client" => Error::Other(fault(
                "The application is not accepted.",
                "Compare application id, client secret and tenant with App registrations in the Microsoft Entra admin \
                 centre.",
            )),
            "" => Error::Protocol(fault(
                &format!("Microsoft Entra ID refuses without saying why (status {}).", status.unwrap_or_default()),
                "Look whether a proxy stands between, and whether the cloud is right; then try again.",
            )),
            _ => Error::Other(fault(
                "Microsoft Entra ID refuses the sign-in.",
                "Look the code up at https://login.microsoftonline.com/error, and compare the settings.",
            )),
        }
    }

    /// What passes by itself. When to come back is for the host to say, which knows whether it does so by itself.
    fn delay(&self, code: Option<codes::Code>, ours: &str, wait: Option<u32>) -> Delay {
        let number = code.map(|code| code.number).or_else(|| self.numbers().first().copied());
        let fault = match code {
            Some(code) => self.fault(number, code.happened, code.mend),
            None => self.fault(number, &self.message(ours), ""),
        };
        Delay { fault, retry_after: wait }
    }

    /// Our sentence, and behind it the service's own words. The ids are told beside it; they stand in lines of their own,
    /// or behind blanks.
    fn message(&self, ours: &str) -> String {
        let text = self.error_description.as_deref().and_then(|text| text.split("Trace ID:").next());
        match text.map(fault::quote).filter(|said| !said.is_empty()) {
            Some(said) => format!("{ours} Microsoft Entra ID says: {said}"),
            None => ours.to_owned(),
        }
    }

    /// What a person is told, with the code and the ids of the answer. An empty `mend` says that there is none.
    pub(super) fn fault(&self, number: Option<u32>, message: &str, mend: &str) -> Fault {
        let ids = [("trace", &self.trace_id, "Trace ID:"), ("correlation", &self.correlation_id, "Correlation ID:")];
        let ids: Vec<String> = ids
            .iter()
            .filter_map(|(name, id, label)| {
                Some(format!("{name} {}", fault::quote(id.as_deref().or(self.said(label))?)))
            })
            .collect();
        Fault {
            message: message.to_owned(),
            mend: (!mend.is_empty()).then(|| mend.to_owned()),
            code: number.map(|number| format!("AADSTS{number}")).or_else(|| self.error.as_deref().map(fault::quote)),
            request_id: (!ids.is_empty()).then(|| ids.join(", ")),
        }
    }

    /// The word behind a label of the description, which is where a redirect has its ids.
    fn said(&self, label: &str) -> Option<&str> {
        let (_, rest) = self.error_description.as_deref()?.split_once(label)?;
        rest.split_whitespace().next()
    }

    /// The codes: from their field, else from the description, which is all that a redirect has.
    pub(super) fn numbers(&self) -> Vec<u32> {
        let field = self.error_codes.iter().flatten();
        let listed: Vec<u32> = field.filter_map(|number| number.as_u64()?.try_into().ok()).collect();
        if !listed.is_empty() {
            return listed;
        }
        let text = self.error_description.as_deref().unwrap_or_default();
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
        text.split("AADSTS").skip(1).filter_map(digits).collect()
    }
}

/// A problem of a setting has no fields for code and ids: they stand behind its sentence.
fn told(fault: &Fault) -> String {
    let tail: Vec<&str> = [&fault.code, &fault.request_id].into_iter().filter_map(|part| part.as_deref()).collect();
    format!("{} ({})", fault.message, tail.join(", "))
}

/// The fault that stands in the sentence of such a problem.
#[must_use]
pub fn in_problem(sentence: &str) -> Fault {
    let Some((message, tail)) = sentence.rsplit_once(" (AADSTS") else { return fault::sentence(sentence) };
    let (number, ids) = tail.trim_end_matches(')').split_once(", ").unwrap_or((tail.trim_end_matches(')'), ""));
    Fault {
        code: Some(format!("AADSTS{number}")),
        request_id: Some(ids.to_owned()).filter(|ids| !ids.is_empty()),
        ..fault::sentence(message)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod ways_tests;
