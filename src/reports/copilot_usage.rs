//! Microsoft 365 Copilot by app: `getMicrosoft365CopilotUsageUserDetail`. Each user of the report has a row for every app, also
//! for those in which Copilot was not used.

use crate::reports::{Asked, UsageReport, day};

/// The id of the dataset.
pub const ID: &str = "copilot-usage";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Use of Copilot",
    help: "The last day on which each user used Microsoft 365 Copilot, and in which app.",
    function: "getMicrosoft365CopilotUsageUserDetail",
    asked: Asked::Copilot,
    person: "User Principal Name",
    last: "",
    measures: &[
        day("copilot", &["Last Activity Date"], true),
        day("copilot-teams", &["Microsoft Teams Copilot Last Activity Date"], true),
        day("copilot-word", &["Word Copilot Last Activity Date"], true),
        day("copilot-excel", &["Excel Copilot Last Activity Date"], true),
        day("copilot-powerpoint", &["PowerPoint Copilot Last Activity Date"], true),
        day("copilot-outlook", &["Outlook Copilot Last Activity Date"], true),
        day("copilot-onenote", &["OneNote Copilot Last Activity Date"], true),
        day("copilot-loop", &["Loop Copilot Last Activity Date"], true),
        day("copilot-chat", &["Copilot Chat Last Activity Date"], true),
    ],
    summed: false,
};
