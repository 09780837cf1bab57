//! The dialogue that creates, in a tenant, what a connection needs.
//!
//! ```text
//! start ─→ the administrator signs in ─→ application ─→ user ─→ credential ─→ service principal ─→ permissions
//!          (browser, or a code)           ─→ role ─→ proof ─→ the last credential goes ─→ names in reports ─→ finished
//! ```
//!
//! The host writes a credential into the connection as soon as it is made.
//!
//! Facts: section "Steps" of `applications`, `servicePrincipals`, `oauth2PermissionGrants`, `appRoleAssignedTo` and
//! `roleAssignments` of the Graph documentation.

mod administrator;
mod credential;
mod directory;
pub mod form;
mod grants;
mod memory;
pub mod permissions;
mod record;
mod report_names;
#[cfg(test)]
mod script_tests;
mod user;
mod wish;
mod work;

use crate::contract::dialogue::{Ask, Browse, EnterCode, Question, Reply};
use crate::contract::set_up::{Finished, Keeping, Progress, Purpose};
use crate::contract::types::{Error, Setting};
use crate::fault;
use crate::form as settings_form;
use crate::json::Fields as _;
use crate::random;
use crate::sign_in::challenge::Listening;
use administrator::Poll;
use directory::{Directory, Trouble};
use memory::Memory;
use wish::Wish;
use work::Work;

/// Seconds to wait, one after the other, until the directory knows what was made: usual are some seconds, and after two
/// minutes something else is wrong.
const PATIENCE: [u32; 12] = [2, 2, 3, 5, 5, 10, 10, 15, 15, 15, 20, 20];

/// Seconds for a person to enter a code, when the service does not say.
const CODE_LIFE: i64 = 900;

/// A step of set-up.
type Step = fn(&mut Work<'_>) -> Result<(), Trouble>;

/// Set-up in progress: what every step of the dialogue needs.
pub struct SetUp<'a> {
    /// Carries the requests, and hears what policies want.
    pub transport: Listening<'a>,
    /// What is to be done.
    pub purpose: Purpose,
    /// Those of the connection, as far as they are known.
    pub settings: &'a [Setting],
    /// Values of the fields of [`form::describe`].
    pub answers: &'a [Setting],
    /// Makes a key and a certificate: the field, the name, the days.
    pub make: &'a dyn Fn(&str, &str, u32) -> Result<String, Error>,
    /// Seconds since 1970.
    pub now: i64,
}

