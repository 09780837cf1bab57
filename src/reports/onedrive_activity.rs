//! Work with files in OneDrive: `getOneDriveActivityUserDetail`.

use crate::reports::{Asked, UsageReport, count};

/// The id of the dataset.
pub const ID: &str = "onedrive-activity";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activity in OneDrive",
    help: "How many files in OneDrive each user viewed, edited, synchronised and shared within 180 days.",
    function: "getOneDriveActivityUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        count("onedrive-files", &["Viewed Or Edited File Count"], "files"),
        count("onedrive-synced", &["Synced File Count"], "files"),
        count("onedrive-shared-internally", &["Shared Internally File Count"], "files"),
        count("onedrive-shared-externally", &["Shared Externally File Count"], "files"),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "onedrive-activity-days",
    title: "Days of activity in OneDrive",
    help: "The days on which each user viewed, synchronised and shared files in OneDrive. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};
