//! The report about Copilot. By itself it comes as JSON, in pages; as CSV when that is asked for.

use crate::reports::cell::Cell;
use crate::reports::{About, Report};
use crate::tenant::product::Workload::Teams;

/// `getMicrosoft365CopilotUsageUserDetail`.
pub(crate) const COPILOT: Report = Report {
    name: "getMicrosoft365CopilotUsageUserDetail",
    dated_days: 0,
    by_period: true,
    about: About::Copilot,
    columns: &[
        ("Report Refresh Date", Cell::Refresh),
        ("Report Period", Cell::Period),
        ("User Principal Name", Cell::Principal),
        ("Display Name", Cell::DisplayName),
        ("Last Activity Date", Cell::Last(Teams)),
        ("Microsoft Teams Copilot Last Activity Date", Cell::Last(Teams)),
        ("Word Copilot Last Activity Date", Cell::LastOfSome(Teams, 60)),
        ("Excel Copilot Last Activity Date", Cell::LastOfSome(Teams, 35)),
        ("PowerPoint Copilot Last Activity Date", Cell::LastOfSome(Teams, 40)),
        ("Outlook Copilot Last Activity Date", Cell::LastOfSome(Teams, 70)),
        ("OneNote Copilot Last Activity Date", Cell::LastOfSome(Teams, 10)),
        ("Loop Copilot Last Activity Date", Cell::LastOfSome(Teams, 5)),
        ("Copilot Chat Last Activity Date", Cell::LastOfSome(Teams, 80)),
    ],
};