impl SetUp<'_> {
    /// One step: a reply in, the next question or the end out.
    ///
    /// # Errors
    /// What kept set-up from changing anything: a refused sign-in, an answer that does not fit.
    pub fn step(&self, reply: &Reply, continuation: Option<&[u8]>) -> Result<Progress, Error> {
        let wish = Wish::read(self.purpose, self.settings, self.answers)?;
        let memory = continuation.map(Memory::read).transpose()?;
        match (reply, memory) {
            (Reply::Start(base), None) => {
                wish.judge(self.settings)?;
                self.begin(&wish, base)
            }
            (Reply::Redirected(parameters), Some(memory)) => self.came_back(&wish, memory, parameters),
            (Reply::Waited, Some(memory)) if memory.knows("device") => self.poll(&wish, memory),
            (Reply::Waited | Reply::Kept, Some(memory)) if memory.knows("token") => self.work(&wish, memory),
            (Reply::Cancelled, Some(memory)) if memory.done() > 0 => {
                let given_up = fault::other("Set-up was given up.", "Run set-up again: it goes on from there.");
                Ok(Progress::Finished(self.end(&wish, &memory, Some(given_up))))
            }
            (Reply::Cancelled, _) => Err(fault::other("Set-up was given up.", "Run set-up again.")),
            _ => Err(fault::internal("The reply does not fit what was asked.")),
        }
    }

    fn begin(&self, wish: &Wish, base: &str) -> Result<Progress, Error> {
        let mut memory = Memory::default();
        memory.put("redirect", base.trim_end_matches('/'));
        self.sign_in(wish, memory)
    }

    /// Lets the administrator sign in, with what a policy wants to see if one has said so.
    fn sign_in(&self, wish: &Wish, mut memory: Memory) -> Result<Progress, Error> {
        let administrator = wish.administrator(self.settings)?;
        let scopes = administrator::scopes(wish, &administrator);
        let claims = Some(memory.text("claims").to_owned()).filter(|claims| !claims.is_empty());
        if wish.device {
            let code = administrator::code(&self.transport, &administrator, &scopes, claims.as_deref())?;
            memory.put("polls", 0);
            memory.take("device", &code, "device_code");
            let interval = code.number("interval").unwrap_or(5).clamp(1, 60);
            let ends = self.now.saturating_add(code.number("expires_in").unwrap_or(CODE_LIFE));
            memory.put("interval", interval);
            memory.put("ends", ends);
            let (url, user_code) = (code.text("verification_uri"), code.text("user_code"));
            let (Some(url), Some(user_code), true) = (url, user_code, memory.knows("device")) else {
                return Err(fault::protocol("Microsoft Entra ID answered without a code."));
            };
            let help = administrator::help(wish);
            return ask(Ask::EnterCode(EnterCode { url, code: user_code, help, expires: ends }), &memory);
        }
        let (state, verifier) = (random::token()?, random::token()?);
        let redirect = memory.text("redirect");
        let url = administrator::page(&administrator, redirect, &state, &verifier, &scopes, claims.as_deref());
        memory.put("state", state.as_str());
        memory.put("verifier", verifier);
        let path = administrator::PATH.to_owned();
        ask(Ask::Browse(Browse { url, path, state, help: administrator::help(wish) }), &memory)
    }

    /// The sign-in once more, when a policy has just said what it wants to see and was not asked before.
    fn again(&self, wish: &Wish, memory: &Memory) -> Option<Result<Progress, Error>> {
        let claims = self.transport.heard().filter(|_| !memory.knows("claims"))?;
        let mut next = memory.clone();
        next.put("claims", claims);
        next.put("token", "");
        Some(self.sign_in(wish, next).or_else(|error| self.stopped(wish, memory, error)))
    }

    fn came_back(&self, wish: &Wish, mut memory: Memory, parameters: &[(String, String)]) -> Result<Progress, Error> {
        let expected = |(name, value): &(String, String)| name == "state" && value == memory.text("state");
        if memory.knows("token") || !parameters.iter().any(expected) {
            return Err(fault::internal("The reply does not fit what was asked."));
        }
        let administrator = wish.administrator(self.settings)?;
        let (redirect, verifier) = (memory.text("redirect"), memory.text("verifier"));
        match administrator::redeem(&self.transport, &administrator, parameters, redirect, verifier, self.now) {
            Ok(token) => memory.put("token", token.reveal()),
            Err(error) => return self.again(wish, &memory).unwrap_or_else(|| self.stopped(wish, &memory, error)),
        }
        self.work(wish, memory)
    }

    fn poll(&self, wish: &Wish, mut memory: Memory) -> Result<Progress, Error> {
        let administrator = wish.administrator(self.settings)?;
        // The first time, the code has only just been shown.
        let poll = match memory.number("polls") {
            0 => Poll::Pending,
            _ => match administrator::poll(&self.transport, &administrator, memory.text("device"), self.now) {
                Ok(poll) => poll,
                Err(error) => return self.again(wish, &memory).unwrap_or_else(|| self.stopped(wish, &memory, error)),
            },
        };
        match poll {
            Poll::Done(token) => {
                memory.put("device", "");
                memory.put("token", token.reveal());
                return self.work(wish, memory);
            }
            _ if self.now >= memory.number("ends") => {
                let late = fault::other("The code was not entered in time.", "Run set-up again.");
                return self.stopped(wish, &memory, late);
            }
            Poll::Slower => memory.put("interval", memory.number("interval") + 5),
            Poll::Pending => {}
        }
        memory.put("polls", 1);
        ask(Ask::Wait(u32::try_from(memory.number("interval").clamp(1, 60)).unwrap_or(5)), &memory)
    }

    /// The steps of each purpose, in their order.
    fn steps(&self) -> &'static [Step] {
        match self.purpose {
            Purpose::Preview | Purpose::Apply => &[
                // Whoever is missing is told before anything is made.
                |work| work.persons(),
                // With application, user and credential the connection stands, and holds what is given from then on.
                |work| work.application(),
                |work| work.user(),
                |work| work.credential(),
                |work| work.amend(),
                |work| work.principal(),
                |work| work.roles(),
                |work| work.grants(),
                |work| work.reader(),
                |work| work.prove(),
                |work| work.discard(),
                |work| work.show_names(),
            ],
            Purpose::Rotate => {
                &[|work| work.must_be_there(), |work| work.credential(), |work| work.prove(), |work| work.discard()]
            }
            Purpose::Remove => &[|work| work.remove()],
        }
    }

    fn work(&self, wish: &Wish, memory: Memory) -> Result<Progress, Error> {
        let root = wish.administrator(self.settings)?.cloud.graph_root();
        let preview = self.purpose == Purpose::Preview;
        let directory = Directory { transport: &self.transport, root, preview, roles: administrator::roles(wish) };
        let mut work = Work { directory, settings: self.settings, wish, make: self.make, now: self.now, memory };
        let first = usize::try_from(work.memory.number("step")).unwrap_or_default();
        for (place, step) in self.steps().iter().enumerate().skip(first) {
            let taken = step(&mut work);
            if taken.is_ok() {
                work.memory.put("step", place as i64 + 1);
                work.memory.put("waits", 0);
            }
            let made = wish.made(&work.memory);
            if made > work.memory.number("kept") && !preview {
                work.memory.put("kept", made);
                let settings = self.end(wish, &work.memory, None).settings;
                return Ok(Progress::Keep(Keeping { settings, continuation: work.memory.written() }));
            }
            match taken {
                Ok(()) => {}
                Err(Trouble::Failed(error)) => {
                    let again = self.again(wish, &work.memory);
                    return again.unwrap_or_else(|| self.stopped(wish, &work.memory, error));
                }
                Err(Trouble::Wait(error, seconds)) => {
                    let waits = usize::try_from(work.memory.number("waits")).unwrap_or_default();
                    let Some(patience) = PATIENCE.get(waits) else {
                        return self.stopped(wish, &work.memory, *error);
                    };
                    work.memory.put("waits", waits as i64 + 1);
                    return ask(Ask::Wait(seconds.unwrap_or(0).max(*patience)), &work.memory);
                }
            }
        }
        Ok(Progress::Finished(self.end(wish, &work.memory, None)))
    }

    /// Set-up cannot go on. When nothing was changed, that is all there is to tell.
    fn stopped(&self, wish: &Wish, memory: &Memory, error: Error) -> Result<Progress, Error> {
        if memory.done() == 0 || self.purpose == Purpose::Preview {
            return Err(error);
        }
        Ok(Progress::Finished(self.end(wish, memory, Some(error))))
    }

    fn end(&self, wish: &Wish, memory: &Memory, failed: Option<Error>) -> Finished {
        let mut end = End { settings: Vec::new(), notes: Vec::new() };
        match self.purpose {
            Purpose::Preview => {}
            Purpose::Remove => end.removed(wish, memory, self.settings, failed.is_none()),
            Purpose::Apply | Purpose::Rotate => end.made(wish, memory),
        }
        let End { mut settings, mut notes } = end;
        if wish.roles.len() > 1 && self.purpose != Purpose::Remove && self.purpose != Purpose::Rotate {
            notes.push(user::CLASSIC.to_owned());
        }
        let mut handed_over = Vec::new();
        if memory.knows("password") && wish.password {
            settings.push(setting(form::USER_FIELD, memory.text("login")));
            settings.push(setting(form::PASSWORD, memory.text("password")));
        } else if memory.knows("password") {
            let login = memory.text("login");
            handed_over.push(setting(&format!("first password of {login}"), memory.text("password")));
            notes.push(format!(
                "Where nobody saw the first password of {login}, give it another: Microsoft Entra admin centre, Users, {login}, \
                 Reset password."
            ));
        }
        let acts = memory.acts(self.purpose != Purpose::Preview);
        Finished { acts, settings, handed_over, notes, failed }
    }
}

