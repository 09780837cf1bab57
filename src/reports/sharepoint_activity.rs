//! Work with files and pages in SharePoint: `getSharePointActivityUserDetail`.

use crate::reports::{Asked, UsageReport, count};

/// The id of the dataset.
pub const ID: &str = "sharepoint-activity";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activity in SharePoint",
    help: "How many files in SharePoint each user viewed, edited, synchronised and shared, and how many pages each visited, within 180 days.",
    function: "getSharePointActivityUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        count("sharepoint-files", &["Viewed Or Edited File Count"], "files"),
        count("sharepoint-synced", &["Synced File Count"], "files"),
        count("sharepoint-shared-internally", &["Shared Internally File Count"], "files"),
        count("sharepoint-shared-externally", &["Shared Externally File Count"], "files"),
        count("sharepoint-pages", &["Visited Page Count"], "pages"),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "sharepoint-activity-days",
    title: "Days of activity in SharePoint",
    help: "The days on which each user viewed, synchronised and shared files in SharePoint, and visited pages. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};
