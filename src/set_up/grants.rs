//! What the application may do: permissions of its own, permissions on behalf of persons, and what its registration lists.
//!
//! From an application that set-up made, whatever is not needed any more is taken back. To one that was there before,
//! permissions are added, and what was added is kept in the connection, each with its [`Kind`], so that it can be taken
//! back and nothing else.

use serde_json::{Value, json};

use super::directory::Trouble;
use super::permissions::{self, Access, GRAPH};
use super::record::{self, Kind};
use super::work::{PLATFORMS, REDIRECT, Work, equal, is_ours, put, redirects};
use crate::contract::set_up::Purpose;
use crate::json::Fields as _;
use crate::permission;

/// The scopes of a sign-in that lasts and names the person: granted with the others, so that nobody is asked for them.
const OPEN_ID: [&str; 3] = ["openid", "profile", "offline_access"];

/// What stands for no feature at all.
const NONE: &str = "none";

/// What an application lists from now on.
pub(super) struct Relisted {
    /// The field of the application.
    pub(super) access: Value,
    /// How it differs from what is there, in words; `None`: in nothing.
    pub(super) words: Option<String>,
    /// The lines of the record for what is added.
    pub(super) added: Vec<String>,
    /// The lines for what goes.
    pub(super) gone: Vec<String>,
}

