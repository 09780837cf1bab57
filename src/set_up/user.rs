//! Who reads on behalf of the tenant: the restricted user, made on request with the fewest roles, and a person of the
//! tenant who lacks the role for it. Both are undone again.

use serde_json::{Value, json};

use super::directory::Trouble;
use super::form::{PASSWORD, USER_FIELD};
use super::record;
use super::wish::{REPORTS_READER, Role, value};
use super::work::{Work, equal};
use crate::fault;
use crate::json::Fields as _;
use crate::random;

/// Where directory roles are given and taken (`roleAssignments` of the Graph documentation).
const ASSIGNMENTS: &str = "/roleManagement/directory/roleAssignments";

/// What an administrator should know who asks for the classic pair of roles.
pub(super) const CLASSIC: &str = "The restricted user is Billing Administrator, who can buy and cancel subscriptions, and \
                                  Security Reader. Usage reports still need Reports Reader. Choose \
                                  restricted-user=reports-reader instead, and take the two roles away.";

impl Work<'_> {
    /// Makes the user, and gives it its roles.
    pub(super) fn user(&mut self) -> Result<(), Trouble> {
        if self.wish.roles.is_empty() {
            return Ok(());
        }
        let login = self.login()?;
        let path = format!("/users/{}", encoded(&login));
        let mut id = self.memory.text("user").to_owned();
        if id.is_empty() {
            let found = self.directory.find(&self.memory, &format!("{path}?$select=id,displayName,jobTitle"))?;
            let is_named = value(self.settings, USER_FIELD) == Some(login.as_str());
            id = match &found {
                // Made by this run, whose answer was lost.
                Some(user) if self.is_own(user) && self.memory.knows("candidate") => {
                    let candidate = self.memory.text("candidate").to_owned();
                    self.memory.put("password", candidate);
                    user.text("id").unwrap_or_default()
                }
                // Another connection may sign in with it: it is neither made anew nor given another password.
                Some(user) if self.is_own(user) && self.wish.password && !(is_named && self.knows_password()) => {
                    let what =
                        format!("Set-up made the user {login} before, and this connection does not know the password.");
                    let mend = format!(
                        "Give the user name and the password, after Reset password under Users if nobody knows it; or, if \
                         nothing else signs in with it, delete {login} under Users and run set-up again."
                    );
                    return Err(fault::other(&what, &mend).into());
                }
                // The connection may have a user of the classic guide, who lacks a role.
                Some(user) if self.is_own(user) || is_named => user.text("id").unwrap_or_default(),
                Some(_) => {
                    let what = format!("There is a user {login} already, whom set-up did not make.");
                    let mend = "Choose another name with --set restricted-user-name=NAME.";
                    return Err(fault::other(&what, mend).into());
                }
                None => self.make_user(&login)?,
            };
            self.memory.put("user", id.as_str());
            self.memory.put("login", login.as_str());
        }
        let lacking = self.lacking(&id, self.wish.roles)?;
        self.give(&login, &id, &lacking)
    }

    fn knows_password(&self) -> bool {
        value(self.settings, PASSWORD).is_some()
    }

    /// A user whom set-up made for the application: both names say so, since one alone may be anybody's.
    fn is_own(&self, user: &Value) -> bool {
        user.word("jobTitle") == Some(self.name()) && user.word("displayName") == Some(&display_name(self.name()))
    }

    /// Gives a role to the person who is named, and keeps in mind that it was not there before.
    pub(super) fn reader(&mut self) -> Result<(), Trouble> {
        let wanted = self.wish.reader.clone();
        if wanted.is_empty() {
            return Ok(());
        }
        let path = format!("/users/{}?$select=id,userPrincipalName", encoded(&wanted));
        let Some(person) = self.directory.find(&self.memory, &path)? else {
            let what = format!("There is no user {wanted} in the tenant.");
            return Err(
                fault::other(&what, "Give the principal name of the person who signs in to the connector.").into()
            );
        };
        let (id, login) = (person.text("id").unwrap_or_default(), person.text("userPrincipalName").unwrap_or(wanted));
        let line = [record::role(&login, &id)];
        let lacking = self.lacking(&id, &[REPORTS_READER])?;
        if !lacking.is_empty() {
            self.begins(&line);
        }
        self.give(&login, &id, &lacking)?;
        if self.has_begun(&line[0]) {
            self.records(&line);
            self.memory.put("reader", login);
        }
        Ok(())
    }

    fn give(&mut self, login: &str, id: &str, roles: &[Role]) -> Result<(), Trouble> {
        for (name, role) in roles {
            let body = json!({"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": role,
                "principalId": id, "directoryScopeId": "/"});
            self.change(&format!("Give {login} the role {name}"), "POST", ASSIGNMENTS, &body)?;
        }
        Ok(())
    }

    /// Which of the roles a user does not hold.
    fn lacking(&self, id: &str, roles: &[Role]) -> Result<Vec<Role>, Trouble> {
        let held = if id.is_empty() { Vec::new() } else { self.held(id)? };
        let lacks = |(_, role): &&Role| held.iter().all(|each| each.word("roleDefinitionId") != Some(role));
        Ok(roles.iter().filter(lacks).copied().collect())
    }

    /// The roles that a user holds for the whole tenant.
    fn held(&self, id: &str) -> Result<Vec<Value>, Trouble> {
        let mut held =
            self.directory.list(&self.memory, &format!("{ASSIGNMENTS}?$filter={}", equal("principalId", id)))?;
        // One for an administrative unit opens no report of the tenant.
        held.retain(|each| each.word("directoryScopeId") == Some("/"));
        Ok(held)
    }

    /// Takes the role back from those to whom earlier runs gave it. Who is gone, or lost the role, has none to take.
    fn take_back(&mut self) -> Result<(), Trouble> {
        let wish = self.wish;
        for (line, id) in wish.record.readers() {
            let path = format!("/users/{}?$select=id,userPrincipalName", encoded(id));
            if let Some(person) = self.directory.find(&self.memory, &path)? {
                let login = person.word("userPrincipalName").unwrap_or(id);
                let (name, role) = REPORTS_READER;
                for each in self.held(id)?.iter().filter(|each| each.word("roleDefinitionId") == Some(role)) {
                    let path = format!("{ASSIGNMENTS}/{}", each.word("id").unwrap_or_default());
                    self.change(&format!("Take the role {name} back from {login}"), "DELETE", &path, &Value::Null)?;
                }
            }
            self.strikes(&[line.to_owned()]);
        }
        Ok(())
    }

    fn make_user(&mut self, login: &str) -> Result<String, Trouble> {
        // A password has to hold three of four kinds of characters; 256 random bits may lack one.
        let password = match self.memory.text("candidate") {
            "" => format!("Aa1-{}", random::token()?),
            candidate => candidate.to_owned(),
        };
        let nickname = login.split('@').next().unwrap_or_default();
        let body = json!({
            "accountEnabled": true,
            "displayName": display_name(self.name()),
            "jobTitle": self.name(),
            "mailNickname": nickname,
            "userPrincipalName": login,
            "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": !self.wish.password},
        });
        self.memory.put("candidate", password.as_str());
        let made = self.change(&format!("Create the user {login}"), "POST", "/users", &body)?;
        if made.word("id").is_some() {
            self.memory.put("password", password);
        } else if !self.directory.preview {
            return Err(fault::protocol("Microsoft Graph made a user and does not say which.").into());
        }
        Ok(made.text("id").unwrap_or_default())
    }

    /// The principal name: in the domain that was given, else in the tenant's usual one.
    fn login(&mut self) -> Result<String, Trouble> {
        if self.memory.knows("login") {
            return Ok(self.memory.text("login").to_owned());
        }
        if self.wish.user.contains('@') {
            return Ok(self.wish.user.clone());
        }
        let tenants = self.directory.list(&self.memory, "/organization?$select=verifiedDomains")?;
        let domains = tenants.first().map(|tenant| tenant.items("verifiedDomains")).unwrap_or_default();
        let usual = domains.iter().find(|domain| domain.flag("isDefault") == Some(true)).or(domains.first());
        match usual.and_then(|domain| domain.word("name")) {
            Some(domain) => Ok(format!("{}@{domain}", self.wish.user)),
            None => Err(fault::protocol("Microsoft Graph does not say which domains the tenant has.").into()),
        }
    }

    /// Takes away what was made: the application last, by which a run that was interrupted finds the rest again.
    pub(super) fn remove(&mut self) -> Result<(), Trouble> {
        self.take_back()?;
        let application = self.seek()?;
        let by_name = application.is_some() || self.wish.is_named;
        let mut users = Vec::new();
        if by_name {
            let filter = equal("displayName", &display_name(self.name()));
            let path = format!("/users?$filter={filter}&$select=id,userPrincipalName,displayName,jobTitle");
            users = self.directory.list(&self.memory, &path)?;
            users.retain(|user| self.is_own(user));
        }
        for user in users {
            let (id, login) = (user.word("id").unwrap_or_default(), user.word("userPrincipalName").unwrap_or_default());
            self.memory.put("dismissed", login);
            self.change(&format!("Delete the user {login}"), "DELETE", &format!("/users/{id}"), &Value::Null)?;
        }
        match application {
            None => {}
            Some(_) if self.memory.knows("ours") => {
                let path = format!("/applications/{}", self.memory.text("object"));
                let what = format!("Delete the application \"{}\", with its permissions and secrets", self.name());
                self.change(&what, "DELETE", &path, &Value::Null)?;
            }
            Some(application) => {
                let name = self.name().to_owned();
                self.memory.put("stays", name);
                self.take_credentials(&application)?;
                self.take_additions_back(&application)?;
            }
        }
        self.conceal_names()
    }
}

/// What a user is called who is made for an application.
fn display_name(application: &str) -> String {
    format!("{application} (restricted user)")
}

/// A part of a path.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20").replace("%40", "@")
}
