//! The steps of set-up, each of which looks what is there and changes what differs. A step that has to wait is done again
//! from its beginning.

use serde_json::{Value, json};

use super::directory::{Directory, Trouble};
use super::form::NAME;
use super::grants::Relisted;
use super::memory::Memory;
use super::permissions::GRAPH;
use super::record;
use super::wish::{Wish, value};
use crate::contract::set_up::Purpose;
use crate::contract::types::{Error, Setting};
use crate::fault;
use crate::form;
use crate::json::Fields as _;

/// Where the connections of the connector are sent back to.
pub(super) const REDIRECT: &str = "http://localhost/connect";

/// Where an application keeps redirect addresses, by whether it proves itself or is a public client.
pub(super) const PLATFORMS: [&str; 2] = ["web", "publicClient"];

/// Marks the applications that set-up has made, and that it may take away.
pub(super) const TAG: &str = "binadox-office365-connector";

/// Makes keys and certificates: the field, the name, the days.
pub(super) type Make<'a> = &'a dyn Fn(&str, &str, u32) -> Result<String, crate::contract::types::Error>;

/// What every step needs.
pub(super) struct Work<'a> {
    pub(super) directory: Directory<'a>,
    pub(super) settings: &'a [Setting],
    pub(super) wish: &'a Wish,
    pub(super) make: Make<'a>,
    pub(super) now: i64,
    pub(super) memory: Memory,
}

