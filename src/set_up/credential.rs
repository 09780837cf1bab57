//! The secret or certificate of the application: made, proven, and the last one taken away.

use serde_json::{Value, json};

use super::directory::{Trouble, later};
use super::form::CERTIFICATE;
use super::record;
use super::wish::{signing_in, value};
use super::work::Work;
use crate::contract::set_up::Purpose;
use crate::fault;
use crate::form;
use crate::json::Fields as _;
use crate::sign_in::claims::Claims;
use crate::sign_in::{token, validity};
use crate::time;

/// How the credentials are called that set-up makes.
pub(super) const CALLED: &str = "Office 365 connector";

/// Stands in a preview for what would be made.
const NOT_MADE: &str = "-";

const DAY: i64 = 86_400;

impl Work<'_> {
    fn application_path(&self, rest: &str) -> String {
        format!("/applications/{}{rest}", self.memory.text("object"))
    }

    /// What is to be renewed must be there.
    pub(super) fn must_be_there(&mut self) -> Result<(), Trouble> {
        match self.seek()? {
            Some(_) => Ok(()),
            None => {
                Err(fault::other("The application of this connection is not there.", "Run set-up without --rotate.")
                    .into())
            }
        }
    }

    /// Makes a credential, unless there is one that can still be used.
    pub(super) fn credential(&mut self) -> Result<(), Trouble> {
        let made = self.memory.knows("secret") || self.memory.knows(CERTIFICATE);
        if made || !(self.wish.secret || self.wish.certificate) {
            return Ok(());
        }
        let ends = self.now + i64::from(self.wish.days) * DAY;
        let day = time::day_text(time::day_of(ends));
        let application = self.seek()?.unwrap_or_default();
        if self.wish.certificate {
            return self.certificate(&day);
        }
        let kept = value(self.settings, form::CLIENT_SECRET);
        if self.wish.purpose != Purpose::Rotate && kept.is_some_and(|secret| self.is_good(&application, secret)) {
            return Ok(());
        }
        let body = json!({"passwordCredential": {"displayName": CALLED, "endDateTime": time::instant_text(ends)}});
        let path = self.application_path("/addPassword");
        let held = application.items("passwordCredentials");
        if !self.memory.knows("held") {
            let keys: Vec<&str> = held.iter().filter_map(|each| each.word("keyId")).collect();
            self.memory.put("held", format!("held {}", keys.join(" ")));
        }
        let made = self.change(&format!("Make a client secret that ends on {day}"), "POST", &path, &body)?;
        // One of ours that was not there at first was made by this run, and its text was lost with the answer.
        let before = self.memory.text("held").to_owned();
        let was_there = |each: &Value| before.split(' ').any(|key| each.word("keyId") == Some(key));
        self.succeeds(held, |each| is_its(each, kept) || (is_own(each) && !was_there(each)));
        if self.directory.preview {
            self.memory.put("key", NOT_MADE);
            return Ok(());
        }
        self.memory.take("secret", &made, "secretText");
        self.memory.take("key", &made, "keyId");
        let beginning: String = self.memory.text("secret").chars().take(3).collect();
        self.memory.put("secret-ends", [&beginning, " ", &day].concat());
        if !self.memory.knows("secret") {
            return Err(fault::protocol("Microsoft Graph made a secret and does not say which.").into());
        }
        Ok(())
    }

    /// A secret of the application begins like this one and has not ended. Graph tells the first three letters.
    fn is_good(&self, application: &Value, secret: &str) -> bool {
        application.items("passwordCredentials").iter().any(|each| {
            each.word("hint").is_none_or(|hint| secret.starts_with(hint))
                && each.instant("endDateTime").is_none_or(|ends| ends > self.now)
        })
    }

    /// Adds the certificate of the connection to the application; where there is none that is good, makes one.
    fn certificate(&mut self, day: &str) -> Result<(), Trouble> {
        let held = self.certificates()?;
        let pem = value(self.settings, CERTIFICATE);
        let kept = pem.map(der);
        let is_good = |each: &Value| {
            has_key(each, kept.as_deref()) && each.instant("endDateTime").is_none_or(|ends| ends > self.now)
        };
        if self.wish.purpose != Purpose::Rotate && held.iter().any(is_good) {
            return Ok(());
        }
        let path = self.application_path("");
        let is_held = held.iter().any(|each| has_key(each, kept.as_deref()));
        let lasts = pem.and_then(validity::ends).is_some_and(|ends| ends > self.now);
        if self.wish.purpose != Purpose::Rotate && lasts && !is_held {
            // One that was given, with its key, and that the application does not know yet.
            let all = with_certificate(&held, pem.unwrap_or_default());
            self.change("Add the certificate to the application", "PATCH", &path, &all)?;
            return Ok(());
        }
        let what = format!("Make a certificate that ends on {day}, and add it to the application");
        if self.directory.preview {
            self.change(&what, "PATCH", &path, &Value::Null)?;
            self.memory.put(CERTIFICATE, NOT_MADE);
        } else {
            let pem = match self.memory.text("made") {
                "" => (self.make)(CERTIFICATE, &self.wish.name, self.wish.days)?,
                made => made.to_owned(),
            };
            self.memory.put("made", pem.as_str());
            if held.iter().any(|each| has_key(each, Some(&der(&pem)))) {
                // Added by this run, where the answer was lost.
                self.memory.note(&what, &format!("PATCH /v1.0{path}"));
            } else {
                self.change(&what, "PATCH", &path, &with_certificate(&held, &pem))?;
            }
            self.memory.put(CERTIFICATE, pem);
        }
        self.succeeds(&held, |each| has_key(each, kept.as_deref()));
        Ok(())
    }

    /// The certificates of the application, with their keys, which come only when they are selected.
    fn certificates(&self) -> Result<Vec<Value>, Trouble> {
        if !self.memory.knows("object") {
            return Ok(Vec::new());
        }
        let path = self.application_path("?$select=keyCredentials");
        Ok(self.directory.read(&self.memory, &path)?.items("keyCredentials").to_vec())
    }

    /// Records those that have a successor now, until they are taken away: also when this run stops before.
    fn succeeds(&mut self, held: &[Value], is_last: impl Fn(&Value) -> bool) {
        let last = held.iter().filter(|each| is_last(each)).filter_map(|each| each.word("keyId"));
        self.records(&last.map(record::replaced).collect::<Vec<_>>());
    }

    /// Takes away certificates of the application.
    fn discard_certificates(&mut self, goes: impl Fn(&Value) -> bool) -> Result<(), Trouble> {
        let held = self.certificates()?;
        let (gone, left): (Vec<Value>, Vec<Value>) = held.into_iter().partition(goes);
        if !gone.is_empty() {
            let path = self.application_path("");
            self.change("Take the last certificate away", "PATCH", &path, &json!({"keyCredentials": left}))?;
        }
        let current = self.certificate_at_hand();
        for each in left.iter().filter(|each| is_own(each) && !has_key(each, current.as_deref())) {
            self.stays(&format!("a certificate{}", ending(each)));
        }
        Ok(())
    }

    /// The certificate with which the connection signs in from now on.
    fn certificate_at_hand(&self) -> Option<String> {
        let made = Some(self.memory.text(CERTIFICATE)).filter(|made| !made.is_empty());
        made.or(value(self.settings, CERTIFICATE)).map(der)
    }

    /// Signs in with what was made, and waits until the permissions are in the token.
    pub(super) fn prove(&mut self) -> Result<(), Trouble> {
        // On behalf of persons nothing is lost without a proof, unless the last credential goes after it.
        let replaces = !self.replaced().is_empty();
        let (way, field) = match (self.wish.certificate, self.wish.secret) {
            _ if self.wish.delegated && self.wish.purpose != Purpose::Rotate && !replaces => return Ok(()),
            (true, _) => (CERTIFICATE, CERTIFICATE),
            (false, true) => (form::APPLICATION, form::CLIENT_SECRET),
            (false, false) => return Ok(()),
        };
        let made = self.memory.text(if way == CERTIFICATE { CERTIFICATE } else { "secret" });
        let proof = if made.is_empty() { value(self.settings, field).unwrap_or_default() } else { made };
        if self.directory.preview || (self.memory.done() == 0 && !replaces) || proof.is_empty() {
            return Ok(());
        }
        let application = signing_in(self.settings, self.memory.text("app"), &[(form::SIGN_IN, way), (field, proof)])?;
        let scope = format!("{}/.default", self.directory.root);
        let grant = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
        let tokens = token::request(self.directory.transport, &application, &grant, self.now);
        let tokens = tokens.map_err(|error| later(404, error))?;
        let claims = Claims::of(&tokens.access);
        // A rotation changes no permission, and may not know which there are; those on behalf of persons are in no token of
        // the application itself.
        let wanted =
            if self.wish.delegated || self.wish.purpose == Purpose::Rotate { Vec::new() } else { self.permissions() };
        if claims.is_some_and(|claims| wanted.iter().all(|access| claims.grants(access.name))) {
            return Ok(());
        }
        let late = fault::other(
            "The application signs in, and its permissions have not reached every server yet.",
            "Nothing needs to be done: wait some minutes, and connect.",
        );
        Err(Trouble::wait(late))
    }

    /// Takes away what has a successor, now that this has proven itself, of either list: the way of signing in may have
    /// changed in between. What others sign in by stays.
    pub(super) fn discard(&mut self) -> Result<(), Trouble> {
        let replaced = self.replaced();
        if self.memory.knows(CERTIFICATE) || !replaced.is_empty() {
            // Somebody may have gone back to one that was replaced.
            let current = self.certificate_at_hand();
            self.discard_certificates(|each| is_among(each, &replaced) && !has_key(each, current.as_deref()))?;
        }
        if self.memory.knows("key") || !replaced.is_empty() {
            let application = self.seek()?.unwrap_or_default();
            let (new, kept) = (self.memory.text("key").to_owned(), value(self.settings, form::CLIENT_SECRET));
            let is_current = |each: &Value| match new.as_str() {
                "" => is_its(each, kept),
                new => each.word("keyId") == Some(new),
            };
            for each in application.items("passwordCredentials").iter().filter(|each| !is_current(each)) {
                if is_among(each, &replaced) {
                    self.remove_secret(each)?;
                } else if is_own(each) {
                    self.stays(&Self::secret_named(each));
                }
            }
        }
        self.strikes(&replaced.iter().map(|key| record::replaced(key)).collect::<Vec<_>>());
        Ok(())
    }

    /// Notes one that stays, since another connection may use it.
    fn stays(&mut self, named: &str) {
        let all = format!("{}, {named}", self.memory.text("others"));
        if !self.memory.text("others").contains(named) {
            self.memory.put("others", all.trim_start_matches(", "));
        }
    }

    /// Takes away one secret.
    fn remove_secret(&mut self, each: &Value) -> Result<(), Trouble> {
        let what = format!("Take away the client secret {}", Self::secret_named(each));
        let path = self.application_path("/removePassword");
        self.change(&what, "POST", &path, &json!({"keyId": each.word("keyId")}))?;
        Ok(())
    }

    fn secret_named(each: &Value) -> String {
        format!("{}…{}", each.word("hint").unwrap_or("?"), ending(each))
    }

    /// Whether the application has a secret or certificate that is not this connection's: another one may sign in by it.
    pub(super) fn is_shared(&self, application: &Value) -> Result<bool, Trouble> {
        let (secret, replaced) = (value(self.settings, form::CLIENT_SECRET), self.replaced());
        let certificate = self.certificate_at_hand();
        let is_others = |each: &Value| {
            let lives = each.instant("endDateTime").is_none_or(|ends| ends > self.now);
            lives && !is_among(each, &replaced) && !is_its(each, secret) && !has_key(each, certificate.as_deref())
        };
        Ok(application.items("passwordCredentials").iter().chain(&self.certificates()?).any(is_others))
    }

    /// Takes from an application that stays the secrets and certificates that it made for the connection. Those
    /// of other connections stay.
    pub(super) fn take_credentials(&mut self, application: &Value) -> Result<(), Trouble> {
        let replaced = self.replaced();
        let secret = value(self.settings, form::CLIENT_SECRET);
        let own = application.items("passwordCredentials").iter().filter(|each| is_own(each));
        let (last, others): (Vec<&Value>, Vec<&Value>) =
            own.partition(|each| is_its(each, secret) || is_among(each, &replaced));
        for each in last {
            if is_its(each, secret) {
                self.begins(&[form::CLIENT_SECRET.to_owned()]);
            }
            self.remove_secret(each)?;
        }
        self.is_gone(form::CLIENT_SECRET);
        let certificate = value(self.settings, CERTIFICATE).map(der);
        let is_last = |each: &Value| is_own(each) && has_key(each, certificate.as_deref());
        if self.certificates()?.iter().any(is_last) {
            self.begins(&[CERTIFICATE.to_owned()]);
        }
        self.discard_certificates(|each| is_last(each) || (is_own(each) && is_among(each, &replaced)))?;
        self.is_gone(CERTIFICATE);
        for each in others {
            self.stays(&Self::secret_named(each));
        }
        Ok(())
    }
}

