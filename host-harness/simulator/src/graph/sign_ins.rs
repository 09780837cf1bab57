//! The sign-in log.

use serde_json::{Value, json};

use crate::clock::{DAY_SECONDS, instant, start_of};
use crate::exchange::Response;
use crate::fault::Mishap;
use crate::graph::call::{Call, Version};
use crate::graph::error::GraphError;
use crate::graph::filter::{self, Condition, Property};
use crate::graph::page::{self, Page, Position};
use crate::id::Id;
use crate::options::Premium;
use crate::sign_in_log::{Record, Sort, Source, day_of_user};
use crate::world::World;

/// The usual and the largest page.
const LARGEST: usize = 1000;

/// `GET /auditLogs/signIns`: sign-ins, newest first. Interactive ones, unless beta is asked for another sort.
pub(crate) fn list(call: &Call<'_>) -> Result<Response, GraphError> {
    if call.world.options.premium == Premium::None || call.mishap == Some(&Mishap::NotPremium) {
        return Err(GraphError::not_premium());
    }
    let query = call.query(&["filter", "top", "orderby"])?;
    let top = query.top(LARGEST, LARGEST)?;
    if query.get("orderby").is_some_and(|order| !order.eq_ignore_ascii_case("createdDateTime desc")) {
        return Err(GraphError::bad_request("Only 'createdDateTime desc' is supported by $orderby."));
    }
    let conditions = match query.get("filter") {
        Some(text) => filter::parse(text)?,
        None => Vec::new(),
    };
    if call.version == Version::V1 && conditions.iter().any(|each| matches!(each, Condition::Event(_))) {
        return Err(GraphError::bad_request(
            "Could not find a property named 'signInEventTypes' on type 'microsoft.graph.signIn'.",
        ));
    }
    let turn = call.turn()?;
    let after = turn.position.as_ref().and_then(Cursor::read);
    let search = Search::new(call, &conditions);
    let mut found = search.rows(after.as_ref(), top + 1, call.mishap == Some(&Mishap::Overlap));
    let more = found.len() > top;
    found.truncate(top);
    let next = found.last().filter(|_| more).map(Cursor::write);
    let rows = found.iter().map(|record| row(call, record)).collect();
    Ok(page::respond(call, &turn, "auditLogs/signIns", Page { rows, next, count: None }))
}

/// The last row of the page before.
struct Cursor {
    at: i64,
    user: u32,
    number: u32,
}

impl Cursor {
    fn read(position: &Position) -> Option<Cursor> {
        let [at, user, number] = position.0.as_slice() else { return None };
        Some(Cursor { at: *at, user: u32::try_from(*user).ok()?, number: u32::try_from(*number).ok()? })
    }

    fn write(record: &Record) -> Position {
        Position(vec![record.at, i64::from(record.user), i64::from(record.number)])
    }

    /// True when the record comes after this row, in the order newest first; with `same`, also for the row itself.
    fn precedes(&self, record: &Record, same: bool) -> bool {
        let (this, that) = ((self.at, self.user, self.number), (record.at, record.user, record.number));
        that < this || (same && that == this)
    }
}

struct Search<'a> {
    world: &'a World,
    from: i64,
    until: i64,
    user: Option<Option<u32>>,
    tests: Vec<&'a Condition>,
    now: i64,
    sort: Sort,
}

impl<'a> Search<'a> {
    fn new(call: &Call<'a>, conditions: &'a [Condition]) -> Search<'a> {
        let world = call.world;
        let now = call.now.as_second();
        let oldest = now - i64::from(world.options.retention_days) * DAY_SECONDS;
        let mut search =
            Search { world, from: oldest, until: now, user: None, tests: Vec::new(), now, sort: Sort::Interactive };
        for condition in conditions {
            match condition {
                Condition::From(at) => search.from = search.from.max(*at),
                Condition::Until(at) => search.until = search.until.min(*at),
                Condition::Event(sort) => search.sort = *sort,
                Condition::Equal(Property::UserId, id) => {
                    search.user = Some(Id::parse(id).and_then(|id| world.tenant.place(id)));
                }
                other => search.tests.push(other),
            }
        }
        search
    }

    fn rows(&self, after: Option<&Cursor>, most: usize, overlap: bool) -> Vec<Record> {
        let until = after.map_or(self.until, |cursor| self.until.min(cursor.at));
        let (first, last) = (self.from.div_euclid(DAY_SECONDS), until.div_euclid(DAY_SECONDS));
        let mut found = Vec::new();
        for day in (first..=last).rev() {
            for record in self.day(i32::try_from(day).unwrap_or(0)) {
                let turned = after.is_none_or(|cursor| cursor.precedes(&record, overlap));
                if turned && (self.from..=self.until).contains(&record.at) && self.holds(&record) {
                    found.push(record);
                    if found.len() == most {
                        return found;
                    }
                }
            }
        }
        found
    }

    /// All records of a day that may be asked for, newest first.
    fn day(&self, day: i32) -> Vec<Record> {
        let calendar = self.world.calendar();
        let mut records = match self.user {
            Some(Some(place)) if self.sort == Sort::Interactive => day_of_user(calendar, place, day),
            Some(Some(place)) => {
                let all = self.world.days.day(calendar, day, self.sort);
                all.iter().filter(|record| record.user == place).copied().collect()
            }
            Some(None) => Vec::new(),
            None => self.world.days.day(calendar, day, self.sort).to_vec(),
        };
        let state = self.world.state();
        let midnight = start_of(day);
        let late = state.late.iter().filter(|(visible, record)| {
            *visible <= self.now
                && record.sort == self.sort
                && (midnight..midnight + DAY_SECONDS).contains(&record.at)
                && self.user.is_none_or(|place| place == Some(record.user))
        });
        let before = records.len();
        records.extend(late.map(|(_, record)| *record));
        if records.len() > before {
            records.sort_unstable_by(|one, other| other.cmp(one));
        }
        records
    }

    fn holds(&self, record: &Record) -> bool {
        let is = |property: Property, text: &str| value(self.world, record, property).eq_ignore_ascii_case(text);
        self.tests.iter().all(|condition| match condition {
            Condition::ErrorCode(code) => record.error == *code,
            Condition::Equal(property, text) => is(*property, text),
            Condition::StartsWith(property, text) => {
                let value = value(self.world, record, *property).to_lowercase();
                value.starts_with(&text.to_lowercase())
            }
            Condition::From(_) | Condition::Until(_) | Condition::Event(_) => true,
        })
    }
}