/// What the host writes into the connection, and what it tells.
struct End {
    settings: Vec<Setting>,
    notes: Vec<String>,
}

impl End {
    fn set(&mut self, name: &str, value: &str) {
        self.settings.push(setting(name, value));
    }

    /// What has become of no use. What failed may be needed by the run that goes on from there.
    fn removed(&mut self, wish: &Wish, memory: &Memory, settings: &[Setting], is_whole: bool) {
        // What is gone is of no use any more, whatever came after it.
        for name in memory.text("gone").lines() {
            self.set(name, "");
            if name == settings_form::CLIENT_SECRET {
                self.set(settings_form::SECRET_ENDS, "");
            }
        }
        self.record(wish, memory, is_whole);
        if !is_whole {
            return;
        }
        let knows = |name: &str| wish::value(settings, name).is_some();
        if memory.knows("shared") {
            let name = memory.text("shared");
            self.notes.push(format!(
                "The application \"{name}\" stays, because another connection may sign in by its other secrets or \
                 certificates. To delete it with them, name it: --set {}='{name}'.",
                form::NAME
            ));
        } else if memory.knows("stays") {
            self.notes.push(format!(
                "The application \"{}\" stays, because set-up did not make it. Delete it under App registrations when \
                 nothing else uses it.",
                memory.text("stays")
            ));
        } else if memory.knows("ours") || knows(settings_form::APPLICATION_ID) {
            // Deleted now, or by somebody before.
            for name in [
                settings_form::APPLICATION_ID,
                settings_form::CLIENT_SECRET,
                settings_form::SECRET_ENDS,
                form::CERTIFICATE,
            ] {
                if knows(name) {
                    self.set(name, "");
                }
            }
        } else if !wish.is_named {
            self.notes.push(format!(
                "This connection has no application. One that an earlier run made is found by its name: --set {}=NAME.",
                form::NAME
            ));
        }
        if memory.knows("ours") && memory.done() > 0 {
            self.notes.push(
                "A deleted application and a deleted user can be restored for 30 days: Entra ID, App registrations, Deleted \
                 applications; Users, Deleted users."
                    .to_owned(),
            );
        }
        if memory.knows("others") {
            self.notes.push(others(memory));
        }
    }

