//! What each code of Microsoft Entra ID means to the person who connects a tenant: what happened, and what to do where.
//!
//! Codes and meanings: `reference-error-codes` of the Entra documentation, 2026. Its advice is to decide by the field
//! `error`, because codes change: a code that is not here is still told apart by that field (`refusal.rs`).

use crate::form;

/// What a code becomes in the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A setting does not fit: the name of its field.
    Setting(&'static str),
    /// The person has to sign in again.
    SignIn,
    /// A grant, an assignment or a policy is in the way: what would allow it.
    Forbidden(&'static str),
    /// It passes by itself.
    Transient,
    /// Too many requests.
    Throttled,
    /// The registration of the application has to be changed.
    Registration,
}

/// One code.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The number behind `AADSTS`.
    pub number: u32,
    /// What it becomes.
    pub case: Case,
    /// What happened, as a sentence.
    pub happened: &'static str,
    /// What to do and where, as a sentence.
    pub mend: &'static str,
}

/// The code, such as `AADSTS50126`, that a sentence names.
#[must_use]
pub fn in_text(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("AADSTS{digits}"))
}

/// The code of this number.
#[must_use]
pub fn find(number: u32) -> Option<&'static Code> {
    TABLE.iter().find(|code| code.number == number)
}

const fn code(number: u32, case: Case, happened: &'static str, mend: &'static str) -> Code {
    Code { number, case, happened, mend }
}

const SECRET: Case = Case::Setting(form::CLIENT_SECRET);
const TENANT: Case = Case::Setting(form::TENANT);
const APPLICATION: Case = Case::Setting(form::APPLICATION_ID);
const CLOUD: Case = Case::Setting(form::CLOUD);
const FEDERATED: Case = Case::Setting(form::FEDERATED_TOKEN);
const CONSENT: Case = Case::Forbidden("admin consent");
const POLICY: Case = Case::Forbidden("a conditional access policy that allows the sign-in");

const AGAIN: &str = "Connect again, and sign in anew.";
const WAIT: &str = "Nothing needs to be done: it is tried again later.";
const NEW_SECRET: &str = "Make a new client secret under App registrations, Certificates & secrets, and enter its \
                          value, not its id.";
const GRANT: &str = "Let an administrator grant the permissions under App registrations, API permissions, Grant admin \
                     consent; or set consent to \"ask\" and connect again.";
const POLICIES: &str = "Sign in from a machine that meets the policy, or let an administrator change it under \
                        Protection, Conditional Access.";
const TRUST: &str = "Compare issuer, subject and audience with the token's under App registrations, Certificates & \
                     secrets, Federated credentials.";
const METHODS: &str = "Finish the registration at https://aka.ms/mysecurityinfo, then connect again.";

