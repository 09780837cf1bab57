//! Usage reports: files that Microsoft makes once a day, and what is read out of them.
//!
//! One file is one report: a table of what its columns mean. [`reader`] reads them all.

pub mod activations;
pub mod active_user_days;
pub mod active_user_detail;
pub mod agenda;
pub mod app_user_detail;
pub mod copilot_usage;
pub mod csv;
pub mod email_activity;
pub mod email_app_usage;
pub mod json;
pub mod layout;
pub mod mailbox_usage;
pub mod onedrive_activity;
pub mod onedrive_usage;
pub mod reader;
pub mod sharepoint_activity;
pub mod teams_activity;
pub mod teams_device_usage;
pub mod viva_engage_activity;

use crate::cloud::Cloud;
use crate::contract::manifest::{Dataset, Verb};
use crate::contract::rows::Kind;
use crate::contract::types::Day;
use crate::datasets::{columns, permissions};
use crate::permission;

/// Days that a report looks back on: the longest period there is, so that any window up to 90 days can be judged.
pub const WINDOW: Day = 180;

/// Reports that the national clouds offer too, and only in beta (`reportroot-getoffice365activeuserdetail` and
/// `reportroot-getteamsdeviceusageuserdetail` of the Graph documentation of beta).
const ONLY_IN_BETA: [&str; 2] = [active_user_detail::REPORT.function, teams_device_usage::REPORT.function];

/// The call that proves a report where a cloud offers it elsewhere than the worldwide one: there it is answered with a
/// page, of which nothing is read.
#[must_use]
pub fn probe(id: &str, cloud: Cloud) -> Option<&'static str> {
    let report = ALL.iter().find(|report| report.id == id)?;
    (cloud != Cloud::Global && ONLY_IN_BETA.contains(&report.function))
        .then_some("/beta/reports/getOffice365ActiveUserDetail(period='D7')?$format=application/json")
}

/// A usage report.
pub struct UsageReport {
    /// The dataset; also its quota, and the beginning of the ids of its tasks.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// What it tells.
    pub help: &'static str,
    /// What Graph calls it.
    pub function: &'static str,
    /// How it is asked for.
    pub asked: Asked,
    /// The column with the principal name.
    pub person: &'static str,
    /// The column with the last day of any activity; empty when each measure has its own.
    pub last: &'static str,
    /// What is read out of it.
    pub measures: &'static [Measure],
    /// It has several lines for a person, which are added up.
    pub summed: bool,
}

/// How a report is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// By period.
    Period,
    /// Without any parameter.
    Whole,
    /// By day, each a task of its own.
    Day,
    /// By period, where Graph keeps reports on Copilot, and where it kept them before.
    Copilot,
}

/// A feature, and where the report tells of it.
pub struct Measure {
    /// As in `crate::features`.
    pub feature: &'static str,
    /// Its columns; what several mean, `value` says.
    pub columns: &'static [&'static str],
    /// What stands in them.
    pub value: Value,
    /// There is a row also for who holds it and does not use it, so that it can be told from not knowing.
    pub judged: bool,
}

/// What stands in the columns of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The last day of use. A second column says whether the person has a licence for it: who has gets a row.
    Day,
    /// Whether it was used: `Yes`, `True`, a number, or with what; empty, `No`, `False` or 0 when not.
    Used,
    /// Whether there is one. Says nothing of use.
    There,
    /// How often or how much it was used, in this unit; several columns are added.
    Count(&'static str),
    /// How much there is, in this unit. Says nothing of use.
    Size(&'static str),
    /// For how long it was used: seconds, or a span such as `PT1M5S`, in the first of the columns that is there.
    Time,
}

/// All reports, in the order in which people read of them.
pub const ALL: [&UsageReport; 22] = [
    &active_user_detail::REPORT,
    &active_user_days::REPORT,
    &app_user_detail::REPORT,
    &app_user_detail::DAYS,
    &activations::REPORT,
    &copilot_usage::REPORT,
    &email_activity::REPORT,
    &email_activity::DAYS,
    &email_app_usage::REPORT,
    &email_app_usage::DAYS,
    &mailbox_usage::REPORT,
    &teams_activity::REPORT,
    &teams_activity::DAYS,
    &teams_device_usage::REPORT,
    &teams_device_usage::DAYS,
    &onedrive_activity::REPORT,
    &onedrive_activity::DAYS,
    &onedrive_usage::REPORT,
    &sharepoint_activity::REPORT,
    &sharepoint_activity::DAYS,
    &viva_engage_activity::REPORT,
    &viva_engage_activity::DAYS,
];

/// The report that is this dataset.
#[must_use]
pub fn find(dataset: &str) -> Option<&'static UsageReport> {
    ALL.into_iter().find(|report| report.id == dataset)
}

