//! Who was active where on a day: `getOffice365ActiveUserDetail` by date. Microsoft keeps 30 days; each day that was read once
//! stays in the history of the connection. Only active features get a row.

use crate::reports::{Asked, UsageReport, active_user_detail::MEASURES};

/// The id of the dataset.
pub const ID: &str = "active-user-days";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Days of activity by workload",
    help: "The days on which each user was active in Exchange, OneDrive, SharePoint, Skype for Business, Viva Engage and Teams. Microsoft keeps 30 days; the history goes on growing with each run.",
    function: "getOffice365ActiveUserDetail",
    asked: Asked::Day,
    person: "User Principal Name",
    last: "",
    measures: MEASURES,
    summed: false,
};
