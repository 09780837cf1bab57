//! Applications that may ask for tokens of the tenant.

use serde_json::{Value, json};

use crate::dice::{Dice, Topic};
use crate::exchange::Fields;
use crate::id::Id;
use crate::identity::authorize;
use crate::identity::permission::{role_id, scope_id};
use crate::identity::resource::GRAPH;
use crate::options::Options;

/// Where the product's own connections are sent back to.
pub(crate) const REDIRECT: &str = "http://localhost/connect";

/// The well-known public client that administrators have for set-up work.
pub(crate) const COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// The permissions that cover every row that the simulator gives.
pub(crate) const ALL_ROWS: [&str; 4] =
    ["AuditLog.Read.All", "Directory.Read.All", "ReportSettings.Read.All", "Reports.Read.All"];

/// The audience of an application that accounts of its own tenant alone may use.
pub(crate) const SINGLE_TENANT: &str = "AzureADMyOrg";

/// The one of an application that is made without naming any.
pub(crate) const EVERYBODY: &str = "AzureADandPersonalMicrosoftAccount";

/// A client secret.
#[derive(Clone)]
pub(crate) struct ClientSecret {
    /// The secret's id, often pasted in place of its text.
    pub(crate) id: Id,
    /// Its name.
    pub(crate) name: String,
    /// Its text.
    pub(crate) text: String,
    /// When it was made, in seconds since 1970.
    pub(crate) starts: i64,
    /// When it ends, in seconds since 1970.
    pub(crate) ends: i64,
}

/// An application's registration and what the tenant granted it.
#[derive(Clone)]
pub(crate) struct Registration {
    /// The client id.
    pub(crate) app_id: Id,
    /// The id of the registration.
    pub(crate) object_id: Id,
    /// The id of its service principal, once there is one.
    pub(crate) principal_id: Id,
    /// The name.
    pub(crate) name: String,
    /// Whose accounts may use it, such as `AzureADMyOrg`.
    pub(crate) audience: String,
    /// Allows public client flows, in which it proves itself by nothing.
    pub(crate) fallback: bool,
    /// Registered in this tenant.
    pub(crate) is_own: bool,
    /// Has a service principal.
    pub(crate) has_principal: bool,
    /// May not sign in any more.
    pub(crate) disabled: bool,
    /// Redirect addresses at which it proves itself.
    pub(crate) web: Vec<String>,
    /// Redirect addresses of a public client.
    pub(crate) native: Vec<String>,
    /// Marks that whoever made it has left on it.
    pub(crate) tags: Vec<String>,
    /// Certificates, as the directory writes them, with the key.
    pub(crate) keys: Vec<Value>,
    /// Its secrets.
    pub(crate) secrets: Vec<ClientSecret>,
    /// Permissions that the registration asks for on behalf of users.
    pub(crate) required: Vec<String>,
    /// Permissions that the registration asks for itself.
    pub(crate) required_roles: Vec<String>,
    /// Application permissions granted.
    pub(crate) roles: Vec<String>,
    /// Delegated permissions granted for everybody.
    pub(crate) scopes: Vec<String>,
}

impl Registration {
    fn new(dice: &mut Dice, name: &str, public: bool) -> Registration {
        Registration {
            app_id: dice.id(),
            object_id: dice.id(),
            principal_id: dice.id(),
            name: name.to_owned(),
            audience: SINGLE_TENANT.to_owned(),
            fallback: public,
            is_own: true,
            has_principal: true,
            disabled: false,
            web: if public { Vec::new() } else { vec![REDIRECT.to_owned()] },
            native: if public { vec![REDIRECT.to_owned()] } else { Vec::new() },
            tags: Vec::new(),
            keys: Vec::new(),
            secrets: Vec::new(),
            required: ALL_ROWS.map(str::to_owned).to_vec(),
            required_roles: ALL_ROWS.map(str::to_owned).to_vec(),
            roles: Vec::new(),
            scopes: Vec::new(),
        }
    }

    /// Proves itself by nothing in this request of a token: in the browser, because the redirect address is one of a public
    /// client; by a code or a password, because it allows public client flows. Speaking for itself, it has to have
    /// something to prove itself by.
    pub(crate) fn is_public(&self, form: &Fields) -> bool {
        match form.get("grant_type") {
            Some("authorization_code") => form.get("redirect_uri").is_some_and(|redirect| self.is_native(redirect)),
            Some("client_credentials") => self.fallback && self.secrets.is_empty() && self.keys.is_empty(),
            _ => self.fallback,
        }
    }

