//! What the service itself adds up of sign-ins, in beta only: by application, and without a word of who.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::{day_of, instant, start_of};
use crate::exchange::Response;
use crate::graph::call::Call;
use crate::graph::error::GraphError;
use crate::graph::listing;
use crate::options::Premium;
use crate::sign_in_log::Sort;

/// Interactive sign-ins by application and error code of a day, up to now.
fn of_day(call: &Call<'_>, day: i32) -> BTreeMap<(u16, u32), u32> {
    let mut sums = BTreeMap::new();
    let records = call.world.days.day(call.world.calendar(), day, Sort::Interactive);
    for record in records.iter().filter(|record| record.at <= call.now.as_second()) {
        *sums.entry((record.application, record.error)).or_default() += 1;
    }
    sums
}

/// The days of a window that ends today.
fn window(call: &Call<'_>, days: i32) -> std::ops::RangeInclusive<i32> {
    let today = day_of(call.now);
    let kept = i32::from(call.world.options.retention_days);
    today - days.min(kept) + 1..=today
}

fn id_and_name(call: &Call<'_>, place: u16) -> (Option<String>, String) {
    let application = call.world.tenant.shelf.at(usize::from(place));
    let name = call.world.application_name(usize::from(place), call.now.as_second());
    (application.map(|each| each.app_id.to_string()), name)
}

/// `GET /reports/getAzureADApplicationSignInSummary(period='D30')`.
pub(crate) fn of_30_days(call: &Call<'_>) -> Result<Response, GraphError> {
    of_period(call, 30)
}

/// `GET /reports/getAzureADApplicationSignInSummary(period='D7')`.
pub(crate) fn of_7_days(call: &Call<'_>) -> Result<Response, GraphError> {
    of_period(call, 7)
}

fn of_period(call: &Call<'_>, days: i32) -> Result<Response, GraphError> {
    call.query(&[])?;
    let mut sums: BTreeMap<u16, (u32, u32)> = BTreeMap::new();
    for day in window(call, days) {
        for ((application, error), count) in of_day(call, day) {
            let sum = sums.entry(application).or_default();
            if error == 0 { sum.0 += count } else { sum.1 += count }
        }
    }
    let row = |(place, (good, bad)): (u16, (u32, u32))| {
        let (id, name) = id_and_name(call, place);
        json!({
            "id": id,
            "appDisplayName": name,
            "successfulSignInCount": good,
            "failedSignInCount": bad,
            "successPercentage": f64::from(good) * 100.0 / f64::from((good + bad).max(1)),
        })
    };
    let rows: Vec<Value> = sums.into_iter().map(row).collect();
    listing::respond(
        call,
        "Collection(microsoft.graph.applicationSignInSummary)",
        listing::USUAL,
        zipped(rows),
        |_, row| Ok(row),
    )
}

/// `GET /reports/applicationSignInDetailedSummary`: of each day, by application and error code.
pub(crate) fn detailed(call: &Call<'_>) -> Result<Response, GraphError> {
    if call.world.options.premium == Premium::None {
        return Err(GraphError::not_premium());
    }
    if call.claims.scp.is_none() {
        return Err(GraphError::denied_by_reports());
    }
    let query = call.query(&["top", "filter"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let mut rows = Vec::new();
    for day in window(call, 30) {
        for ((place, error), count) in of_day(call, day) {
            let (id, name) = id_and_name(call, place);
            rows.push(json!({
                "id": format!("{day}-{place}-{error}"),
                "appId": id,
                "appDisplayName": name,
                "status": {"errorCode": error, "failureReason": "Other.", "additionalDetails": null},
                "signInCount": count,
                "aggregatedEventDateTime": instant(start_of(day)),
            }));
        }
    }
    listing::respond(call, "reports/applicationSignInDetailedSummary", top, zipped(rows), |_, row| Ok(row))
}

/// `GET /reports/servicePrincipalSignInActivities`: when each application was last signed in to.
pub(crate) fn activities(call: &Call<'_>) -> Result<Response, GraphError> {
    let query = call.query(&["top", "filter", "orderby"])?;
    let top = query.top(listing::USUAL, listing::LARGEST)?;
    let mut last: BTreeMap<u16, i64> = BTreeMap::new();
    // Kept for longer than the log: here for forty days.
    for day in day_of(call.now) - 40..=day_of(call.now) {
        for record in call.world.days.day(call.world.calendar(), day, Sort::Interactive).iter() {
            if record.error == 0 && record.at <= call.now.as_second() {
                let known = last.entry(record.application).or_insert(record.at);
                *known = record.at.max(*known);
            }
        }
    }
    let row = |(place, at): (u16, i64)| {
        let (id, _) = id_and_name(call, place);
        let activity = json!({"lastSignInDateTime": instant(at), "lastSignInRequestId": ""});
        json!({
            "id": id,
            "appId": id,
            "lastSignInActivity": activity,
            "delegatedClientSignInActivity": activity,
            "delegatedResourceSignInActivity": {"lastSignInDateTime": null, "lastSignInRequestId": null},
            "applicationAuthenticationClientSignInActivity": {"lastSignInDateTime": null, "lastSignInRequestId": null},
            "applicationAuthenticationResourceSignInActivity": {"lastSignInDateTime": null, "lastSignInRequestId": null},
        })
    };
    let rows: Vec<Value> = last.into_iter().map(row).collect();
    listing::respond(call, "reports/servicePrincipalSignInActivities", top, zipped(rows), |_, row| Ok(row))
}

fn zipped(rows: Vec<Value>) -> impl Iterator<Item = (u32, Value)> {
    (0u32..).zip(rows)
}