    /// What is still to be taken back: nothing, when all has been.
    fn record(&mut self, wish: &Wish, memory: &Memory, is_empty: bool) {
        let held = wish.record.0.iter().map(String::as_str);
        let struck: Vec<&str> = memory.text("struck").lines().collect();
        let mut lines: Vec<&str> = Vec::new();
        for line in held.chain(memory.text("recorded").lines()).filter(|line| !is_empty && !struck.contains(line)) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if wish.record.0 != lines {
            self.set(settings_form::SET_UP_RECORD, &lines.join("\n"));
        }
    }

    /// What was made, and what is kept so that it can be taken away again.
    fn made(&mut self, wish: &Wish, memory: &Memory) {
        if memory.knows("app") {
            self.set(settings_form::APPLICATION_ID, memory.text("app"));
        }
        if memory.knows("granted") {
            self.set(settings_form::CONSENT, settings_form::GRANTED);
        }
        for (name, kept) in [
            (settings_form::CLIENT_SECRET, "secret"),
            (settings_form::SECRET_ENDS, "secret-ends"),
            (form::CERTIFICATE, form::CERTIFICATE),
        ] {
            if memory.knows(kept) {
                self.set(name, memory.text(kept));
            }
        }
        if memory.knows("gave-role") {
            self.notes.push("It may take some minutes until a role that was just given counts everywhere.".to_owned());
        }
        self.record(wish, memory, false);
        if memory.knows("joined") {
            self.notes.push(format!(
                "The application \"{}\" was there already: set-up made it before, and another connection may use it too. For \
                 one of its own: --set {}=NAME.",
                memory.text("name"),
                form::NAME
            ));
        }
        let has_user = memory.knows("user") || wish.record.users().next().is_some();
        if has_user && !wish.delegated {
            self.notes.push(
                "This connection signs in as the application itself, and not as the restricted user, who is for a sign-in on \
                 behalf of a person. Delete the user under Users if it is there and nothing else \
                 needs it."
                    .to_owned(),
            );
        }
        if wish.federated && memory.knows("app") && wish.purpose == Purpose::Apply {
            self.notes.push(
                "The other identity provider has to be trusted by hand: App registrations, the application, Certificates & \
                 secrets, Federated credentials."
                    .to_owned(),
            );
        }
        if memory.knows("others") {
            self.notes.push(others(memory));
        }
    }
}