    /// The redirect address is one of a public client.
    pub(crate) fn is_native(&self, redirect: &str) -> bool {
        self.native.iter().any(|native| authorize::is_same(native, redirect))
    }

    /// All redirect addresses.
    pub(crate) fn redirects(&self) -> impl Iterator<Item = &String> {
        self.web.iter().chain(&self.native)
    }

    /// Grants what the registration asks for, as an administrator does for everybody.
    pub(crate) fn consent(&mut self) {
        add(&mut self.roles, &self.required_roles);
        add(&mut self.scopes, &self.required);
    }

    /// What the registration asks for, as the directory writes it.
    pub(crate) fn required_access(&self) -> Value {
        let entry = |id: Id, kind: &str| json!({"id": id.to_string(), "type": kind});
        let scopes = self.required.iter().filter_map(|name| Some(entry(scope_id(name)?, "Scope")));
        let roles = self.required_roles.iter().filter_map(|name| Some(entry(role_id(name)?, "Role")));
        let access: Vec<Value> = scopes.chain(roles).collect();
        if access.is_empty() { json!([]) } else { json!([{"resourceAppId": GRAPH, "resourceAccess": access}]) }
    }
}

/// Adds what is not there yet.
fn add(list: &mut Vec<String>, more: &[String]) {
    for name in more {
        if !list.contains(name) {
            list.push(name.clone());
        }
    }
}

/// The registrations that a tenant starts with.
pub(crate) struct Prepared {
    /// Confidential, consented to, with a secret.
    pub(crate) confidential: Registration,
    /// Public, consented to.
    pub(crate) public: Registration,
    /// Confidential, with a secret, and not consented to yet.
    pub(crate) fresh: Registration,
    /// The public client for set-up work.
    pub(crate) tools: Registration,
}

/// Makes the registrations of a tenant; secrets live two years from `now`, in seconds since 1970.
pub(crate) fn prepared(options: &Options, now: i64) -> Prepared {
    let mut dice = Dice::new(options.seed, Topic::Registration, 0, 0);
    let ends = now + 730 * crate::clock::DAY_SECONDS;
    let secret = |dice: &mut Dice| {
        let letters: String = dice.id().to_string().replace('-', "");
        ClientSecret { id: dice.id(), name: "first".to_owned(), text: format!("sim8Q~{letters}"), starts: now, ends }
    };
    let mut confidential = Registration::new(&mut dice, "Licence and usage collection", false);
    confidential.secrets.push(secret(&mut dice));
    confidential.consent();
    let mut public = Registration::new(&mut dice, "Licence and usage collection, public client", true);
    public.native.push(format!("https://{}/common/oauth2/nativeclient", options.cloud.authority()));
    public.consent();
    let mut fresh = Registration::new(&mut dice, "Not consented to yet", false);
    fresh.secrets.push(secret(&mut dice));
    let mut tools = Registration::new(&mut dice, "Microsoft Graph Command Line Tools", true);
    tools.app_id = Id::parse(COMMAND_LINE_TOOLS).unwrap_or(tools.app_id);
    tools.native = vec!["http://localhost".to_owned()];
    tools.required = Vec::new();
    tools.required_roles = Vec::new();
    tools.is_own = false;
    Prepared { confidential, public, fresh, tools }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(registration: &Registration, grant: &str) -> bool {
        let form = format!("grant_type={grant}&redirect_uri=http%3A%2F%2Flocalhost%3A51234%2Fconnect");
        registration.is_public(&Fields::parse(form.as_bytes()))
    }

    #[test]
    fn the_redirect_address_makes_a_client_public_in_the_browser_and_the_flag_by_a_code_or_a_password() {
        let all = prepared(&Options::default(), 0);
        let native = Registration { fallback: false, ..all.public };
        let flagged = Registration { fallback: true, ..all.confidential };
        assert!(asks(&native, "authorization_code") && !asks(&flagged, "authorization_code"));
        for grant in ["urn:ietf:params:oauth:grant-type:device_code", "password"] {
            assert!(!asks(&native, grant) && asks(&flagged, grant), "{grant}");
        }
        // It has a secret, and speaks for itself with it.
        assert!(!asks(&flagged, "client_credentials"));
    }
}
