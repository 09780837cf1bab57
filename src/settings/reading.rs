//! Settings on their way from what a person entered, or what is stored, to their normal form: field by field, with every
//! problem that is found.

use super::{Consent, Secret, Settings, SignIn, guid, is_domain};
use crate::cloud::Cloud;
use crate::contract::types::{Error, Problem, Setting};
use crate::fold::fold;
use crate::form;
use crate::reports;
use crate::rules::abilities::Abilities;
use crate::sign_in::assertion;
use crate::time;

/// Settings on their way to their normal form, with what was found wrong so far.
pub(super) struct Reading<'a> {
    settings: &'a [Setting],
    problems: Vec<Problem>,
}

impl<'a> Reading<'a> {
    pub(super) fn of(settings: &'a [Setting]) -> Self {
        Self { settings, problems: Vec::new() }
    }

    /// The trimmed value of a field; absent when it is empty.
    pub(super) fn text(&self, field: &str) -> Option<&'a str> {
        let setting = self.settings.iter().find(|setting| setting.name == field)?;
        Some(setting.value.trim()).filter(|value| !value.is_empty())
    }

    pub(super) fn problem(&mut self, field: &str, wrong: &str, mend: &str) {
        self.problems.push(Problem { field: field.to_owned(), wrong: wrong.to_owned(), mend: mend.to_owned() });
    }

    /// Fields that the form does not have, and fields that come twice.
    pub(super) fn known(&mut self) {
        for (at, setting) in self.settings.iter().enumerate() {
            let name = setting.name.as_str();
            if !form::NAMES.contains(&name) {
                let mend = format!("Leave it out. The fields are: {}.", form::NAMES.join(", "));
                self.problem(name, "The form has no such field.", &mend);
            } else if self.settings.iter().take(at).any(|earlier| earlier.name == name) {
                self.problem(name, "The field is given twice.", "Give it once.");
            }
        }
    }

    pub(super) fn finish(mut self) -> Result<Settings, Error> {
        let tenant = self.tenant();
        let application_id = self.application_id(&tenant);
        let settings = Settings {
            client_secret: self.client_secret(&application_id),
            client_secret_ends: self.client_secret_ends(),
            sign_in: self.one_of(form::SIGN_IN, &SignIn::ALL, SignIn::Application),
            certificate: self.certificate(),
            federated_token: self.federated_token(),
            user_name: self.user_name(),
            password: self.password(),
            cloud: self.one_of(form::CLOUD, &Cloud::ALL.map(|cloud| (cloud.id(), cloud)), Cloud::Global),
            consent: self.one_of(
                form::CONSENT,
                &[(form::GRANTED, Consent::Granted), (form::ASK, Consent::Ask)],
                Consent::Granted,
            ),
            history_days: self.days(form::HISTORY_DAYS, 1, form::MOST_HISTORY_DAYS, form::MOST_HISTORY_DAYS),
            inactive_days: self.one_of(
                form::INACTIVE_DAYS,
                &form::INACTIVE_CHOICES.map(|(value, days, _)| (value, days)),
                form::DEFAULT_INACTIVE_DAYS,
            ),
            grace_days: self.days(form::GRACE_DAYS, 0, form::MOST_GRACE_DAYS, form::DEFAULT_GRACE_DAYS),
            keep_days: self.days(form::KEEP_DAYS, form::LEAST_KEEP_DAYS, form::MOST_KEEP_DAYS, form::DEFAULT_KEEP_DAYS),
            daily_reports: self.daily_reports(),
            keep_sign_ins: self.one_of(form::KEEP_SIGN_INS, &[("false", false), ("true", true)], false),
            renewal_days: self.one_of(
                form::RENEWAL_DAYS,
                &form::INACTIVE_CHOICES.map(|(value, days, _)| (value, days)),
                form::DEFAULT_RENEWAL_DAYS,
            ),
            exclude_users: self.lines(form::EXCLUDE_USERS),
            exclude_groups: self.lines(form::EXCLUDE_GROUPS),
            exclude_products: self.lines(form::EXCLUDE_PRODUCTS),
            not_needed: self.not_needed(),
            set_up_record: self.lines(form::SET_UP_RECORD),
            tenant,
            application_id,
        };
        if self.problems.is_empty() { Ok(settings) } else { Err(Error::InvalidSettings(self.problems)) }
    }

    fn tenant(&mut self) -> String {
        let mend = "Enter the directory (tenant) id or a verified domain, such as contoso.onmicrosoft.com: Microsoft \
                    Entra admin centre, Overview.";
        let Some(value) = self.text(form::TENANT) else {
            self.problem(form::TENANT, "The tenant is missing.", mend);
            return String::new();
        };
        if let Some(guid) = guid(value) {
            return guid;
        }
        let domain = domain(value);
        if ["common", "organizations", "consumers"].contains(&domain.as_str()) {
            self.problem(form::TENANT, &format!("\"{domain}\" stands for any tenant and names none."), mend);
        } else if domain.contains('@') {
            self.problem(form::TENANT, "This is a principal name or mail address and no tenant.", mend);
        } else if !is_domain(&domain) {
            let wrong = format!("\"{}\" is neither a GUID nor a domain.", shown(value));
            self.problem(form::TENANT, &wrong, mend);
        }
        domain
    }

    fn application_id(&mut self, tenant: &str) -> String {
        let mend = "Copy the application (client) id: Microsoft Entra admin centre, App registrations, the \
                    application, Overview.";
        let Some(value) = self.text(form::APPLICATION_ID) else {
            self.problem(form::APPLICATION_ID, "The application id is missing.", mend);
            return String::new();
        };
        let Some(guid) = guid(value) else {
            let wrong = format!("\"{}\" is no GUID.", shown(value));
            self.problem(form::APPLICATION_ID, &wrong, mend);
            return String::new();
        };
        if guid == tenant {
            self.problem(form::APPLICATION_ID, "This is the id of the tenant once more.", mend);
        }
        guid
    }

    fn client_secret(&mut self, application_id: &str) -> Option<Secret> {
        let value = self.text(form::CLIENT_SECRET)?;
        let mend = "Copy the column Value under App registrations, Certificates & secrets. It is shown only when the \
                    secret is made: make a new one if it is gone.";
        if let Some(guid) = guid(value) {
            let wrong = if guid == application_id {
                "This is the application id and not its secret."
            } else {
                "This is the secret's id, not its value."
            };
            self.problem(form::CLIENT_SECRET, wrong, mend);
        } else if value.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.problem(form::CLIENT_SECRET, "The client secret has a blank or a line break inside.", mend);
        }
        Some(Secret::new(value.to_owned()))
    }

    /// What is no day, or is said of another secret than the one at hand, says nothing. Without it, how the secret begins
    /// is known all the same, as its registration tells it: so a step, which is given no secret, knows its entry.
    fn client_secret_ends(&self) -> Option<String> {
        let secret = self.text(form::CLIENT_SECRET);
        let given = self.text(form::SECRET_ENDS).filter(|value| {
            let (beginning, day) = value.split_once(' ').unwrap_or((value, ""));
            let is_day = if day.is_empty() { time::day(beginning).is_none() } else { time::day(day).is_some() };
            is_day && secret.is_none_or(|secret| secret.starts_with(beginning))
        });
        // Of a short one that somebody thought up, three letters would be too much.
        let begins =
            || Some(secret?.chars().take(3).collect()).filter(|_| secret.is_some_and(|secret| secret.len() > 8));
        given.map(str::to_owned).or_else(begins)
    }

    fn certificate(&mut self) -> Option<String> {
        let value = self.text(form::CERTIFICATE)?;
        if assertion::thumbprint(value).is_none() {
            self.problem(form::CERTIFICATE, "This is no certificate.", "Give a PEM or PFX file that holds one.");
        }
        Some(value.to_owned())
    }

    fn federated_token(&mut self) -> Option<Secret> {
        let value = self.text(form::FEDERATED_TOKEN)?;
        let parts: Vec<&str> = value.split('.').collect();
        let word =
            |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b));
        if parts.len() != 3 || !parts.iter().all(word) {
            self.problem(
                form::FEDERATED_TOKEN,
                "The file holds no token: three parts of letters and digits, joined by dots.",
                "Look whether the path is the one at which the other identity provider keeps its token.",
            );
        }
        Some(Secret::new(value.to_owned()))
    }

    fn user_name(&mut self) -> Option<String> {
        let value = self.text(form::USER_NAME)?;
        if !value
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && is_domain(&domain.to_ascii_lowercase()))
        {
            let wrong = format!("\"{}\" is no principal name.", shown(value));
            self.problem(
                form::USER_NAME,
                &wrong,
                "Enter it as Users shows it, such as reader@contoso.onmicrosoft.com.",
            );
        }
        Some(value.to_owned())
    }

    fn password(&mut self) -> Option<Secret> {
        self.text(form::PASSWORD)?;
        // As it was entered: a blank at an end belongs to it, and is what the service refuses.
        let value = &self.settings.iter().find(|setting| setting.name == form::PASSWORD)?.value;
        if value.trim() != value {
            self.problem(
                form::PASSWORD,
                "The password begins or ends with a blank, which this way of signing in does not take.",
                "Enter it without the blank, or change it.",
            );
        }
        Some(Secret::new(value.clone()))
    }

    fn one_of<T: Copy>(&mut self, field: &str, choices: &[(&str, T)], default: T) -> T {
        let Some(value) = self.text(field) else { return default };
        match choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(value)) {
            Some((_, choice)) => *choice,
            None => {
                let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
                let wrong = format!("\"{}\" is none of the choices.", shown(value));
                self.problem(field, &wrong, &format!("Choose one of: {}.", names.join(", ")));
                default
            }
        }
    }

    /// The lines of a field that are not empty; semicolons end a line too, for those who type it in one.
    fn lines(&self, field: &str) -> Vec<String> {
        lines(self.text(field).unwrap_or_default())
    }

    /// Names that hold no comma, by which people part them as well.
    fn names(&self, field: &str) -> Vec<String> {
        let lines = self.lines(field);
        let names = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
        names.filter(|name| !["", form::NOTHING].contains(name)).map(str::to_owned).collect()
    }

    fn daily_reports(&mut self) -> Vec<String> {
        let names = self.names(form::DAILY_REPORTS);
        let all: Vec<&str> = reports::on_request().map(|report| report.id).collect();
        for name in names.iter().filter(|name| *name != form::EVERYTHING && !all.contains(&name.as_str())) {
            let wrong = format!("\"{}\" is no report that is read by day on request.", shown(name));
            self.problem(form::DAILY_REPORTS, &wrong, &format!("Use all, or names such as: {}.", all.join(", ")));
        }
        let wanted = |id: &&str| names.iter().any(|name| name == form::EVERYTHING || name == id);
        all.into_iter().filter(wanted).map(str::to_owned).collect()
    }

    fn not_needed(&mut self) -> Vec<String> {
        let field = form::NOT_NEEDED;
        if self.text(field).is_none() {
            return vec![form::COMPANIONS.to_owned()];
        }
        let names = self.names(field);
        let known = Abilities::of(&[]);
        for name in &names {
            if !known.place(name).and_then(|place| known.at(place)).is_some_and(|ability| ability.signals.is_empty()) {
                let wrong = format!("\"{}\" is none of the abilities that cannot be measured.", shown(name));
                self.problem(field, &wrong, &format!("Use names such as: {}.", known.unmeasured().join(", ")));
            }
        }
        names
    }

    fn days(&mut self, field: &str, least: u16, most: u16, default: u16) -> u16 {
        let Some(value) = self.text(field) else { return default };
        match value.parse::<u16>() {
            Ok(days) if (least..=most).contains(&days) => days,
            _ => {
                let wrong = format!("\"{}\" is no whole number from {least} to {most}.", shown(value));
                self.problem(field, &wrong, &format!("Enter a number of days from {least} to {most}."));
                default
            }
        }
    }
}

/// The domain in what a person pasted: without scheme, path and the final dot, in lower case.
fn domain(text: &str) -> String {
    let lower = fold(text);
    let bare = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://")).unwrap_or(&lower);
    let host = bare.split(['/', '?', '#']).next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.').to_owned()
}

/// A value as a message shows it: short, and without control characters.
fn shown(value: &str) -> String {
    let clean: String = value.chars().filter(|c| !c.is_control()).take(61).collect();
    match clean.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", clean.get(..end).unwrap_or_default()),
        None => clean,
    }
}

/// The lines of a list, which people part by semicolons as well.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let lines = text.split(['\n', ';']).map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