/// How names come to be shown in usage reports.
#[must_use]
pub fn showing_names(cloud: Cloud) -> String {
    format!(
        "At {}, Settings, Org settings, Services, Reports, switch off \"Display concealed user, group, and site names in \
         all reports\".",
        cloud.office_centre()
    )
}

/// The reports of days that are read only when the setting `daily-reports` names them.
pub fn on_request() -> impl Iterator<Item = &'static UsageReport> {
    ALL.into_iter().filter(|report| report.asked == Asked::Day && report.id != active_user_days::ID)
}

const fn day(feature: &'static str, columns: &'static [&'static str], judged: bool) -> Measure {
    Measure { feature, columns, value: Value::Day, judged }
}

const fn used(feature: &'static str, columns: &'static [&'static str]) -> Measure {
    Measure { feature, columns, value: Value::Used, judged: false }
}

const fn count(feature: &'static str, columns: &'static [&'static str], unit: &'static str) -> Measure {
    Measure { feature, columns, value: Value::Count(unit), judged: false }
}

const fn size(feature: &'static str, columns: &'static [&'static str], unit: &'static str) -> Measure {
    Measure { feature, columns, value: Value::Size(unit), judged: false }
}

impl UsageReport {
    /// What the dataset is.
    #[must_use]
    pub fn describe(&self) -> Dataset {
        let features: Vec<&str> = self.measures.iter().map(|measure| measure.feature).collect();
        let features = format!("{}.", features.join(", "));
        let (from, to) = match self.asked {
            Asked::Day => ("The day.", "The day."),
            _ => ("179 days before the report's refresh date.", "The report's refresh date."),
        };
        Dataset {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            help: self.help.to_owned(),
            verb: Verb::Collect,
            kinds: vec![Kind::Usage],
            columns: columns(&[
                ("user", "The user's object id, where the report has it."),
                (
                    "principal-name",
                    "The user's principal name, or a pseudonym when the tenant conceals names in reports.",
                ),
                ("concealed", "The name is a pseudonym: the row cannot be joined with a user."),
                ("feature", &features),
                ("from", from),
                ("to", to),
                ("last-active", "The last day of use, or else of any activity in the report; empty: none in it."),
                ("count", "How often or how much; 0: known, and not used."),
                ("unit", "What is counted; bytes and seconds are meant for reckoning."),
            ]),
            permissions: permissions(&[&[permission::REPORTS]]),
            licence: None,
        }
    }

    /// The quota of its requests. Microsoft counts them for each function by itself.
    #[must_use]
    pub fn quota(&self) -> &'static str {
        ALL.iter().find(|report| report.function == self.function).map_or(self.id, |first| first.id)
    }

    /// Where it is asked for, below Graph's root: one address after the other, until one is known.
    fn addresses(&self, date: &str, cloud: Cloud) -> Vec<String> {
        let function = self.function;
        // As JSON it comes by itself: where these clouds keep files is not known.
        let (version, form) = match cloud != Cloud::Global && ONLY_IN_BETA.contains(&function) {
            true => ("beta", "?$format=application/json"),
            false => ("v1.0", ""),
        };
        let by_period = format!("{function}(period='D{WINDOW}')");
        match self.asked {
            Asked::Period => vec![format!("/{version}/reports/{by_period}{form}")],
            Asked::Whole => vec![format!("/v1.0/reports/{function}")],
            Asked::Day => vec![format!("/{version}/reports/{function}(date={date}){form}")],
            // As CSV it is one file; as JSON, which it is by itself, hundreds of pages in a large tenant.
            Asked::Copilot => vec![
                format!("/v1.0/copilot/reports/{by_period}?$format=text/csv"),
                format!("/beta/reports/{by_period}?$format=text/csv"),
                format!("/beta/reports/{by_period}"),
            ],
        }
    }
}

#[cfg(test)]
#[path = "samples_tests.rs"]
mod samples;
