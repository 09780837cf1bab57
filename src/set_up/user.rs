//! The restricted user: made on request, with the fewest roles, and taken away again.

use serde_json::{Value, json};

use super::directory::Trouble;
use super::form::{USER_FIELD, value};
use super::work::{Work, equal};
use crate::fault;
use crate::json::Fields as _;
use crate::random;

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
            let found = self.directory.find(&self.memory, &format!("{path}?$select=id,jobTitle"))?;
            match &found {
                // The connection may have a user of the classic guide, who lacks a role.
                Some(user)
                    if user.word("jobTitle") != Some(self.wish.name.as_str())
                        && value(self.settings, USER_FIELD) != Some(login.as_str()) =>
                {
                    let what = format!("There is a user {login} already, whom set-up did not make.");
                    let mend = "Choose another name with --set restricted-user-name=NAME.";
                    return Err(fault::other(&what, mend).into());
                }
                Some(user) => id = user.text("id").unwrap_or_default(),
                None => id = self.make_user(&login)?,
            }
            self.memory.put("user", id.as_str());
            self.memory.put("login", login.as_str());
        }
        let mut held = Vec::new();
        if !id.is_empty() {
            let path = format!("/roleManagement/directory/roleAssignments?$filter={}", equal("principalId", &id));
            held = self.directory.list(&self.memory, &path)?;
        }
        for (name, role) in self.wish.roles {
            if held.iter().all(|each| each.word("roleDefinitionId") != Some(role)) {
                let body = json!({"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": role,
                    "principalId": id, "directoryScopeId": "/"});
                let what = format!("Give {login} the role {name}");
                self.change(&what, "POST", "/roleManagement/directory/roleAssignments", &body)?;
            }
        }
        Ok(())
    }

    fn make_user(&mut self, login: &str) -> Result<String, Trouble> {
        // A password has to hold three of four kinds of characters; 256 random bits may lack one.
        let password = format!("Aa1-{}", random::token()?);
        let nickname = login.split('@').next().unwrap_or_default();
        let body = json!({
            "accountEnabled": true,
            "displayName": format!("{} (restricted user)", self.wish.name),
            "jobTitle": self.wish.name,
            "mailNickname": nickname,
            "userPrincipalName": login,
            "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": !self.wish.password},
        });
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

    /// Takes away what was made.
    pub(super) fn remove(&mut self) -> Result<(), Trouble> {
        // Once it is deleted, it is not looked for again in this run.
        let application = if self.memory.knows("deleted") { None } else { self.seek()? };
        if let Some(application) = application {
            let name = application.word("displayName").unwrap_or_default().to_owned();
            if self.memory.knows("ours") {
                let path = format!("/applications/{}", self.memory.text("object"));
                let what = format!("Delete the application \"{name}\", with its permissions and secrets");
                self.change(&what, "DELETE", &path, &Value::Null)?;
                self.memory.put("deleted", "yes");
            } else {
                self.memory.put("stays", name);
                for each in Self::own_secrets(&application) {
                    self.remove_secret(&each)?;
                }
                self.discard_certificates(None)?;
            }
        }
        let path = format!("/users?$filter={}&$select=id,userPrincipalName", equal("jobTitle", &self.wish.name));
        for user in self.directory.list(&self.memory, &path)? {
            let (id, login) = (user.word("id").unwrap_or_default(), user.word("userPrincipalName").unwrap_or_default());
            self.change(&format!("Delete the user {login}"), "DELETE", &format!("/users/{id}"), &Value::Null)?;
        }
        Ok(())
    }
}

/// A part of a path.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20").replace("%40", "@")
}