fn others(memory: &Memory) -> String {
    format!(
        "Others that set-up made stay, since another connection may use them: {}. Take away under Certificates & secrets \
         what nothing uses.",
        memory.text("others")
    )
}

fn setting(name: &str, value: &str) -> Setting {
    Setting { name: name.to_owned(), value: value.to_owned() }
}

fn ask(ask: Ask, memory: &Memory) -> Result<Progress, Error> {
    Ok(Progress::Ask(Question { ask, continuation: memory.written() }))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::wire::{Wire, pairs};

    const CLAIMS: &str = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;

    fn step(wire: &Wire, reply: &Reply, kept: Option<&[u8]>) -> Result<Progress, Error> {
        let settings = [setting("tenant", "contoso.com")];
        let make = |_: &str, _: &str, _: u32| Ok(String::new());
        let transport = Listening::to(wire);
        let purpose = Purpose::Apply;
        SetUp { transport, purpose, settings: &settings, answers: &[], make: &make, now: 0 }.step(reply, kept)
    }

    fn page(progress: Progress) -> (Browse, Vec<u8>) {
        match progress {
            Progress::Ask(Question { ask: Ask::Browse(browse), continuation }) => (browse, continuation),
            other => panic!("no page: {}", matches!(other, Progress::Finished(_))),
        }
    }

    #[test]
    fn what_a_policy_wants_of_the_administrator_is_shown_by_a_second_sign_in_and_not_by_a_third() {
        let header = format!("Bearer error=\"insufficient_claims\", claims=\"{}\"", STANDARD.encode(CLAIMS));
        let round = || Wire::default().then(200, r#"{"access_token":"made-up"}"#);
        let (first, kept) = page(step(&Wire::default(), &Reply::Start("http://localhost:1".to_owned()), None).unwrap());
        assert!(!first.url.contains("claims="), "{}", first.url);
        let back = |page: &Browse| Reply::Redirected(pairs(&[("code", "c"), ("state", &page.state)]));
        let wire = round().then_with(401, &[("www-authenticate", &header)], "");
        let (second, kept) = page(step(&wire, &back(&first), Some(&kept)).unwrap());
        assert!(second.url.contains("claims=%7B%22access_token%22"), "{}", second.url);
        assert_ne!(second.state, first.state);
        let wire = round().then_with(401, &[("www-authenticate", &header)], "");
        assert!(matches!(step(&wire, &back(&second), Some(&kept)), Err(Error::SignInNeeded(_))));
    }
}
