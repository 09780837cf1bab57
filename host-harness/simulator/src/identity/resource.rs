//! Scopes, and the one resource that they may name.

use serde::{Deserialize, Serialize};

use crate::identity::errors::Refusal;
use crate::world::World;

/// Graph's application id, which may stand for its address.
pub(crate) const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Scopes that belong to no resource.
pub(crate) const OPEN_ID: [&str; 4] = ["offline_access", "openid", "profile", "email"];

/// What a request asks for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Scopes {
    /// Everything that the registration asks for or was granted.
    pub(crate) default: bool,
    /// Permissions, without the resource's address.
    pub(crate) permissions: Vec<String>,
    /// Scopes of OpenID Connect.
    pub(crate) open_id: Vec<String>,
}

impl Scopes {
    /// Reads the scopes of a request.
    ///
    /// # Errors
    /// When a scope names another resource than this cloud's Graph.
    pub(crate) fn parse(world: &World, text: &str) -> Result<Scopes, Refusal> {
        let root = format!("https://{}", world.options.cloud.graph());
        let mut scopes = Scopes::default();
        for scope in text.split_whitespace() {
            let (resource, name) = match scope.rsplit_once('/') {
                Some((resource, name)) => (resource.trim_end_matches('/'), name),
                None => (root.as_str(), scope),
            };
            if resource != root && resource != GRAPH {
                let text = format!(
                    "The resource principal named {resource} was not found in the tenant named {}. This can happen if \
                     the application has not been installed by the administrator of the tenant.",
                    world.tenant.name
                );
                return Err(Refusal::new(500_011, "invalid_resource", text));
            }
            match name {
                ".default" => scopes.default = true,
                name if OPEN_ID.contains(&name) => scopes.open_id.push(name.to_owned()),
                name => scopes.permissions.push(name.to_owned()),
            }
        }
        if scopes.default && !scopes.permissions.is_empty() {
            let text = format!(
                "The provided value for the input parameter 'scope' isn't valid: '{text}' mixes .default with others."
            );
            return Err(Refusal::new(70_011, "invalid_scope", text));
        }
        Ok(scopes)
    }
}
