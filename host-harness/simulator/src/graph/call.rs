//! One call of Graph, once its token and permission have been checked.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::exchange::{Request, Response};
use crate::fault::Mishap;
use crate::graph::error::GraphError;
use crate::graph::page::{self, Turn};
use crate::graph::query::Query;
use crate::id::Id;
use crate::identity::access_token::Claims;
use crate::world::World;

/// The version of Graph that is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Version {
    /// `v1.0`.
    V1,
    /// `beta`.
    Beta,
}

impl Version {
    /// The version as it stands in a path.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Version::V1 => "v1.0",
            Version::Beta => "beta",
        }
    }
}

/// One call.
pub(crate) struct Call<'a> {
    /// The world asked.
    pub(crate) world: &'a World,
    /// The request.
    pub(crate) request: &'a Request,
    /// The version asked.
    pub(crate) version: Version,
    /// The parts of the path that stand for ids and names.
    pub(crate) params: Vec<&'a str>,
    /// What the caller's token says.
    pub(crate) claims: Claims,
    /// When.
    pub(crate) now: Timestamp,
    /// What goes wrong on purpose.
    pub(crate) mishap: Option<&'a Mishap>,
}

impl Call<'_> {
    /// The query options, of which only those taken are allowed beside the page token.
    pub(crate) fn query(&self, taken: &[&str]) -> Result<Query, GraphError> {
        let (plain, _) = page::split(&self.request.query);
        Query::parse(plain, taken)
    }

    /// The part of the path at a place; an empty one when there is none.
    pub(crate) fn param(&self, place: usize) -> &str {
        self.params.get(place).copied().unwrap_or_default()
    }

    /// The body as a JSON object.
    ///
    /// # Errors
    /// When it is none.
    pub(crate) fn body(&self) -> Result<Value, GraphError> {
        let read: Option<Value> = serde_json::from_slice(&self.request.body).ok();
        read.filter(Value::is_object).ok_or_else(|| {
            GraphError::bad_request(
                "Unable to read JSON request payload. Please ensure Content-Type header is set and \
                                     payload is of valid JSON format.",
            )
        })
    }

    /// Refuses an object that was just made and that this server does not know yet.
    ///
    /// # Errors
    /// While it is not known.
    pub(crate) fn must_be_known(&self, id: &str) -> Result<(), GraphError> {
        let is_new = Id::parse(id).is_some_and(|id| self.world.state().spread(id));
        if is_new { Err(GraphError::not_found(id)) } else { Ok(()) }
    }

    /// The page asked for.
    pub(crate) fn turn(&self) -> Result<Turn, GraphError> {
        page::turn(self)
    }

    /// The context of an answer.
    pub(crate) fn context(&self, of: &str) -> String {
        format!("https://{}/{}/$metadata#{of}", self.request.host, self.version.segment())
    }

    /// An answer in JSON.
    pub(crate) fn json(&self, status: u16, body: &Value) -> Response {
        let content_type =
            "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
        Response::json(status, content_type, body)
    }

    /// An answer with one object.
    pub(crate) fn object(&self, context: &str, mut object: Value) -> Response {
        if let Some(fields) = object.as_object_mut() {
            fields.insert("@odata.context".to_owned(), json!(self.context(context)));
        }
        self.json(200, &object)
    }

    /// True when the token holds one of the permissions.
    pub(crate) fn may(&self, permissions: &[&str]) -> bool {
        let scopes = self.claims.scp.as_deref().unwrap_or_default();
        let held = self.claims.roles.iter().map(String::as_str).chain(scopes.split(' '));
        held.into_iter().any(|permission| permissions.contains(&permission))
    }
}

/// Puts a field into an object.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}
