//! Mailboxes and their sizes: `getMailboxUsageDetail`.

use crate::reports::{Asked, Measure, UsageReport, Value, size};

/// The id of the dataset.
pub const ID: &str = "mailbox-usage";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Mailboxes",
    help: "How large each mailbox is, how large it may become, and whether it has an archive.",
    function: "getMailboxUsageDetail",
    asked: Asked::Period,
    person: "User Principal Name",
    last: "Last Activity Date",
    measures: &[
        Measure { feature: "mailbox", columns: &["Storage Used (Byte)"], value: Value::Count("bytes"), judged: true },
        size("mailbox-quota", &["Prohibit Send/Receive Quota (Byte)"], "bytes"),
        size("mailbox-items", &["Item Count"], "items"),
        Measure { feature: "mailbox-archive", columns: &["Has Archive"], value: Value::There, judged: false },
    ],
    summed: false,
};
