//! With which programs mail is read: `getEmailAppUsageUserDetail`.

use crate::reports::{Asked, UsageReport, used};

/// The id of the dataset.
pub const ID: &str = "email-app-usage";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Mail programs",
    help: "With which programs each user read mail within 180 days.",
    function: "getEmailAppUsageUserDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        used("mail-app-mail-mac", &["Mail For Mac"]),
        used("mail-app-outlook-mac", &["Outlook For Mac"]),
        used("mail-app-outlook-windows", &["Outlook For Windows"]),
        used("mail-app-outlook-mobile", &["Outlook For Mobile"]),
        used("mail-app-other-mobile", &["Other For Mobile"]),
        used("mail-app-outlook-web", &["Outlook For Web"]),
        used("mail-app-pop3", &["POP3 App"]),
        used("mail-app-imap4", &["IMAP4 App"]),
        used("mail-app-smtp", &["SMTP App"]),
    ],
    summed: false,
};

/// The same by day: only what was used has a row.
pub const DAYS: UsageReport = UsageReport {
    id: "email-app-days",
    title: "Days of mail programs",
    help: "The days on which each user used which mail program. Read only when the setting daily-reports names it.",
    asked: Asked::Day,
    ..REPORT
};
