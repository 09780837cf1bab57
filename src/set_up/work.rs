//! The steps of set-up, each of which looks what is there and changes what differs. A step that has to wait is done again
//! from its beginning.

use serde_json::{Value, json};

use super::directory::{Directory, Trouble};
use super::form::NAME;
use super::memory::Memory;
use super::permissions::{self, Access, GRAPH};
use super::wish::{Wish, value};
use crate::contract::types::Setting;
use crate::fault;
use crate::form;
use crate::json::Fields as _;

/// Where the connections of the connector are sent back to.
pub(super) const REDIRECT: &str = "http://localhost/connect";

/// Marks the applications that set-up has made, and that it may take away.
pub(super) const TAG: &str = "binadox-office365-connector";

/// The scopes of a sign-in that lasts and names the person: granted with the others, so that nobody is asked for them.
const OPEN_ID: [&str; 3] = ["openid", "profile", "offline_access"];

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
            return self.directory.read(&self.memory, &path).map(Some);
        }
        let mut found = Vec::new();
        if let Some(id) = value(self.settings, form::APPLICATION_ID) {
            found = self.directory.list(&self.memory, &format!("/applications?$filter={}", equal("appId", id)))?;
        }
        if found.is_empty() {
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
        }
        let found = found.into_iter().next();
        if let Some(application) = &found {
            self.remember(application);
        }
        Ok(found)
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

    /// The permissions of the features: those that are asked for, else those that an application of ours has, else all.
    pub(super) fn permissions(&self) -> Vec<Access> {
        permissions::of(self.memory.text("features")).unwrap_or_else(|_| permissions::every())
    }

    fn choose(&mut self, application: Option<&Value>) {
        let listed: Vec<Value> = application.map(listed).unwrap_or_default();
        let ids: Vec<&str> = listed.iter().filter_map(|each| each.word("id")).collect();
        let has = |name: &str| {
            let access = permissions::ALL.iter().find(|access| access.name == name);
            access.is_some_and(|access| ids.contains(&access.scope) || ids.contains(&access.role))
        };
        let kept = if application.is_some_and(is_ours) { permissions::features(has).join(",") } else { String::new() };
        self.memory.put("features", self.wish.features.clone().unwrap_or(kept));
    }

    /// Whether a permission that is not needed is set-up's to take back.
    fn may_take(&self, name: &str) -> bool {
        self.memory.knows("ours") || self.wish.given.iter().any(|given| given == name)
    }

    /// Notes that an application which set-up did not make was given a permission, so that it can be taken back.
    fn gave(&mut self, name: &str) {
        if !self.memory.knows("ours") {
            let all = format!("{}\n{name}", self.memory.text("gave"));
            self.memory.put("gave", all.trim_start());
        }
    }

    /// The application itself: its redirect address, and the permissions that it lists.
    pub(super) fn application(&mut self) -> Result<(), Trouble> {
        let platform = if self.wish.public { "publicClient" } else { "web" };
        let found = self.seek()?;
        self.choose(found.as_ref());
        let wanted = self.wanted();
        match found {
            None => {
                let mut body = json!({
                    "displayName": self.wish.name,
                    "signInAudience": "AzureADMyOrg",
                    "tags": [TAG],
                    "requiredResourceAccess": [{"resourceAppId": GRAPH, "resourceAccess": wanted}],
                });
                put(&mut body, platform, json!({"redirectUris": [REDIRECT]}));
                if self.wish.fallback {
                    put(&mut body, "isFallbackPublicClient", true.into());
                }
                let what = format!("Create the application \"{}\"", self.wish.name);
                let made = self.change(&what, "POST", "/applications", &body)?;
                self.remember(&made);
                if !self.directory.preview && !self.memory.knows("object") {
                    return Err(fault::protocol("Microsoft Graph made an application and does not say which.").into());
                }
                Ok(())
            }
            Some(application) => self.amend(&application, wanted, platform),
        }
    }

    /// The permissions as an application lists them.
    fn wanted(&self) -> Vec<Value> {
        let one = |access: &Access| match self.wish.delegated {
            true => json!({"id": access.scope, "type": "Scope"}),
            false => json!({"id": access.role, "type": "Role"}),
        };
        self.permissions().iter().map(one).collect()
    }

    /// What an application has to list instead of what it does, and how that differs in words; `None`: in nothing.
    fn relist(&mut self, application: &Value, wanted: Vec<Value>) -> Option<(Value, String)> {
        let listed = listed(application);
        let goes = |listed: &Value| {
            let access = known(listed.word("id").unwrap_or_default());
            !wanted.contains(listed) && access.is_some_and(|access| self.may_take(&listing(access.name)))
        };
        let kept: Vec<Value> = listed.iter().filter(|each| !goes(each)).cloned().collect();
        let added: Vec<Value> = wanted.into_iter().filter(|each| !kept.contains(each)).collect();
        let (new, gone) = (added.len(), listed.len() - kept.len());
        if new + gone == 0 {
            return None;
        }
        for access in added.iter().filter_map(|each| known(each.word("id")?)) {
            self.gave(&listing(access.name));
        }
        let others = application.items("requiredResourceAccess").iter().filter(|access| !is_graph(access)).cloned();
        let access: Vec<Value> = kept.into_iter().chain(added).collect();
        let graph = (!access.is_empty()).then(|| json!({"resourceAppId": GRAPH, "resourceAccess": access}));
        let words = match (new, gone) {
            (_, 0) => format!("list {new} more permissions"),
            (0, _) => format!("list {gone} permissions less"),
            _ => format!("list {new} more permissions and {gone} less"),
        };
        Some((others.chain(graph).collect(), words))
    }

    /// Changes an application that is there, where it differs.
    fn amend(&mut self, application: &Value, wanted: Vec<Value>, platform: &str) -> Result<(), Trouble> {
        let (mut body, mut what) = (json!({}), Vec::new());
        let ours = self.memory.knows("ours");
        if let Some((access, words)) = self.relist(application, wanted) {
            put(&mut body, "requiredResourceAccess", access);
            what.push(words);
        }
        let redirects = |platform| application.get(platform).map(|held| held.texts("redirectUris")).unwrap_or_default();
        let mut here: Vec<String> = redirects(platform);
        if !here.iter().any(|redirect| redirect == REDIRECT) {
            here.push(REDIRECT.to_owned());
            put(&mut body, platform, json!({"redirectUris": here}));
            // One of ours moves there: it is not to be on both platforms.
            let other = if platform == "web" { "publicClient" } else { "web" };
            let mut there: Vec<String> = redirects(other);
            let held = there.len();
            there.retain(|redirect| redirect != REDIRECT);
            if ours && there.len() < held {
                put(&mut body, other, json!({"redirectUris": there}));
            }
            what.push(format!("add the redirect address {REDIRECT}"));
        }
        let fallback = application.flag("isFallbackPublicClient") == Some(true);
        if fallback != self.wish.fallback && (ours || self.wish.fallback) {
            put(&mut body, "isFallbackPublicClient", self.wish.fallback.into());
            let flows = if fallback { "allow no public client flows" } else { "allow public client flows" };
            what.push(flows.to_owned());
        }
        if !what.is_empty() {
            let name = application.word("displayName").unwrap_or_default();
            let what = format!("Change the application \"{name}\": {}", what.join(", "));
            let path = format!("/applications/{}", self.memory.text("object"));
            self.change(&what, "PATCH", &path, &body)?;
        }
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

    fn principal_of(&self, app: &str) -> Result<Option<Value>, Trouble> {
        let path = format!("/servicePrincipals?$filter={}&$select=id", equal("appId", app));
        Ok(self.directory.list(&self.memory, &path)?.into_iter().next())
    }

    /// Permissions of the application itself: one assignment for each.
    pub(super) fn roles(&mut self) -> Result<(), Trouble> {
        let wanted = if self.wish.delegated { Vec::new() } else { self.permissions() };
        self.grant_roles(&wanted)
    }

    fn grant_roles(&mut self, wanted: &[Access]) -> Result<(), Trouble> {
        let (principal, graph) = (self.memory.text("principal").to_owned(), self.memory.text("graph").to_owned());
        let mut held = Vec::new();
        if !principal.is_empty() {
            let path = format!("/servicePrincipals/{principal}/appRoleAssignments?$top=999");
            held = self.directory.list(&self.memory, &path)?;
            held.retain(|each| each.word("resourceId") == Some(graph.as_str()));
        }
        for access in wanted {
            if held.iter().all(|each| each.word("appRoleId") != Some(access.role)) {
                let what = format!("Grant {} to the application", access.name);
                let body = json!({"principalId": principal, "resourceId": graph, "appRoleId": access.role});
                self.gave(access.name);
                self.change(&what, "POST", &format!("/servicePrincipals/{graph}/appRoleAssignedTo"), &body)?;
            }
        }
        for each in &held {
            let role = each.word("appRoleId").unwrap_or_default();
            let known = permissions::ALL.iter().find(|access| access.role == role && !wanted.contains(access));
            let known = known.filter(|access| self.may_take(access.name));
            if let (Some(access), Some(id)) = (known, each.word("id")) {
                let what = format!("Take {} back from the application", access.name);
                let path = format!("/servicePrincipals/{graph}/appRoleAssignedTo/{id}");
                self.change(&what, "DELETE", &path, &Value::Null)?;
            }
        }
        Ok(())
    }

    /// Permissions on behalf of persons: one grant for everybody, which lists them.
    pub(super) fn grants(&mut self) -> Result<(), Trouble> {
        let names = self.permissions().into_iter().map(|access| access.name).chain(OPEN_ID);
        let wanted: Vec<&str> = if self.wish.delegated { names.collect() } else { Vec::new() };
        self.grant_scopes(&wanted)
    }

    fn grant_scopes(&mut self, wanted: &[&str]) -> Result<(), Trouble> {
        let (principal, graph) = (self.memory.text("principal").to_owned(), self.memory.text("graph").to_owned());
        let mut grant = Value::Null;
        if !principal.is_empty() {
            let filter = format!("{}%20and%20{}", equal("clientId", &principal), equal("consentType", "AllPrincipals"));
            let path = format!("/oauth2PermissionGrants?$filter={filter}");
            let found = self.directory.list(&self.memory, &path)?;
            grant = found.into_iter().find(|each| each.word("resourceId") == Some(graph.as_str())).unwrap_or_default();
        }
        let held: Vec<&str> = grant.word("scope").unwrap_or_default().split_whitespace().collect();
        let is_known =
            |name: &str| OPEN_ID.contains(&name) || permissions::ALL.iter().any(|access| access.name == name);
        let stays = |name: &&str| wanted.contains(name) || !is_known(name) || !self.may_take(name);
        let mut next: Vec<&str> = held.iter().copied().filter(stays).collect();
        let kept = next.len();
        let new: Vec<&str> = wanted.iter().copied().filter(|name| !held.contains(name)).collect();
        next.extend(&new);
        if new.is_empty() && kept == held.len() {
            return Ok(());
        }
        new.iter().for_each(|name| self.gave(name));
        let scope = next.join(" ");
        match grant.word("id") {
            None => {
                let body = json!({"clientId": principal, "consentType": "AllPrincipals", "principalId": null,
                    "resourceId": graph, "scope": scope});
                let what = format!("Grant everybody through the application: {scope}");
                self.change(&what, "POST", "/oauth2PermissionGrants", &body)?;
            }
            Some(id) if scope.is_empty() => {
                let path = format!("/oauth2PermissionGrants/{id}");
                self.change("Take back what was granted to everybody", "DELETE", &path, &Value::Null)?;
            }
            Some(id) => {
                let what = format!("Grant everybody through the application, in all: {scope}");
                self.change(&what, "PATCH", &format!("/oauth2PermissionGrants/{id}"), &json!({"scope": scope}))?;
            }
        }
        Ok(())
    }

    /// Takes back, from an application that set-up did not make, what earlier runs added to it.
    pub(super) fn take_permissions_back(&mut self, application: &Value) -> Result<(), Trouble> {
        if self.wish.given.is_empty() {
            return Ok(());
        }
        for (name, app) in [("graph", GRAPH.to_owned()), ("principal", self.memory.text("app").to_owned())] {
            let found = self.principal_of(&app)?.unwrap_or_default();
            self.memory.take(name, &found, "id");
        }
        self.grant_roles(&[])?;
        self.grant_scopes(&[])?;
        if let Some((access, words)) = self.relist(application, Vec::new()) {
            let what = format!("Change the application \"{}\": {words}", self.name());
            let path = format!("/applications/{}", self.memory.text("object"));
            self.change(&what, "PATCH", &path, &json!({"requiredResourceAccess": access}))?;
        }
        Ok(())
    }
}

