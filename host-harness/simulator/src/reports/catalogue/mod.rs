//! The usage reports, each as its columns in the order in which the service writes them.

mod copilot;
mod files;
mod mail;
mod office;
mod teams;

use crate::reports::Report;

/// All reports.
const REPORTS: [&Report; 13] = [
    &office::ACTIVE_USERS,
    &office::APPS,
    &office::ACTIVATIONS,
    &mail::EMAIL_ACTIVITY,
    &mail::MAILBOX_USAGE,
    &mail::EMAIL_APPS,
    &teams::TEAMS_ACTIVITY,
    &teams::TEAMS_DEVICES,
    &files::ONEDRIVE_ACTIVITY,
    &files::ONEDRIVE_USAGE,
    &files::SHAREPOINT_ACTIVITY,
    &files::YAMMER_ACTIVITY,
    &copilot::COPILOT,
];

/// True for the report that has a place of its own in `v1.0`, and is JSON unless CSV is asked for.
pub(crate) fn is_copilot(report: &Report) -> bool {
    report.name == copilot::COPILOT.name
}

/// The report with this name, in any letter case.
pub(crate) fn find(name: &str) -> Option<&'static Report> {
    REPORTS.into_iter().find(|report| report.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::path::Path;

    use super::*;

    /// The header line of a report with white space in names folded, as clients must.
    fn header(report: &Report) -> String {
        let names = report.columns.iter().map(|(name, _)| name.split_whitespace().collect::<Vec<_>>().join(" "));
        names.collect::<Vec<_>>().join(",")
    }

    #[test]
    fn header_lines_are_those_of_the_documentation() {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/graph/samples");
        let mut skipped = 0;
        for report in REPORTS {
            // The newer page where there are two; the mailbox page lacks columns that are recorded.
            let names = [
                "v1.0-2024-header.csv",
                "v1.0-2023-header.csv",
                "beta-2023-header.csv",
                "v1.0-header.csv",
                "beta-header.csv",
            ];
            let paths = names.map(|name| samples.join(format!("reports-{}-{name}", report.name)));
            let found = paths.iter().find_map(|path| std::fs::read_to_string(path).ok());
            match found {
                Some(_) if report.name == "getMailboxUsageDetail" => {}
                Some(text) => {
                    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    assert_eq!(header(report), line, "{}", report.name);
                }
                None => skipped += 1,
            }
        }
        if skipped > 0 {
            // Not by `println!`: what a test prints is shown only when it fails.
            let _told = writeln!(
                io::stderr(),
                "skipped ({skipped}): header lines whose samples do not stand beside the project"
            );
        }
    }

    #[test]
    fn reports_are_found_in_any_letter_case() {
        assert_eq!(find("getoffice365activeuserdetail").map(|report| report.columns.len()), Some(24));
        assert!(find("getNothing").is_none());
    }
}
