//! Messages in Viva Engage, formerly Yammer: `getYammerActivityUserDetail`.

use crate::reports::{Asked, UsageReport, count};

/// The id of the dataset.
pub const ID: &str = "viva-engage-activity";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activity in Viva Engage",
    help: "How many messages in Viva Engage each user posted, read and liked within 180 days.",
    function: "getYammerActivityUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        count("viva-engage-posted", &["Posted Count"], "messages"),
        count("viva-engage-read", &["Read Count"], "messages"),
        count("viva-engage-liked", &["Liked Count"], "messages"),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "viva-engage-days",
    title: "Days of activity in Viva Engage",
    help: "The days on which each user posted, read and liked in Viva Engage. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};
