//! Desktop apps that were activated: `getOffice365ActivationsUserDetail`, which has one line per user and product.

use crate::reports::{Asked, Measure, UsageReport, Value};

/// The id of the dataset.
pub const ID: &str = "activations";

/// The report.
pub const REPORT: UsageReport = UsageReport {
    id: ID,
    title: "Activations of desktop apps",
    help: "On how many devices each user has activated Office apps, by kind of device, over all products. The report has no window: it tells of all time.",
    function: "getOffice365ActivationsUserDetail",
    asked: Asked::Whole,
    person: "User Principal Name",
    last: "Last Activated Date",
    measures: &[
        devices("activation-windows", &["Windows"]),
        devices("activation-mac", &["Mac"]),
        devices("activation-mobile", &["Windows 10 Mobile", "iOS", "Android"]),
    ],
    summed: true,
};

const fn devices(feature: &'static str, columns: &'static [&'static str]) -> Measure {
    Measure { feature, columns, value: Value::Count("devices"), judged: true }
}
