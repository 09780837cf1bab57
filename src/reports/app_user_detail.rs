//! Microsoft 365 Apps by platform: `getM365AppUserDetail`. Each user has a row for every platform, also for those not used;
//! an app on a platform has one when it was used.

use crate::reports::{Asked, Measure, UsageReport, Value, used};

/// The id of the dataset.
pub const ID: &str = "app-user-detail";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Use of Microsoft 365 Apps",
    help: "Which of the apps each user used within 180 days, and on which platforms: Windows, Mac, mobile devices and the web.",
    function: "getM365AppUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        platform("apps-windows", &["Windows"]),
        platform("apps-mac", &["Mac"]),
        platform("apps-mobile", &["Mobile"]),
        platform("apps-web", &["Web"]),
        used("outlook-windows", &["Outlook (Windows)"]),
        used("word-windows", &["Word (Windows)"]),
        used("excel-windows", &["Excel (Windows)"]),
        used("powerpoint-windows", &["PowerPoint (Windows)"]),
        used("onenote-windows", &["OneNote (Windows)"]),
        used("teams-windows", &["Teams (Windows)"]),
        used("outlook-mac", &["Outlook (Mac)"]),
        used("word-mac", &["Word (Mac)"]),
        used("excel-mac", &["Excel (Mac)"]),
        used("powerpoint-mac", &["PowerPoint (Mac)"]),
        used("onenote-mac", &["OneNote (Mac)"]),
        used("teams-mac", &["Teams (Mac)"]),
        used("outlook-mobile", &["Outlook (Mobile)"]),
        used("word-mobile", &["Word (Mobile)"]),
        used("excel-mobile", &["Excel (Mobile)"]),
        used("powerpoint-mobile", &["PowerPoint (Mobile)"]),
        used("onenote-mobile", &["OneNote (Mobile)"]),
        used("teams-mobile", &["Teams (Mobile)"]),
        used("outlook-web", &["Outlook (Web)"]),
        used("word-web", &["Word (Web)"]),
        used("excel-web", &["Excel (Web)"]),
        used("powerpoint-web", &["PowerPoint (Web)"]),
        used("onenote-web", &["OneNote (Web)"]),
        used("teams-web", &["Teams (Web)"]),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "app-user-days",
    title: "Days of use of Microsoft 365 Apps",
    help: "The days on which each user used which of the apps, and on which platforms. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};

const fn platform(feature: &'static str, columns: &'static [&'static str]) -> Measure {
    Measure { feature, columns, value: Value::Used, judged: true }
}
