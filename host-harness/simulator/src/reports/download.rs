//! The host that gives report files. It wants no token but the one in the address.

use crate::exchange::{Request, Response};
use crate::reports::cell::{Row, licensed};
use crate::reports::request::{PURPOSE, Ticket};
use crate::reports::{About, Report, Window, catalogue, refresh_day};
use crate::tenant::people::{Kind, User};
use crate::tenant::product::Role;
use crate::world::World;

/// The mark that begins each file.
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Days for which a day's report may still lack users.
const LATE: i32 = 2;

/// Answers a request to the host of report files.
pub(crate) fn answer(world: &World, request: &Request) -> Response {
    let refuse = |status, text: &str| {
        Response::empty(status).with("content-type", "text/plain").with_body(text.as_bytes().to_vec())
    };
    if request.headers.contains_key("authorization") {
        // A bearer token for Graph was shown to another host.
        return refuse(400, "This address must be asked without an Authorization header.");
    }
    if request.path != "/data/v1.0/download" {
        return refuse(404, "There is no such file.");
    }
    let fields = request.query_fields();
    let ticket: Option<Ticket> = fields.get("token").and_then(|token| world.seal.open(PURPOSE, token));
    let Some(ticket) = ticket else { return refuse(401, "The token is not valid.") };
    if world.clock.now().as_second() >= ticket.ends {
        return refuse(403, "The token has expired.");
    }
    let Some(report) = catalogue::find(&ticket.report) else { return refuse(404, "There is no such report.") };
    let window = Window { first: ticket.first, last: ticket.last, period: ticket.period };
    match file(world, report, window) {
        Ok(file) => {
            let disposition = format!("attachment; filename=\"{}.csv\"", report.name.trim_start_matches("get"));
            Response::empty(200)
                .with("content-type", "application/octet-stream")
                .with("content-disposition", disposition)
                .with_body(file)
        }
        Err(_) => refuse(500, "The file could not be written."),
    }
}

/// The report's rows.
pub(super) fn rows(world: &World, report: &Report, window: Window) -> Vec<Vec<String>> {
    let concealed = world.state().concealed;
    let removed = world.state().removed.clone();
    let refresh = refresh_day(world);
    let late = world.state().late_reports && window.period.is_none() && refresh - window.last < LATE;
    let tenant = &world.tenant;
    let mut rows = Vec::new();
    for (place, user) in (0u32..).zip(tenant.users.iter().chain(&tenant.deleted)) {
        if removed.contains(&place) || !is_about(world, report.about, user) {
            continue;
        }
        let row = Row::new(world, place, user, window, refresh, concealed);
        if window.period.is_none() && report.by_period && (!row.is_active() || (late && place % 3 == 0)) {
            // By date, a report lists only who did something that day, and not everyone of them at once.
            continue;
        }
        rows.push(report.columns.iter().map(|(_, cell)| row.text(*cell)).collect());
    }
    rows
}

/// Products with the desktop applications.
const DESKTOP: [Role; 7] =
    [Role::Standard, Role::Full, Role::Legacy, Role::Business, Role::Premium, Role::Apps, Role::BusinessApps];

/// The report's file: mark, header line, rows, each line ended as in a mail.
fn file(world: &World, report: &Report, window: Window) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(report.columns.iter().map(|(name, _)| name))?;
    for row in rows(world, report, window) {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn is_about(world: &World, about: About, user: &User) -> bool {
    if user.kind == Kind::Guest {
        return false;
    }
    let deleted = user.deleted_ago.is_some();
    match about {
        About::Licensed(workloads) => {
            let held = licensed(world, user);
            deleted || workloads.iter().any(|workload| held.has(*workload))
        }
        About::Copilot => !deleted && user.products().has(Role::Copilot),
        About::Applications => {
            let held = user.products();
            DESKTOP.into_iter().any(|role| held.has(role))
        }
    }
}
