//! On which devices Teams is used: `getTeamsDeviceUsageUserDetail`.

use crate::reports::{Asked, UsageReport, used};

/// The id of the dataset.
pub const ID: &str = "teams-device-usage";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Devices with Teams",
    help: "On which kinds of devices each user used Teams within 180 days.",
    function: "getTeamsDeviceUsageUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        used("teams-device-web", &["Used Web"]),
        used("teams-device-windows", &["Used Windows"]),
        used("teams-device-mac", &["Used Mac"]),
        used("teams-device-ios", &["Used iOS"]),
        used("teams-device-android", &["Used Android Phone"]),
        used("teams-device-chrome-os", &["Used Chrome OS"]),
        used("teams-device-linux", &["Used Linux"]),
        used("teams-device-windows-phone", &["Used Windows Phone"]),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "teams-device-days",
    title: "Days of devices with Teams",
    help: "The days on which each user used Teams on which kind of device. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};
