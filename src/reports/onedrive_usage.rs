//! What lies in OneDrive: `getOneDriveUsageAccountDetail`. Its last activity may be that of other people, so it is left out.

use crate::reports::{Asked, UsageReport, size};

/// The id of the dataset.
pub const ID: &str = "onedrive-usage";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Storage in OneDrive",
    help: "How much each user keeps in OneDrive.",
    function: "getOneDriveUsageAccountDetail",
    asked: Asked::Period,
    person: "Owner Principal Name",
    last: "",
    measures: &[
        size("onedrive-storage", &["Storage Used (Byte)"], "bytes"),
        size("onedrive-storage-files", &["File Count"], "files"),
    ],
    summed: false,
};