/// The list with one more: it is replaced as a whole, so that those that are there go with it.
fn with_certificate(held: &[Value], pem: &str) -> Value {
    let new = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "displayName": CALLED, "key": der(pem)});
    json!({"keyCredentials": held.iter().cloned().chain([new]).collect::<Vec<Value>>()})
}

/// Whether this is the entry of a secret. Graph tells the first three letters.
fn is_its(each: &Value, secret: Option<&str>) -> bool {
    secret.zip(each.word("hint")).is_some_and(|(secret, hint)| secret.starts_with(hint))
}

/// Whether this is one of those with these key ids.
fn is_among(each: &Value, keys: &[String]) -> bool {
    each.word("keyId").is_some_and(|id| keys.iter().any(|key| key == id))
}

/// Whether this is the entry of a certificate.
fn has_key(each: &Value, certificate: Option<&str>) -> bool {
    certificate.is_some() && each.word("key") == certificate
}

/// A secret or certificate that set-up has made.
fn is_own(each: &Value) -> bool {
    each.word("displayName") == Some(CALLED)
}

fn ending(each: &Value) -> String {
    let ends = each.instant("endDateTime").map(|ends| time::day_text(time::day_of(ends)));
    ends.map(|day| format!(" that ends on {day}")).unwrap_or_default()
}

/// The body of the first certificate of a PEM: base64 of its DER.
fn der(pem: &str) -> String {
    let lines = pem.lines().map(str::trim).skip_while(|line| !line.starts_with("-----BEGIN CERTIFICATE"));
    lines.skip(1).take_while(|line| !line.starts_with("-----")).collect()
}
