//! `show sign-ins`: single sign-ins, which are too many to be held.

use super::failure::Failure;
use super::options::Global;
use super::output::{print, show as show_report};
use super::session::Session;
use crate::report::{Cell, Column, Question};
use crate::table::Pages;
use crate::text::thousands;

/// Rows that are printed at once for a machine.
const PAGE: usize = 1000;
/// Rows of a table unless more are asked for: nobody reads on, and a table is held as a whole.
const TABLE: usize = 1000;

/// Shows the newest ones for which `wanted` holds: all of them for a machine, a thousand in a table, or `limit`.
pub(super) fn show(
    session: &Session,
    question: Question<'_>,
    days: Option<u16>,
    wanted: impl Fn(&[Column], &[Cell]) -> bool,
    global: &Global,
) -> Result<(), Failure> {
    let mut report = session.database.sign_ins_report(question)?;
    let columns = report.columns.clone();
    let Some(mut pages) = Pages::begin(global.format) else {
        let most = question.limit.unwrap_or(TABLE);
        session.database.each_sign_in(question, days, |row| {
            if wanted(&columns, &row) {
                report.rows.push(row);
            }
            report.rows.len() <= most
        })?;
        if report.rows.len() > most {
            report.rows.truncate(most);
            report.notes.push(format!(
                "The newest {} are shown; --limit, --days, --user and --search choose others, --format csv has all.",
                thousands(most as u64)
            ));
        }
        return show_report(&report, global);
    };
    let (mut left, mut printed) = (question.limit.unwrap_or(usize::MAX), Ok(()));
    session.database.each_sign_in(question, days, |row| {
        if left > 0 && wanted(&columns, &row) {
            left -= 1;
            report.rows.push(row);
            if report.rows.len() == PAGE {
                printed = print(&pages.page(&report));
                report.rows.clear();
            }
        }
        left > 0 && printed.is_ok()
    })?;
    printed?;
    if !report.rows.is_empty() {
        print(&pages.page(&report))?;
        report.rows.clear();
    }
    print(&pages.end(&report))
}