/// Every code that the connector explains in its own words.
pub const TABLE: &[Code] = &[
    code(7000215, SECRET, "The client secret is wrong; often the secret's id was pasted.", NEW_SECRET),
    code(7000222, SECRET, "The client secret has expired.", NEW_SECRET),
    code(
        7000218,
        SECRET,
        "The application must prove itself, and neither a client secret nor a certificate was sent.",
        "Enter one of them; or, to sign in in the browser without, set Allow public client flows under App \
         registrations, Authentication.",
    ),
    code(
        700025,
        SECRET,
        "The application is a public client and must send neither a secret nor a certificate.",
        "Empty both; or move the redirect URI to the platform Web under App registrations, Authentication.",
    ),
    code(
        700027,
        Case::Setting(form::CERTIFICATE),
        "The signature of the application was not accepted: its certificate is unknown or has ended.",
        "Upload the certificate, without its key, under App registrations, Certificates & secrets, Certificates; or \
         give the file of the one that is there.",
    ),
    code(
        700024,
        Case::Registration,
        "The proof of the application is not valid at this time: the clocks differ, or the federated token has ended.",
        "Set the clock of this machine; look whether the file of the federated token is kept fresh.",
    ),
    code(70021, FEDERATED, "No federated credential of the application matches the token.", TRUST),
    code(700211, FEDERATED, "No federated credential of the application has the issuer of the token.", TRUST),
    code(700212, FEDERATED, "No federated credential of the application has the audience of the token.", TRUST),
    code(700213, FEDERATED, "No federated credential of the application has the subject of the token.", TRUST),
    code(70002, SECRET, "The credentials of the application could not be checked.", NEW_SECRET),
    code(
        700016,
        APPLICATION,
        "The application is not known in this tenant.",
        "Compare the application id and the tenant with App registrations, Overview; if another tenant owns the \
         application, let an administrator consent to it first.",
    ),
    code(
        7000112,
        Case::Registration,
        "The application is disabled in this tenant.",
        "Switch it on under Enterprise applications, Properties, Enabled for users to sign-in.",
    ),
    code(
        90002,
        TENANT,
        "The tenant was not found in this cloud.",
        "Compare the tenant with Overview in the Microsoft Entra admin centre, and look whether the cloud is right.",
    ),
    code(
        900023,
        TENANT,
        "The tenant is neither a tenant id nor a domain that is known.",
        "Enter the directory (tenant) id from Overview in the Microsoft Entra admin centre.",
    ),
    code(
        90013,
        TENANT,
        "Something in the request was malformed, most likely the tenant.",
        "Look at the tenant and the application id for characters that do not belong there.",
    ),
    code(
        90038,
        CLOUD,
        "The tenant lives in another national cloud.",
        "Choose the cloud of the tenant, and register the application there.",
    ),
    code(
        50034,
        Case::SignIn,
        "The account does not exist in this tenant.",
        "Connect again with an account of the tenant that is to be connected.",
    ),
    code(
        50126,
        Case::SignIn,
        "The name or the password was wrong.",
        "Connect again; reset the password if it is forgotten.",
    ),
    code(
        50053,
        Case::SignIn,
        "The account is locked after too many attempts, or the network address is held to be malicious.",
        "Wait some minutes or let an administrator unlock the account, then connect again.",
    ),
    code(50055, Case::SignIn, "The password has expired.", "Change the password, then connect again."),
    code(
        50144,
        Case::SignIn,
        "The password in the customer's own directory has expired.",
        "Change the password in that directory, then connect again.",
    ),
    code(
        50056,
        Case::SignIn,
        "The account has no password here: it signs in elsewhere or without one.",
        "Connect again in the browser, which leads to the right sign-in.",
    ),
    code(
        50057,
        Case::SignIn,
        "The account is disabled.",
        "Let an administrator enable the account under Users, or connect with another one.",
    ),
    code(50072, Case::SignIn, "The account must first register for multi-factor authentication.", METHODS),
    code(50074, Case::SignIn, "A second factor was asked for and not given.", AGAIN),
    code(50076, Case::SignIn, "A second factor is now required for this account.", AGAIN),
    code(50078, Case::SignIn, "The proof of the second factor has expired.", AGAIN),
    code(
        50079,
        Case::SignIn,
        "The account must register for multi-factor authentication, because of a change of policy or place.",
        METHODS,
    ),
    code(50158, Case::SignIn, "A check outside of Microsoft Entra ID was asked for and not passed.", AGAIN),
    code(53000, POLICY, "Conditional access asks for a compliant device.", POLICIES),
    code(53001, POLICY, "Conditional access asks for a device that is joined to the domain.", POLICIES),
    code(53002, POLICY, "Conditional access asks for an approved application.", POLICIES),
    code(53003, POLICY, "Conditional access blocks the sign-in.", POLICIES),
    code(530032, POLICY, "A security policy of the tenant blocks the sign-in.", POLICIES),
    code(
        530035,
        POLICY,
        "The security defaults of the tenant block the sign-in.",
        "Connect again in the browser and pass every check; or see Overview, Properties, Security defaults.",
    ),
    code(
        50105,
        Case::Forbidden("an assignment to the application"),
        "The account is not assigned to the application.",
        "Add the account under Enterprise applications, Users and groups.",
    ),
    code(65001, CONSENT, "Nobody has consented to what the application asks for.", GRANT),
    code(65004, CONSENT, "The consent was declined.", GRANT),
    code(
        650056,
        Case::Registration,
        "The application asks for no permission of Microsoft Graph, or its registration is incomplete.",
        "Add the permissions under App registrations, API permissions, and grant admin consent.",
    ),
    code(
        650057,
        Case::Registration,
        "The application asks for a resource that its registration does not list.",
        "Add Microsoft Graph under App registrations, API permissions.",
    ),
    code(
        65005,
        Case::Registration,
        "The application needs a resource that this tenant does not have or that is not set up.",
        "Take foreign permissions out under App registrations, API permissions; only Microsoft Graph is needed.",
    ),
    code(90094, CONSENT, "Only an administrator can consent to what the application asks for.", GRANT),
    code(
        90095,
        CONSENT,
        "An administrator has to approve the request for consent that was made.",
        "Let an administrator approve it under Enterprise applications, Admin consent requests; then connect again.",
    ),
    code(70008, Case::SignIn, "The code or token of the last sign-in has expired.", AGAIN),
    code(700082, Case::SignIn, "The last sign-in has ended, because it was not used for too long.", AGAIN),
    code(50173, Case::SignIn, "The last sign-in was revoked, by a new password or by an administrator.", AGAIN),
    code(70043, Case::SignIn, "A policy on how often to sign in has ended the last sign-in.", AGAIN),
    code(
        700084,
        Case::Registration,
        "The last sign-in has ended after a day, as it does for single-page applications.",
        "Move the redirect URI from Single-page application to Mobile and desktop applications under App \
         registrations, Authentication; then connect again.",
    ),
    code(54005, Case::SignIn, "The code of this sign-in was used before.", AGAIN),
    code(501481, Case::SignIn, "The sign-in that came back is not the one that was begun here.", AGAIN),
    code(
        50011,
        Case::Registration,
        "The redirect URI is not registered for the application.",
        "Add http://localhost/connect under App registrations, Authentication: platform Mobile and desktop \
         applications, or Web when a client secret is used.",
    ),
    code(
        70011,
        Case::Registration,
        "A permission that was asked for does not exist in this cloud.",
        "Look whether the cloud is right, and compare the permissions under App registrations, API permissions.",
    ),
    code(
        28002,
        Case::Registration,
        "The scope of the request is not valid for this resource.",
        "Look whether the cloud of the connection is the one in which the application is registered.",
    ),
    code(
        28003,
        Case::Registration,
        "The scope of the request is empty.",
        "Add the permissions of Microsoft Graph under App registrations, API permissions.",
    ),
    code(
        500011,
        Case::Registration,
        "Microsoft Graph of this cloud is not known in the tenant.",
        "Look whether the cloud of the connection is the one in which the tenant lives.",
    ),
    code(
        9001023,
        TENANT,
        "This way of signing in needs a certain tenant.",
        "Enter the tenant's own id or domain in place of a word that stands for any tenant.",
    ),
    code(
        50194,
        TENANT,
        "The application belongs to a single tenant, and another one was asked.",
        "Enter the tenant in which the application is registered.",
    ),
    code(
        50196,
        Case::Throttled,
        "The same request was made too often in a short time.",
        "Wait some minutes; look whether several programs use the same application.",
    ),
    code(90055, Case::Throttled, "The tenant sends too many requests.", WAIT),
    code(90033, Case::Transient, "Microsoft Entra ID has a passing failure.", WAIT),
    code(90006, Case::Transient, "Microsoft Entra ID could not reach a service that it leans on.", WAIT),
    code(90024, Case::Transient, "Microsoft Entra ID was too busy for the request.", WAIT),
    code(50033, Case::Transient, "Microsoft Entra ID had a passing failure with the account.", WAIT),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes that an administrator or the service's own documentation leads one to expect.
    const EXPECTED: [u32; 64] = [
        700024, 70021, 700211, 700212, 700213, 7000215, 7000222, 7000218, 700025, 700027, 70002, 700016, 7000112,
        90002, 900023, 90013, 90038, 50034, 50126, 50053, 50055, 50144, 50056, 50057, 50072, 50074, 50076, 50079,
        50158, 50078, 53000, 53001, 53002, 53003, 530032, 530035, 50105, 65001, 65004, 650056, 650057, 65005, 90094,
        90095, 70008, 700082, 50173, 70043, 700084, 54005, 501481, 50011, 70011, 28002, 28003, 9001023, 50194, 50196,
        90055, 90033, 90006, 90024, 50033, 500011,
    ];

    #[test]
    fn every_expected_code_has_a_sentence_of_its_own_and_a_mend() {
        for number in EXPECTED {
            let code = find(number).unwrap_or_else(|| panic!("{number} is missing"));
            assert!(code.happened.ends_with('.') && code.mend.ends_with('.'), "{number}");
            let same = TABLE.iter().filter(|other| other.happened == code.happened).count();
            assert_eq!(same, 1, "{number} shares its sentence");
        }
        assert_eq!(TABLE.len(), EXPECTED.len());
    }

    #[test]
    fn an_unknown_code_is_not_found() {
        assert!(find(1).is_none());
    }
}
