//! Who reads on behalf of the tenant: the restricted user, made on request with the fewest roles, and a person of the
//! tenant who lacks the role for it. Both are undone again.

use serde_json::{Value, json};

use super::directory::Trouble;
use super::form::{PASSWORD, USER_FIELD};
use super::record;
use super::wish::{REPORTS_READER, ROLES, Role, value};
use super::work::{Work, equal};
use crate::fault;
use crate::json::Fields as _;
use crate::random;

/// Where directory roles are given and taken (`roleAssignments` of the Graph documentation).
const ASSIGNMENTS: &str = "/roleManagement/directory/roleAssignments";

/// What an administrator should know who asks for the classic pair of roles.
pub(super) const CLASSIC: &str = "The restricted user is Billing Administrator, who can buy and cancel subscriptions, and \
                                  Security Reader. Usage reports still need Reports Reader. Choose \
                                  restricted-user=reports-reader instead, which takes the two roles back.";

impl Work<'_> {
    /// Looks for those who are to be given a role, so that nothing is made when one of them cannot be.
    pub(super) fn persons(&mut self) -> Result<(), Trouble> {
        let wanted = self.wish.reader.clone();
        if !wanted.is_empty() {
            let path = format!("/users/{}?$select=id,userPrincipalName", encoded(&wanted));
            let Some(person) = self.directory.find(&self.memory, &path)? else {
                let what = format!("There is no user {wanted} in the tenant.");
                let mend = "Give the principal name of the person who signs in to the connector.";
                return Err(fault::other(&what, mend).into());
            };
            self.memory.take("reader", &person, "userPrincipalName");
            self.memory.take("reader-id", &person, "id");
        }
        if !self.wish.roles.is_empty() {
            self.seek()?;
            let login = self.login()?;
            self.memory.put("login", login.as_str());
            match self.user_called(&login)? {
                Some(user) => {
                    self.may_be_used(&user, &login)?;
                    self.memory.take("user", &user, "id");
                }
                None => self.can_be_made(&login)?,
            }
        }
        Ok(())
    }

    fn user_called(&self, login: &str) -> Result<Option<Value>, Trouble> {
        self.directory.find(&self.memory, &format!("/users/{}?$select=id,displayName,jobTitle", encoded(login)))
    }

    /// Whether a user who is there may be given the roles: one that set-up made, or that the connection names, as it may
    /// name one of the classic guide; and whose password is known, where the connector signs in with it.
    fn may_be_used(&mut self, user: &Value, login: &str) -> Result<(), Trouble> {
        let is_own = self.is_own(user);
        let is_named = value(self.settings, USER_FIELD).is_some_and(|named| named.eq_ignore_ascii_case(login));
        if !(is_own || is_named) {
            let what = format!("There is a user {login} already, whom set-up did not make.");
            let mend = "Choose another name with --set restricted-user-name=NAME.";
            return Err(fault::other(&what, mend).into());
        }
        if self.wish.password && !(is_named && value(self.settings, PASSWORD).is_some()) {
            let what = format!("There is a user {login} already, and this connection does not know the password.");
            // Another connection may sign in with it: it is neither made anew nor given another password.
            let mend = format!(
                "Give the user name and the password, after Reset password under Users if nobody knows it; or, if set-up \
                 made it and nothing else signs in with it, delete {login} under Users and run set-up again."
            );
            return Err(fault::other(&what, &mend).into());
        }
        if !is_own {
            self.memory.put("is-guest", "yes");
        }
        Ok(())
    }

    /// Makes the user, and gives it its roles.
    pub(super) fn user(&mut self) -> Result<(), Trouble> {
        if self.wish.roles.is_empty() {
            return Ok(());
        }
        let login = self.memory.text("login").to_owned();
        if !self.memory.knows("user") {
            // Made by this run, where the answer was lost.
            let made = if self.memory.knows("candidate") { self.user_called(&login)? } else { None };
            let id = match made {
                Some(user) => {
                    let candidate = self.memory.text("candidate").to_owned();
                    self.memory.put("password", candidate);
                    self.memory.note(&format!("Create the user {login}"), "POST /v1.0/users");
                    user.text("id").unwrap_or_default()
                }
                None => self.make_user(&login)?,
            };
            self.records(&[record::user(&login, &id)]);
            self.memory.put("user", id);
        }
        let id = self.memory.text("user").to_owned();
        let is_guest = self.memory.knows("is-guest");
        self.give(&login, &id, self.wish.roles, is_guest)?;
        // Roles that it was given before and that are not chosen any more: of one whom set-up made, whoever gave them.
        let wish = self.wish;
        for role in ROLES.into_iter().filter(|role| !wish.roles.contains(role)) {
            let line = wish.record.roles().find(|(_, given, of)| *given == role && *of == id).map(|(line, ..)| line);
            if !id.is_empty() && (line.is_some() || !is_guest) {
                self.take_role(role, &id, &login)?;
                self.strikes(&line.map(str::to_owned).into_iter().collect::<Vec<_>>());
            }
        }
        Ok(())
    }

    /// A user whom set-up made for the application: both names say so, since one alone may be anybody's; or the record, when
    /// the application was called otherwise.
    fn is_own(&self, user: &Value) -> bool {
        let is_named =
            user.word("jobTitle") == Some(self.name()) && user.word("displayName") == Some(&display_name(self.name()));
        is_named || self.wish.record.users().any(|(_, id)| user.word("id") == Some(id))
    }

    /// Gives a role to the person who is named.
    pub(super) fn reader(&mut self) -> Result<(), Trouble> {
        if !self.memory.knows("reader-id") {
            return Ok(());
        }
        let (id, login) = (self.memory.text("reader-id").to_owned(), self.memory.text("reader").to_owned());
        self.give(&login, &id, &[REPORTS_READER], true)
    }

    /// Gives what is lacking of roles. It is kept in mind of who stays, since who had a role before keeps it; and of the roles
    /// with which Graph lets nobody be deleted who was granted no more than set-up asks for (`user-delete` of the Graph
    /// documentation).
    fn give(&mut self, login: &str, id: &str, roles: &[Role], stays: bool) -> Result<(), Trouble> {
        let held = if id.is_empty() { Vec::new() } else { self.held(id)? };
        for role in roles {
            let line = [record::role(*role, login, id)];
            if held.iter().all(|each| each.word("roleDefinitionId") != Some(role.1)) {
                let body = json!({"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": role.1,
                    "principalId": id, "directoryScopeId": "/"});
                self.begins(&line);
                self.change(&format!("Give {login} the role {}", role.0), "POST", ASSIGNMENTS, &body)?;
            }
            // Also when the answer was lost, and it is found the next time.
            if (stays || *role != REPORTS_READER) && self.has_begun(&line[0]) {
                self.records(&line);
            }
            if stays && self.has_begun(&line[0]) {
                self.memory.put("gave-role", "yes");
            }
        }
        Ok(())
    }

    /// The roles that a user holds for the whole tenant.
    fn held(&self, id: &str) -> Result<Vec<Value>, Trouble> {
        let mut held =
            self.directory.list(&self.memory, &format!("{ASSIGNMENTS}?$filter={}", equal("principalId", id)))?;
        // One for an administrative unit opens no report of the tenant.
        held.retain(|each| each.word("directoryScopeId") == Some("/"));
        Ok(held)
    }

    /// Takes roles back from those to whom earlier runs gave them. Who is gone, or lost the role, has none to take.
    fn take_back(&mut self) -> Result<(), Trouble> {
        let wish = self.wish;
        for (line, role, id) in wish.record.roles() {
            let path = format!("/users/{}?$select=id,userPrincipalName", encoded(id));
            if let Some(person) = self.directory.find(&self.memory, &path)? {
                self.take_role(role, id, person.word("userPrincipalName").unwrap_or(id))?;
            }
            self.strikes(&[line.to_owned()]);
        }
        Ok(())
    }

    fn take_role(&mut self, (name, role): Role, id: &str, login: &str) -> Result<(), Trouble> {
        for each in self.held(id)?.iter().filter(|each| each.word("roleDefinitionId") == Some(role)) {
            let path = format!("{ASSIGNMENTS}/{}", each.word("id").unwrap_or_default());
            self.change(&format!("Take the role {name} back from {login}"), "DELETE", &path, &Value::Null)?;
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

    /// The domains of the tenant in which it has users of its own: not those of which another directory keeps them.
    fn domains(&self) -> Result<Vec<Value>, Trouble> {
        let tenants = self.directory.list(&self.memory, "/organization?$select=verifiedDomains")?;
        Ok(tenants.first().map(own_domains).unwrap_or_default())
    }

    /// The principal name: in the domain that was given, else in the tenant's usual one; in its first one, where another
    /// directory keeps the users of the usual one.
    fn login(&self) -> Result<String, Trouble> {
        if self.wish.user.contains('@') {
            return Ok(self.wish.user.clone());
        }
        match usual(&self.domains()?) {
            Some(domain) => Ok(format!("{}@{domain}", self.wish.user)),
            None => Err(fault::protocol("Microsoft Graph does not say which domains the tenant has.").into()),
        }
    }

    /// Whether a user can be made with this name: in a domain of the tenant.
    fn can_be_made(&self, login: &str) -> Result<(), Trouble> {
        let domain = login.split('@').nth(1).unwrap_or_default();
        let domains = self.domains()?;
        if domains.iter().filter_map(|domain| domain.word("name")).any(|name| name.eq_ignore_ascii_case(domain)) {
            return Ok(());
        }
        let what = format!("The tenant keeps no users of its own in {domain}, so that {login} cannot be made.");
        let mend = format!(
            "Give a name in one of its domains, such as binadox-reader@{}.",
            usual(&domains).unwrap_or_default()
        );
        Err(fault::other(&what, &mend).into())
    }

    /// Takes away what was made: the application last, by which a run that was interrupted finds the rest again.
    pub(super) fn remove(&mut self) -> Result<(), Trouble> {
        self.take_back()?;
        let application = self.seek()?;
        let is_shared = match &application {
            Some(application) if self.memory.knows("ours") && !self.wish.is_named => self.is_shared(application)?,
            _ => false,
        };
        let is_recorded = self.wish.record.users().next().is_some();
        for user in self.made_users(!(is_shared || is_recorded) && (application.is_some() || self.wish.is_named))? {
            let (id, login) = (user.word("id").unwrap_or_default(), user.word("userPrincipalName").unwrap_or_default());
            if value(self.settings, USER_FIELD) == Some(login) {
                self.begins(&[USER_FIELD.to_owned(), PASSWORD.to_owned()]);
            }
            self.change(&format!("Delete the user {login}"), "DELETE", &format!("/users/{id}"), &Value::Null)?;
        }
        self.is_gone(USER_FIELD);
        self.is_gone(PASSWORD);
        for (line, _) in self.wish.record.users() {
            self.strikes(&[line.to_owned()]);
        }
        match application {
            None => {}
            Some(_) if self.memory.knows("ours") && !is_shared => {
                let path = format!("/applications/{}", self.memory.text("object"));
                let what = format!("Delete the application \"{}\", with its permissions and secrets", self.name());
                self.change(&what, "DELETE", &path, &Value::Null)?;
            }
            Some(application) => {
                let name = self.name().to_owned();
                self.memory.put(if is_shared { "shared" } else { "stays" }, name);
                self.take_credentials(&application)?;
                if !is_shared {
                    self.take_additions_back(&application)?;
                }
            }
        }
        self.conceal_names()
    }

    /// Users whom set-up made: those of the record, and those who carry the names.
    fn made_users(&self, by_name: bool) -> Result<Vec<Value>, Trouble> {
        let fields = "$select=id,userPrincipalName,displayName,jobTitle";
        let mut users = Vec::new();
        if by_name {
            let filter = equal("displayName", &display_name(self.name()));
            users = self.directory.list(&self.memory, &format!("/users?$filter={filter}&{fields}"))?;
            users.retain(|user| self.is_own(user));
        }
        for (_, id) in self.wish.record.users() {
            if users.iter().all(|user| user.word("id") != Some(id)) {
                users.extend(self.directory.find(&self.memory, &format!("/users/{}?{fields}", encoded(id)))?);
            }
        }
        Ok(users)
    }
}

fn own_domains(tenant: &Value) -> Vec<Value> {
    tenant.items("verifiedDomains").iter().filter(|domain| domain.word("type") != Some("Federated")).cloned().collect()
}

/// The domain in which a tenant makes users; its first one, where another directory keeps those of the usual one.
fn usual(domains: &[Value]) -> Option<&str> {
    let by = |flag| domains.iter().find(|domain| domain.flag(flag) == Some(true));
    by("isDefault").or_else(|| by("isInitial")).and_then(|domain| domain.word("name"))
}

/// What a user is called who is made for an application.
fn display_name(application: &str) -> String {
    format!("{application} (restricted user)")
}

/// A part of a path.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20").replace("%40", "@")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_another_directory_keeps_the_usual_domain_the_first_one_is_taken() {
        let tenant = |kind: &str| {
            json!({"verifiedDomains": [
                {"name": "contoso.onmicrosoft.com", "isInitial": true, "isDefault": false, "type": "Managed"},
                {"name": "contoso.com", "isInitial": false, "isDefault": true, "type": kind},
            ]})
        };
        assert_eq!(usual(&own_domains(&tenant("Managed"))), Some("contoso.com"));
        assert_eq!(usual(&own_domains(&tenant("Federated"))), Some("contoso.onmicrosoft.com"));
        assert_eq!(usual(&own_domains(&json!({}))), None);
    }
}
