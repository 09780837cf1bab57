//! Settings of usage reports.

use serde_json::json;

use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;

/// `GET /admin/reportSettings`: whether names are concealed.
pub(crate) fn report_settings(call: &Call<'_>) -> Result<Response, GraphError> {
    call.query(&[])?;
    let concealed = call.world.state().concealed;
    Ok(call.object("admin/reportSettings/$entity", json!({"displayConcealedNames": concealed})))
}