impl Work<'_> {
    /// The permissions of the features.
    pub(super) fn permissions(&self) -> Vec<Access> {
        let mut all = match self.memory.text("features") {
            NONE => Vec::new(),
            features => permissions::of(features).unwrap_or_else(|_| permissions::every()),
        };
        if self.memory.knows("reads-directory") {
            all.retain(|access| !permissions::IN_DIRECTORY.contains(&access.name));
        }
        all
    }

    /// Chooses the features: those that are asked for; with a plus before the first, beside those that are there. Where
    /// nothing is asked for, those that are there, or all of a new application. Of one that others made, all; or none, when
    /// earlier runs chose, or something else than features is asked for.
    pub(super) fn choose(&mut self, application: Option<&Value>) {
        let listed: Vec<Value> = application.map(listed).unwrap_or_default();
        let ids: Vec<&str> = listed.iter().filter_map(|each| each.word("id")).collect();
        let has = |name: &str| {
            let access = permissions::ALL.iter().find(|access| access.name == name);
            access.is_some_and(|access| ids.contains(&access.scope) || ids.contains(&access.role))
        };
        let held = || match permissions::features(has).join(",") {
            held if held.is_empty() => NONE.to_owned(),
            held => held,
        };
        if has(permission::DIRECTORY) && !self.names_features() {
            self.memory.put("reads-directory", "yes");
        }
        let wish = self.wish;
        let asks_otherwise = !wish.reader.is_empty() || wish.shows_names;
        let features = match (wish.features.as_deref().map(|features| features.split_at_checked(1)), application) {
            (Some(Some(("+", _))), None) | (None, None) => String::new(),
            (Some(Some(("+", more))), Some(_)) => format!("{},{more}", held().trim_start_matches(NONE)),
            (Some(_), _) => wish.features.clone().unwrap_or_default(),
            (None, Some(application)) if is_ours(application) || wish.record.permits() => held(),
            (None, Some(_)) if asks_otherwise => NONE.to_owned(),
            (None, Some(_)) => String::new(),
        };
        self.memory.put("features", features);
    }

    /// Whether the application is left as it is, because others made it and no features are asked for.
    pub(super) fn leaves_application(&self) -> bool {
        self.memory.text("features") == NONE && !self.memory.knows("ours")
    }

    /// Whether all features are named, so that what none of them needs can go.
    fn names_features(&self) -> bool {
        self.wish.features.as_ref().is_some_and(|features| !features.starts_with('+'))
    }

    /// Whether a permission that is not needed is set-up's to take back. Where no features are named, only what another way
    /// of signing in needed: somebody may have changed the list by hand, from which they are read.
    fn may_take(&self, kind: Kind, name: &str) -> bool {
        let is_own = self.memory.knows("ours") || self.wish.record.holds(&kind.of(name));
        let of_persons = matches!(kind, Kind::Everybody | Kind::ListedScope);
        is_own && (self.names_features() || self.wish.purpose == Purpose::Remove || of_persons != self.wish.delegated)
    }

    /// Notes what was given to an application that set-up did not make.
    pub(super) fn given(&mut self, lines: &[String]) {
        if !self.memory.knows("ours") {
            self.records(lines);
        }
    }

    /// The permissions as an application lists them.
    pub(super) fn wanted(&self) -> Vec<Value> {
        let one = |access: &Access| match self.wish.delegated {
            true => json!({"id": access.scope, "type": "Scope"}),
            false => json!({"id": access.role, "type": "Role"}),
        };
        self.permissions().iter().map(one).collect()
    }

    /// What an application has to list instead of what it does.
    pub(super) fn relist(&self, application: &Value, wanted: Vec<Value>) -> Relisted {
        let listed = listed(application);
        let goes = |listed: &Value| {
            !wanted.contains(listed) && known(listed).is_some_and(|(kind, access)| self.may_take(kind, access.name))
        };
        let (gone, kept): (Vec<Value>, Vec<Value>) = listed.into_iter().partition(goes);
        let new: Vec<Value> = wanted.into_iter().filter(|each| !kept.contains(each)).collect();
        let noun = |count| if count == 1 { "permission" } else { "permissions" };
        let words = match (new.len(), gone.len()) {
            (0, 0) => None,
            (new, 0) => Some(format!("list {new} more {}", noun(new))),
            (0, gone) => Some(format!("list {gone} {} less", noun(gone))),
            (new, gone) => Some(format!("list {new} more {} and {gone} less", noun(new))),
        };
        let names = |all: &[Value]| -> Vec<String> {
            all.iter().filter_map(known).map(|(kind, access)| kind.of(access.name)).collect()
        };
        let (added, gone) = (names(&new), names(&gone));
        let others = application.items("requiredResourceAccess").iter().filter(|access| !is_graph(access)).cloned();
        let access: Vec<Value> = kept.into_iter().chain(new).collect();
        let graph = (!access.is_empty()).then(|| json!({"resourceAppId": GRAPH, "resourceAccess": access}));
        Relisted { access: others.chain(graph).collect(), words, added, gone }
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
            let kept = [Kind::Application.of(access.name)];
            let is_held = held.iter().any(|each| each.word("appRoleId") == Some(access.role));
            if !is_held {
                let what = format!("Grant {} to the application", access.name);
                let body = json!({"principalId": principal, "resourceId": graph, "appRoleId": access.role});
                self.begins(&kept);
                self.change(&what, "POST", &format!("/servicePrincipals/{graph}/appRoleAssignedTo"), &body)?;
            }
            if !is_held || self.has_begun(&kept[0]) {
                self.given(&kept);
            }
        }
        for each in &held {
            let role = each.word("appRoleId").unwrap_or_default();
            let known = permissions::ALL.iter().find(|access| access.role == role && !wanted.contains(access));
            let known = known.filter(|access| self.may_take(Kind::Application, access.name));
            if let (Some(access), Some(id)) = (known, each.word("id")) {
                let what = format!("Take {} back from the application", access.name);
                let path = format!("/servicePrincipals/{graph}/appRoleAssignedTo/{id}");
                self.change(&what, "DELETE", &path, &Value::Null)?;
                self.strikes(&[Kind::Application.of(access.name)]);
            }
        }
        Ok(())
    }

    /// Permissions on behalf of persons: one grant for everybody, which lists them.
    pub(super) fn grants(&mut self) -> Result<(), Trouble> {
        let permissions = self.permissions();
        let names = permissions.iter().map(|access| access.name).chain(OPEN_ID);
        let wanted: Vec<&str> =
            if self.wish.delegated && !permissions.is_empty() { names.collect() } else { Vec::new() };
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
        let goes = |name: &&str| !wanted.contains(name) && is_known(name) && self.may_take(Kind::Everybody, name);
        let (gone, mut next): (Vec<&str>, Vec<&str>) = held.iter().copied().partition(goes);
        let new: Vec<&str> = wanted.iter().copied().filter(|name| !held.contains(name)).collect();
        next.extend(&new);
        let kept = |names: &[&str]| -> Vec<String> { names.iter().map(|name| Kind::Everybody.of(name)).collect() };
        let mut given = kept(wanted);
        given.retain(|each| kept(&new).contains(each) || self.has_begun(each));
        if !(new.is_empty() && gone.is_empty()) {
            self.begins(&kept(&new));
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
        }
        self.given(&given);
        self.strikes(&kept(&gone));
        if !self.leaves_application() {
            self.memory.put("granted", "yes");
        }
        Ok(())
    }

    /// Takes back, from an application that set-up did not make, what earlier runs added to it.
    pub(super) fn take_additions_back(&mut self, application: &Value) -> Result<(), Trouble> {
        if self.wish.record.permits() {
            for (name, app) in [("graph", GRAPH.to_owned()), ("principal", self.memory.text("app").to_owned())] {
                let found = self.principal_of(&app)?.unwrap_or_default();
                self.memory.take(name, &found, "id");
            }
            self.grant_roles(&[])?;
            self.grant_scopes(&[])?;
        }
        let (mut body, mut what) = (json!({}), Vec::new());
        let Relisted { access, words, mut gone, .. } = self.relist(application, Vec::new());
        if let Some(words) = words {
            put(&mut body, "requiredResourceAccess", access);
            what.push(words);
        }
        for platform in PLATFORMS {
            let line = record::redirect(platform);
            let mut redirects = redirects(application, platform);
            if self.wish.record.holds(&line) && redirects.iter().any(|redirect| redirect == REDIRECT) {
                redirects.retain(|redirect| redirect != REDIRECT);
                put(&mut body, platform, json!({"redirectUris": redirects}));
                what.push(format!("remove the redirect address {REDIRECT}"));
                gone.push(line);
            }
        }
        if self.wish.record.holds(record::FLOWS) && application.flag("isFallbackPublicClient") == Some(true) {
            put(&mut body, "isFallbackPublicClient", false.into());
            what.push("allow no public client flows".to_owned());
            gone.push(record::FLOWS.to_owned());
        }
        if !what.is_empty() {
            let what = format!("Change the application \"{}\": {}", self.name(), what.join(", "));
            let path = format!("/applications/{}", self.memory.text("object"));
            self.change(&what, "PATCH", &path, &body)?;
        }
        self.strikes(&gone);
        Ok(())
    }
}

/// The permission that a registration lists, and in which way.
fn known(listed: &Value) -> Option<(Kind, &'static Access)> {
    let id = listed.word("id")?;
    let access = permissions::ALL.iter().find(|access| access.scope == id || access.role == id)?;
    Some((if access.role == id { Kind::ListedRole } else { Kind::ListedScope }, access))
}

fn is_graph(access: &Value) -> bool {
    access.word("resourceAppId") == Some(GRAPH)
}

/// The permissions of Microsoft Graph that an application lists.
fn listed(application: &Value) -> Vec<Value> {
    let all = application.items("requiredResourceAccess").iter().filter(|access| is_graph(access));
    all.flat_map(|access| access.items("resourceAccess")).cloned().collect()
}