impl Work<'_> {
    /// Changes something, and notes it.
    pub(super) fn change(
        &mut self,
        what: &str,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> Result<Value, Trouble> {
        self.directory.change(&mut self.memory, what, method, path, body)
    }

    /// The application, as far as it is known: by what this run made, by the settings, by name and tag.
    pub(super) fn seek(&mut self) -> Result<Option<Value>, Trouble> {
        if self.memory.knows("object") {
            let path = format!("/applications/{}", self.memory.text("object"));
            // What was to be deleted may be, when the answer is lost.
            return match self.wish.purpose {
                Purpose::Remove => self.directory.find(&self.memory, &path),
                _ => self.directory.read(&self.memory, &path).map(Some),
            };
        }
        let mut found = Vec::new();
        if let Some(id) = value(self.settings, form::APPLICATION_ID) {
            found = self.directory.list(&self.memory, &format!("/applications?$filter={}", equal("appId", id)))?;
            let makes = matches!(self.wish.purpose, Purpose::Apply | Purpose::Preview);
            if found.is_empty() && makes && !self.wish.is_named {
                return Err(self.unknown(id)?.into());
            }
        }
        if let (Some(application), Purpose::Remove, true) = (found.first(), self.wish.purpose, self.wish.is_named) {
            let name = application.word("displayName").unwrap_or_default();
            if name != self.wish.name {
                let what = format!(
                    "The application of this connection is called \"{name}\", and not \"{}\": nothing was taken away.",
                    self.wish.name
                );
                let mend = "To take another one away, run set-up --remove with the name of a connection that has none.";
                return Err(fault::other(&what, mend).into());
            }
        }
        // By the usual name, another connection's would be found: nothing is taken or renewed there.
        let by_name = self.wish.is_named || !matches!(self.wish.purpose, Purpose::Remove | Purpose::Rotate);
        if found.is_empty() && by_name {
            let named = equal("displayName", &self.wish.name);
            let named = self.directory.list(&self.memory, &format!("/applications?$filter={named}"))?;
            let (ours, others): (Vec<Value>, Vec<Value>) = named.into_iter().partition(is_ours);
            if ours.len() > 1 || (ours.is_empty() && !others.is_empty()) {
                let what = format!("Another application is called \"{}\" already.", self.wish.name);
                let mend = format!(
                    "To use it, give its id with --set {}=ID; to make one beside it, give another name with --set \
                     {NAME}=NAME.",
                    form::APPLICATION_ID
                );
                return Err(fault::other(&what, &mend).into());
            }
            found = ours;
            if !found.is_empty() {
                self.memory.put("joined", "yes");
            }
        }
        let found = found.into_iter().next();
        if let Some(application) = &found {
            self.remember(application);
        }
        Ok(found)
    }

    /// There is no application with this id: another one is made only when that is asked for.
    fn unknown(&self, id: &str) -> Result<Error, Trouble> {
        let (what, look) = match self.principal_of(id)? {
            Some(_) => (
                format!("The application {id} is registered in another tenant, where alone it can be changed."),
                "Ask whoever maintains it",
            ),
            None => (
                format!("The tenant has no application with the id {id}."),
                "Look whether it is the application (client) id, and not the object id; a deleted one can be restored for 30 days",
            ),
        };
        let mend = format!("{look}. To make another, give its name: --set {NAME}=NAME.");
        Ok(fault::other(&what, &mend))
    }

    fn remember(&mut self, application: &Value) {
        self.memory.take("object", application, "id");
        self.memory.take("app", application, "appId");
        self.memory.take("name", application, "displayName");
        if is_ours(application) {
            self.memory.put("ours", "yes");
        }
    }

    /// What the application is called, and with it the user that was made for it.
    pub(super) fn name(&self) -> &str {
        if self.memory.knows("name") { self.memory.text("name") } else { &self.wish.name }
    }

    /// The application itself, with its redirect address and the permissions that it lists.
    pub(super) fn application(&mut self) -> Result<(), Trouble> {
        let found = self.seek()?;
        self.choose(found.as_ref());
        if found.is_some() {
            return Ok(());
        }
        let mut body = json!({
            "displayName": self.wish.name,
            "signInAudience": "AzureADMyOrg",
            "tags": [TAG],
            "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": self.wanted()}],
        });
        put(&mut body, platforms(self.wish.public).0, json!({"redirectUris": [REDIRECT]}));
        if self.wish.fallback {
            put(&mut body, "isFallbackPublicClient", true.into());
        }
        let what = format!("Create the application \"{}\"", self.wish.name);
        let made = self.change(&what, "POST", "/applications", &body)?;
        self.memory.put("is-new", "yes");
        self.remember(&made);
        if !self.directory.preview && !self.memory.knows("object") {
            return Err(fault::protocol("Microsoft Graph made an application and does not say which.").into());
        }
        Ok(())
    }

    /// Changes an application that is there, where it differs. The connection stands by now, and holds what is added.
    pub(super) fn amend(&mut self) -> Result<(), Trouble> {
        if self.memory.knows("is-new") || self.leaves_application() {
            return Ok(());
        }
        let application = self.seek()?.unwrap_or_default();
        let (mut body, mut what) = (json!({}), Vec::new());
        let ours = self.memory.knows("ours");
        let Relisted { access, words, mut added, mut gone } = self.relist(&application, self.wanted());
        if let Some(words) = words {
            put(&mut body, "requiredResourceAccess", access);
            what.push(words);
        }
        let (platform, other) = platforms(self.wish.public);
        let mut here = redirects(&application, platform);
        if !here.iter().any(|redirect| redirect == REDIRECT) {
            here.push(REDIRECT.to_owned());
            put(&mut body, platform, json!({"redirectUris": here}));
            // One of ours moves there: it is not to be on both platforms.
            let mut there = redirects(&application, other);
            let held = there.len();
            there.retain(|redirect| redirect != REDIRECT);
            let line = record::redirect(other);
            if there.len() < held && !(ours || self.wish.record.holds(&line)) {
                let what =
                    format!("The application has {REDIRECT} on the platform {other} already, and others made it.");
                let mend = "Move the address under Authentication, or choose another way of signing in.";
                return Err(fault::other(&what, mend).into());
            }
            if there.len() < held {
                put(&mut body, other, json!({"redirectUris": there}));
                gone.push(line);
            }
            what.push(format!("add the redirect address {REDIRECT}"));
            added.push(record::redirect(platform));
        }
        let fallback = application.flag("isFallbackPublicClient") == Some(true);
        let may_change = ours || self.wish.fallback || self.wish.record.holds(record::FLOWS);
        if fallback != self.wish.fallback && may_change {
            put(&mut body, "isFallbackPublicClient", self.wish.fallback.into());
            let flows = if fallback { "allow no public client flows" } else { "allow public client flows" };
            what.push(flows.to_owned());
            if fallback { &mut gone } else { &mut added }.push(record::FLOWS.to_owned());
        }
        if !what.is_empty() {
            let name = application.word("displayName").unwrap_or_default();
            let what = format!("Change the application \"{name}\": {}", what.join(", "));
            let path = format!("/applications/{}", self.memory.text("object"));
            self.amends(&added);
            self.change(&what, "PATCH", &path, &body)?;
        }
        // Also what was added where the answer was lost.
        let added: Vec<String> = self.memory.text("amends").lines().map(str::to_owned).collect();
        self.given(&added);
        self.strikes(&gone);
        Ok(())
    }

    /// Its service principal, which stands for it in the tenant, and Graph's own.
    pub(super) fn principal(&mut self) -> Result<(), Trouble> {
        if !self.memory.knows("graph") {
            let graph = self.principal_of(GRAPH)?.unwrap_or_default();
            self.memory.take("graph", &graph, "id");
        }
        if self.memory.knows("principal") {
            return Ok(());
        }
        let app = self.memory.text("app").to_owned();
        let mut found = if app.is_empty() { None } else { self.principal_of(&app)? };
        if found.is_none() {
            let made =
                self.change("Create its service principal", "POST", "/servicePrincipals", &json!({"appId": app}))?;
            found = Some(made);
        }
        self.memory.take("principal", &found.unwrap_or_default(), "id");
        if self.directory.preview || self.memory.knows("principal") {
            return Ok(());
        }
        let missing = fault::protocol("Microsoft Graph made a service principal and does not say which.");
        Err(Trouble::wait(missing))
    }

    pub(super) fn principal_of(&self, app: &str) -> Result<Option<Value>, Trouble> {
        let path = format!("/servicePrincipals?$filter={}&$select=id", equal("appId", app));
        Ok(self.directory.list(&self.memory, &path)?.into_iter().next())
    }
}

/// Where a client has its redirect address, and where the other kind has it.
fn platforms(is_public: bool) -> (&'static str, &'static str) {
    let [web, public] = PLATFORMS;
    if is_public { (public, web) } else { (web, public) }
}

/// An application that set-up has made.
pub(super) fn is_ours(application: &Value) -> bool {
    application.texts("tags").iter().any(|tag| tag == TAG)
}

/// A filter by equality, ready for a query. A quote in a text is doubled (OData 4.01 URL conventions, 5.1.1.6.1).
pub(super) fn equal(property: &str, text: &str) -> String {
    let quoted: String = form_urlencoded::byte_serialize(text.replace('\'', "''").as_bytes()).collect();
    format!("{property}%20eq%20%27{}%27", quoted.replace('+', "%20"))
}

/// The redirect addresses of an application on a platform.
pub(super) fn redirects(application: &Value, platform: &str) -> Vec<String> {
    application.get(platform).map(|held| held.texts("redirectUris")).unwrap_or_default()
}

/// Puts a field into an object.
pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_filter_cannot_end_the_text_or_the_query() {
        assert_eq!(equal("displayName", "O'Brien & Söhne"), "displayName%20eq%20%27O%27%27Brien%20%26%20S%C3%B6hne%27");
    }
}
