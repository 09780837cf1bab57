//! Every documented sample of a usage report that stands beside the project, and the values that it shows.

use std::collections::BTreeSet;

use super::*;
use crate::bench::Bench;
use crate::contract::connector::Outcome;
use crate::contract::rows::Row;
use crate::features;
use crate::time;
use crate::wire::{self, Wire};

/// Feature, last day, count and unit of each row, as text; a name that is concealed is marked.
fn read(dataset: &str, body: &str) -> (Vec<String>, String) {
    // The samples in JSON name a next page: it is empty.
    let done = Bench::new(Wire::default().then(200, body).then(200, "{\"value\":[]}")).finish(dataset).unwrap();
    assert!(matches!(done.outcome, Outcome::Done(Some(_))), "{:?}", done.outcome);
    let line = |row: &Row| {
        let Row::Usage(row) = row else { panic!("{row:?}") };
        let last = row.last_active.map_or("never".to_owned(), time::day_text);
        let count = row.count.map_or("-".to_owned(), |count| count.to_string());
        let name = if row.concealed { "concealed " } else { "" };
        format!("{name}{} {last} {count} {}", row.feature, row.unit.as_deref().unwrap_or("-"))
    };
    (done.rows.iter().map(line).collect(), done.told())
}

/// The sample with what is no JSON in it mended.
fn json(name: &str) -> Option<String> {
    let text = wire::sample(&format!("reports-get{name}.json"))?;
    let mended = text.replace("\"reportPeriod\": 7,\n                }", "\"reportPeriod\": 7\n                }");
    let mended = mended.replace(": 00:00:00", ": \"00:00:00\"");
    // One sample has a blank that JSON does not know.
    Some(mended.replace('\u{a0}', " "))
}

#[track_caller]
fn shows(dataset: &str, name: &str, expected: &[&str]) {
    let Some(text) = json(name) else { return };
    assert_eq!(read(dataset, &text).0, expected, "{name}");
}

#[test]
fn the_documented_activity_by_workload_has_its_values() {
    let Some(text) = json("Office365ActiveUserDetail-beta") else { return };
    let (rows, told) = read("active-user-detail", &text);
    assert_eq!((rows, told), (vec!["exchange 2017-08-30 - -".to_owned()], String::new()));
}

#[test]
fn the_documented_use_of_apps_has_its_values() {
    for version in ["beta", "v1.0"] {
        shows(
            "app-user-detail",
            &format!("M365AppUserDetail-{version}"),
            &[
                "apps-windows 2020-06-30 1 -",
                "apps-mac never 0 -",
                "apps-mobile 2020-06-30 1 -",
                "apps-web never 0 -",
                "teams-windows 2020-06-30 1 -",
                "teams-mobile 2020-06-30 1 -",
                "teams-web 2020-06-30 1 -",
            ],
        );
    }
}

#[test]
fn the_documented_activations_have_their_values() {
    shows(
        "activations",
        "Office365ActivationsUserDetail-beta",
        &[
            "activation-windows 2017-08-20 5 devices",
            "activation-mac never 0 devices",
            "activation-mobile 2017-08-20 2 devices",
        ],
    );
}

#[test]
fn the_documented_use_of_copilot_has_its_values_behind_pseudonyms() {
    shows(
        "copilot-usage",
        "Microsoft365CopilotUsageUserDetail-beta",
        &[
            "concealed copilot 2024-06-12 - -",
            "concealed copilot-teams 2024-06-12 - -",
            "concealed copilot-word 2024-03-29 - -",
            "concealed copilot-excel never 0 -",
            "concealed copilot-powerpoint 2024-03-26 - -",
            "concealed copilot-outlook never 0 -",
            "concealed copilot-onenote never 0 -",
            "concealed copilot-loop never 0 -",
            "concealed copilot-chat 2024-01-10 - -",
        ],
    );
}

#[test]
fn the_documented_reports_on_mail_have_their_values() {
    shows(
        "email-activity",
        "EmailActivityUserDetail-beta",
        &[
            "mail-sent 2017-09-01 86 messages",
            "mail-received 2017-09-01 3198 messages",
            "mail-read 2017-09-01 388 messages",
        ],
    );
    shows(
        "email-app-usage",
        "EmailAppUsageUserDetail-beta",
        &["mail-app-outlook-mobile 2017-09-01 1 -", "mail-app-outlook-web 2017-09-01 1 -"],
    );
    shows(
        "mailbox-usage",
        "MailboxUsageDetail-beta",
        &[
            "mailbox 2017-09-01 10414748704 bytes",
            "mailbox-quota never 10737418240 bytes",
            "mailbox-items never 138481 items",
        ],
    );
}

