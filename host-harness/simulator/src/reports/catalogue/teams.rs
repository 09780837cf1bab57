//! Reports about Teams. One column's name has two blanks, as the service has sent it.

use crate::reports::cell::Cell;
use crate::reports::{About, Report};
use crate::tenant::product::Workload::Teams;

/// `getTeamsUserActivityUserDetail`.
pub(crate) const TEAMS_ACTIVITY: Report = Report {
    name: "getTeamsUserActivityUserDetail",
    dated_days: 30,
    by_period: true,
    about: About::Licensed(&[Teams]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("Tenant Display Name", Cell::Organization),
        ("Shared Channel Tenant Display Names", Cell::Fixed("")),
        ("User Id", Cell::UserId),
        ("User Principal Name", Cell::Principal),
        ("Last Activity Date", Cell::Last(Teams)),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Assigned Products", Cell::Products),
        ("Team Chat Message Count", Cell::Count(Teams, 8)),
        ("Private Chat Message Count", Cell::Count(Teams, 25)),
        ("Call Count", Cell::Count(Teams, 3)),
        ("Meeting Count", Cell::Count(Teams, 4)),
        ("Post Messages", Cell::Count(Teams, 2)),
        ("Reply Messages", Cell::Count(Teams, 6)),
        ("Urgent Messages", Cell::Count(Teams, 0)),
        ("Meetings Organized Count", Cell::Count(Teams, 1)),
        ("Meetings Attended Count", Cell::Count(Teams, 4)),
        ("Ad Hoc Meetings Organized Count", Cell::Count(Teams, 1)),
        ("Ad Hoc Meetings Attended Count", Cell::Count(Teams, 2)),
        ("Scheduled One-time Meetings Organized Count", Cell::Count(Teams, 1)),
        ("Scheduled One-time Meetings Attended Count", Cell::Count(Teams, 2)),
        ("Scheduled Recurring Meetings Organized Count", Cell::Count(Teams, 1)),
        ("Scheduled Recurring Meetings Attended Count", Cell::Count(Teams, 3)),
        ("Audio Duration", Cell::Duration(90)),
        ("Video Duration", Cell::Duration(40)),
        ("Screen Share Duration", Cell::Duration(20)),
        ("Audio Duration In Seconds", Cell::Seconds(90)),
        ("Video Duration In Seconds", Cell::Seconds(40)),
        ("Screen Share Duration In Seconds", Cell::Seconds(20)),
        ("Has Other Action", Cell::YesNo(Teams, 30)),
        ("Is Licensed", Cell::Fixed("Yes")),
        ("Report Period", Cell::Period),
    ],
};

/// `getTeamsDeviceUsageUserDetail`.
pub(crate) const TEAMS_DEVICES: Report = Report {
    name: "getTeamsDeviceUsageUserDetail",
    dated_days: 28,
    by_period: true,
    about: About::Licensed(&[Teams]),
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("User Id", Cell::UserId),
        ("User Principal Name", Cell::Principal),
        ("Last Activity Date", Cell::Last(Teams)),
        ("Is Deleted", Cell::IsDeleted),
        ("Deleted Date", Cell::DeletedDate),
        ("Used Web", Cell::YesNo(Teams, 45)),
        ("Used Windows Phone", Cell::YesNo(Teams, 0)),
        ("Used iOS", Cell::YesNo(Teams, 30)),
        ("Used Mac", Cell::YesNo(Teams, 14)),
        ("Used Android Phone", Cell::YesNo(Teams, 28)),
        ("Used Windows", Cell::YesNo(Teams, 82)),
        ("Used  Chrome OS", Cell::YesNo(Teams, 1)),
        ("Used Linux", Cell::YesNo(Teams, 2)),
        ("Is Licensed", Cell::Fixed("Yes")),
        ("Report Period", Cell::Period),
    ],
};
