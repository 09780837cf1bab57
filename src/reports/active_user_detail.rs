//! Who was active where within 180 days: `getOffice365ActiveUserDetail`. Features with a licence or with activity get a row.

use crate::reports::{Asked, Measure, UsageReport, day};

/// The id of the dataset.
pub const ID: &str = "active-user-detail";

/// What the report tells.
pub const MEASURES: &[Measure] = &[
    day("exchange", &["Exchange Last Activity Date", "Has Exchange License"], false),
    day("onedrive", &["OneDrive Last Activity Date", "Has OneDrive License"], false),
    day("sharepoint", &["SharePoint Last Activity Date", "Has SharePoint License"], false),
    day("skype-for-business", &["Skype For Business Last Activity Date", "Has Skype For Business License"], false),
    day("viva-engage", &["Yammer Last Activity Date", "Has Yammer License"], false),
    day("teams", &["Teams Last Activity Date", "Has Teams License"], false),
];

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activity by workload",
    help: "The last day on which each user was active in Exchange, OneDrive, SharePoint, Skype for Business, Viva Engage and Teams, within 180 days. Microsoft's report is about two days old.",
    function: "getOffice365ActiveUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "",
    measures: MEASURES,
    summed: false,
};

#[cfg(test)]
#[path = "active_user_detail_tests.rs"]
mod tests;