#[test]
fn the_documented_reports_on_teams_have_their_values() {
    shows(
        "teams-activity",
        "TeamsUserActivityUserDetail-beta",
        &["teams-private-chat 2017-09-01 49 messages", "teams-calls 2017-09-01 2 calls"],
    );
    for version in ["beta", "beta-2023"] {
        shows(
            "teams-device-usage",
            &format!("TeamsDeviceUsageUserDetail-{version}"),
            &["teams-device-windows 2017-09-01 1 -", "teams-device-ios 2017-09-01 1 -"],
        );
    }
}

#[test]
fn the_documented_reports_on_files_and_messages_have_their_values() {
    shows("onedrive-activity", "OneDriveActivityUserDetail-beta", &["onedrive-files 2017-09-01 1 files"]);
    shows(
        "onedrive-usage",
        "OneDriveUsageAccountDetail-beta",
        &["onedrive-storage never 12190375 bytes", "onedrive-storage-files never 9 files"],
    );
    shows(
        "sharepoint-activity",
        "SharePointActivityUserDetail-beta",
        &["sharepoint-files 2017-09-01 4 files", "sharepoint-pages 2017-09-01 1 pages"],
    );
    shows(
        "viva-engage-activity",
        "YammerActivityUserDetail-beta",
        &["viva-engage-posted 2017-09-01 2 messages", "viva-engage-read 2017-09-01 5 messages"],
    );
}

/// A line below a heading: each column has a value of its own that fits it.
fn line(heading: &str) -> String {
    let cell = |(place, name): (usize, &str)| match name {
        "Report Refresh Date" => "2026-11-18".to_owned(),
        "User Principal Name" | "Owner Principal Name" => "Ada@B.example".to_owned(),
        "Report Period" => "180".to_owned(),
        "User State" => "active".to_owned(),
        "Deleted Date" | "State Change Date" => String::new(),
        "User Id" => "00000000-0000-0000-0000-00000000000a".to_owned(),
        _ if name.starts_with("Is Deleted") => "False".to_owned(),
        _ if name.starts_with("Has ") || name.starts_with("Is ") => "True".to_owned(),
        _ if name.ends_with(" Date") => format!("2026-10-{:02}", place + 1),
        _ if name.starts_with("Used ") => "Yes".to_owned(),
        _ if name.ends_with(" Duration") => format!("PT{}S", place + 1),
        _ => (place + 1).to_string(),
    };
    heading.split(',').enumerate().map(cell).collect::<Vec<_>>().join(",")
}

#[test]
fn below_every_documented_heading_each_measure_reads_its_own_columns() {
    for report in ALL.iter().filter(|report| report.asked != Asked::Day) {
        let mut compared = 0;
        for version in ["v1.0", "v1.0-2023", "v1.0-2024", "beta", "beta-2023"] {
            let sample = format!("reports-{}-{version}-header.csv", report.function);
            let Some(heading) = wire::sample_if_any(&sample) else { continue };
            let names: Vec<&str> = heading.trim().split(',').collect();
            let place = |name: &str| names.iter().position(|known| *known == name);
            let text = format!("\u{feff}{}\r\n{}\r\n", heading.trim(), line(heading.trim()));
            let (rows, told) = read(report.id, &text);
            let mut expected = Vec::new();
            for measure in report.measures {
                let there: Vec<usize> =
                    measure.columns.iter().filter_map(|name| place(name)).map(|at| at + 1).collect();
                let Some(first) = there.first() else {
                    // A feature that the heading does not have is told.
                    assert!(told.contains(measure.feature), "{} {version}: {told}", measure.feature);
                    continue;
                };
                let last = place(report.last).map_or("never".to_owned(), |at| format!("2026-10-{:02}", at + 1));
                let feature = measure.feature;
                expected.push(match measure.value {
                    Value::Day => format!("{feature} 2026-10-{first:02} - -"),
                    Value::Used => format!("{feature} {last} 1 -"),
                    Value::There => format!("{feature} never 1 -"),
                    Value::Count(unit) => format!("{feature} {last} {} {unit}", there.iter().sum::<usize>()),
                    Value::Size(unit) => format!("{feature} never {first} {unit}"),
                    Value::Time => format!("{feature} {last} {first} seconds"),
                });
            }
            assert_eq!(rows, expected, "{} {version}", report.function);
            compared += 1;
        }
        if compared == 0 {
            wire::skipped(&format!("the headings of {}: they do not stand beside the project", report.function));
        }
    }
}

#[test]
fn every_measure_is_a_feature_of_the_table_and_every_feature_is_measured() {
    let known: BTreeSet<&str> = features::ALL.iter().map(|feature| feature.id).collect();
    let measured: BTreeSet<&str> =
        ALL.iter().flat_map(|report| report.measures).map(|measure| measure.feature).collect();
    assert_eq!(measured, known);
}
