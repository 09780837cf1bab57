//! Settings of usage reports.

use serde_json::{Value, json};

use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;

/// `GET /admin/reportSettings`: whether names are concealed.
pub(crate) fn report_settings(call: &Call<'_>) -> Result<Response, GraphError> {
    call.query(&[])?;
    let concealed = call.world.state().concealed;
    Ok(call.object("admin/reportSettings/$entity", json!({"displayConcealedNames": concealed})))
}

/// `PATCH /admin/reportSettings`.
pub(crate) fn change_report_settings(call: &Call<'_>) -> Result<Response, GraphError> {
    let body = call.body()?;
    let concealed = body.get("displayConcealedNames").and_then(Value::as_bool);
    let Some(concealed) = concealed else {
        return Err(GraphError::new(400, "BadRequest", "One or more properties are invalid."));
    };
    call.world.state().concealed = concealed;
    Ok(Response::empty(204))
}
