//! Mail and meetings: `getEmailActivityUserDetail`.

use crate::reports::{Asked, UsageReport, count};

/// The id of the dataset.
pub const ID: &str = "email-activity";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activity in mail",
    help: "How much mail each user sent, received and read, and how many meetings each created or answered, within 180 days.",
    function: "getEmailActivityUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        count("mail-sent", &["Send Count"], "messages"),
        count("mail-received", &["Receive Count"], "messages"),
        count("mail-read", &["Read Count"], "messages"),
        count("meetings-created", &["Meeting Created Count"], "meetings"),
        count("meetings-answered", &["Meeting Interacted Count"], "meetings"),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "email-activity-days",
    title: "Days of activity in mail",
    help: "The days on which each user sent, received and read mail, and created or answered meetings. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};