/// An application that set-up has made.
pub(super) fn is_ours(application: &Value) -> bool {
    application.texts("tags").iter().any(|tag| tag == TAG)
}

/// How it is kept that an application lists a permission, which is another thing than that it was granted.
fn listing(name: &str) -> String {
    format!("{name} (listed)")
}

/// The permission with this id, of either kind.
fn known(id: &str) -> Option<&'static Access> {
    permissions::ALL.iter().find(|access| access.scope == id || access.role == id)
}

fn is_graph(access: &Value) -> bool {
    access.word("resourceAppId") == Some(GRAPH)
}

/// The permissions of Microsoft Graph that an application lists.
fn listed(application: &Value) -> Vec<Value> {
    let all = application.items("requiredResourceAccess").iter().filter(|access| is_graph(access));
    all.flat_map(|access| access.items("resourceAccess")).cloned().collect()
}

/// A filter by equality, ready for a query. A quote in a text is doubled (OData 4.01 URL conventions, 5.1.1.6.1).
pub(super) fn equal(property: &str, text: &str) -> String {
    let quoted: String = form_urlencoded::byte_serialize(text.replace('\'', "''").as_bytes()).collect();
    format!("{property}%20eq%20%27{}%27", quoted.replace('+', "%20"))
}

/// Puts a field into an object.
fn put(object: &mut Value, name: &str, value: Value) {
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
