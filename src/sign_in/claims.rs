//! What an access token says of itself.
//!
//! The token is Graph's and not ours to judge: its claims are read without checking the signature, and serve to tell
//! a person what will work, never to decide whether something is allowed. `access-tokens` of the Entra documentation
//! lists the claims.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::json::Fields;
use crate::permission;
use crate::settings::Secret;

/// The claims that matter for what a connection can read. Each may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Permissions of the application itself.
    pub roles: Vec<String>,
    /// Delegated permissions, separated by blanks. Only a token on behalf of a person has them.
    pub scp: Option<String>,
    /// Template ids of the person's directory roles.
    pub wids: Vec<String>,
    /// The person, by principal name; by id where the token does not tell the name.
    pub person: Option<String>,
    /// The id of the tenant.
    pub tenant: Option<String>,
}

impl Claims {
    /// Reads the middle part of a token; `None` when the token has another form.
    #[must_use]
    pub fn of(token: &Secret) -> Option<Self> {
        let payload = token.reveal().split('.').nth(1)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: Value = serde_json::from_slice(&bytes).ok()?;
        claims.is_object().then(|| Self {
            roles: claims.texts("roles"),
            scp: claims.word("scp").map(str::to_owned),
            wids: claims.texts("wids"),
            person: claims.text("upn").or_else(|| claims.text("oid")),
            tenant: claims.text("tid"),
        })
    }

    /// The token speaks for a person.
    #[must_use]
    pub fn delegated(&self) -> bool {
        self.scp.is_some()
    }

    /// Whether a permission was granted, in either form, or the same with writing.
    #[must_use]
    pub fn grants(&self, permission: &str) -> bool {
        self.permissions().any(|granted| permission::covers(granted, permission))
    }

    /// All permissions by their names.
    pub fn permissions(&self) -> impl Iterator<Item = &str> {
        let delegated = self.scp.as_deref().unwrap_or_default().split_whitespace();
        self.roles.iter().map(String::as_str).chain(delegated)
    }

    /// Whether the person has one of these directory roles; `None` when the token does not tell. Every person has at
    /// least the role of a user, so an empty list means that it was left out for its length.
    #[must_use]
    pub fn has_role(&self, roles: &[&str]) -> Option<bool> {
        if self.wids.is_empty() {
            return None;
        }
        Some(self.wids.iter().any(|id| roles.iter().any(|role| role.eq_ignore_ascii_case(id))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> Secret {
        Secret::new(format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(payload)))
    }

    #[test]
    fn roles_and_scopes_both_grant() {
        let application = Claims::of(&token(r#"{"roles":["User.Read.All"],"aud":"x"}"#)).unwrap();
        assert!(application.grants("user.read.all") && !application.delegated());
        let person = Claims::of(&token(r#"{"scp":"openid User.Read.All","wids":["a"]}"#)).unwrap();
        assert!(person.grants("User.Read.All") && person.delegated());
        assert_eq!(person.has_role(&["A"]), Some(true));
        assert_eq!(person.has_role(&["b"]), Some(false));
    }

    #[test]
    fn a_token_of_another_form_tells_nothing() {
        for text in
            ["", "opaque", "a.b.c", "e30.%%.x", "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6Ik1uQ19WWmNBVGZNNXBP..."]
        {
            assert_eq!(Claims::of(&Secret::new(text.to_owned())), None, "{text}");
        }
        let bare = Claims::of(&token("{}")).unwrap();
        assert!(!bare.grants("User.Read.All"));
        assert_eq!(bare.has_role(&["a"]), None);
    }
}