fn value(world: &World, record: &Record, property: Property) -> String {
    let application = world.tenant.shelf.at(usize::from(record.application));
    let user = world.tenant.user(record.user);
    match property {
        Property::AppId => application.map(|each| each.app_id.to_string()),
        Property::AppDisplayName => Some(world.application_name(usize::from(record.application), record.at)),
        Property::UserId => user.map(|user| user.id.to_string()),
        Property::UserPrincipalName => user.map(|user| user.principal_name(&world.tenant.domains).to_lowercase()),
        Property::Id => Some(record.id(world.tenant.seed).to_string()),
    }
    .unwrap_or_default()
}

/// What the log says of an error code.
fn reason(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => return None,
        50126 => "Invalid username or password or Invalid on-premise username or password.",
        50074 => "User did not pass the MFA challenge.",
        50053 => {
            "Account is locked because user tried to sign in too many times with an incorrect user ID or password."
        }
        50057 => "User account is disabled. The account has been disabled by an administrator.",
        53003 => "Access has been blocked due to conditional access policies.",
        65001 => "User or administrator has not consented to use the application.",
        _ => "Other.",
    })
}

fn row(call: &Call<'_>, record: &Record) -> Value {
    let world = call.world;
    let tenant = &world.tenant;
    let application = tenant.shelf.at(usize::from(record.application));
    let user = tenant.user(record.user);
    let country = user.and_then(|user| user.country());
    let Source { correlation, device, browser, address, client } = record.source(tenant.seed);
    let mut row = json!({
        "id": record.id(tenant.seed).to_string(),
        "createdDateTime": instant(record.at),
        "userDisplayName": user.map(|user| user.display_name()),
        "userPrincipalName": user.map(|user| user.principal_name(&tenant.domains).to_lowercase()),
        "userId": user.map(|user| user.id.to_string()),
        "appId": application.map(|each| each.app_id.to_string()),
        "appDisplayName": world.application_name(usize::from(record.application), record.at),
        "ipAddress": address,
        "clientAppUsed": client,
        "correlationId": correlation.to_string(),
        "conditionalAccessStatus": if record.error == 53003 { "failure" } else { "notApplied" },
        "isInteractive": true,
        "riskDetail": "none",
        "riskLevelAggregated": "none",
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "riskEventTypes": [],
        "riskEventTypes_v2": [],
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "status": {"errorCode": record.error, "failureReason": reason(record.error).unwrap_or("Other."), "additionalDetails": null},
        "deviceDetail": {
            "deviceId": "",
            "displayName": "",
            "operatingSystem": device,
            "browser": browser,
            "isCompliant": false,
            "isManaged": false,
            "trustType": "",
        },
        "location": {
            "city": country.map(|each| each.city),
            "state": "",
            "countryOrRegion": country.map(|each| each.code),
            "geoCoordinates": {"altitude": null, "latitude": null, "longitude": null},
        },
        "appliedConditionalAccessPolicies": [],
    });
    if let (Version::Beta, Some(fields)) = (call.version, row.as_object_mut()) {
        let event = match record.sort {
            Sort::Interactive => "interactiveUser",
            Sort::NonInteractive => "nonInteractiveUser",
            Sort::Service => "servicePrincipal",
            Sort::Managed => "managedIdentity",
        };
        fields.insert("signInEventTypes".to_owned(), json!([event]));
        fields.insert("isInteractive".to_owned(), json!(record.sort == Sort::Interactive));
        fields.insert("servicePrincipalId".to_owned(), json!(""));
        fields.insert("servicePrincipalName".to_owned(), json!(null));
        if record.sort == Sort::Service {
            for name in ["userId", "userPrincipalName", "userDisplayName"] {
                fields.insert(name.to_owned(), json!(""));
            }
            let principal = application.map(|each| each.principal_id.to_string());
            fields.insert("servicePrincipalId".to_owned(), json!(principal));
            let name = world.application_name(usize::from(record.application), record.at);
            fields.insert("servicePrincipalName".to_owned(), json!(name));
        }
        fields.insert("homeTenantId".to_owned(), json!(tenant.id.to_string()));
        let owner = application.map(|each| each.owner.unwrap_or(tenant.id).to_string());
        fields.insert("appOwnerTenantId".to_owned(), json!(owner));
        fields.insert("authenticationProtocol".to_owned(), json!("none"));
        fields.insert("incomingTokenType".to_owned(), json!("none"));
    }
    row
}
