//! A report that is too long to be held: written for machines page by page.

use super::{Format, machine};
use crate::report::Report;

/// Joins the pages of a report into one JSON array, or one CSV file with one header.
pub struct Pages {
    csv: bool,
    begun: bool,
}

impl Pages {
    /// Begins a report in a format for machines; absent for the table, which needs all rows to know its widths.
    pub fn begin(format: Format) -> Option<Self> {
        let csv = match format {
            Format::Table => return None,
            Format::Json => false,
            Format::Csv => true,
        };
        Some(Self { csv, begun: false })
    }

    /// What is to be written for the next rows.
    pub fn page(&mut self, report: &Report) -> String {
        let first = !std::mem::replace(&mut self.begun, true);
        if self.csv {
            let text = machine::csv(report);
            // No column's name has a line break.
            return match text.split_once('\n') {
                Some((_, rest)) if !first => rest.to_owned(),
                _ => text,
            };
        }
        let text = machine::json(report);
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix("]\n")).unwrap_or_default();
        format!("{}{}", if first { '[' } else { ',' }, inner.trim_end_matches('\n'))
    }

    /// What is to be written after the last page: without any, this is a report without rows.
    pub fn end(mut self, none: &Report) -> String {
        let mut text = if self.begun { String::new() } else { self.page(none) };
        if !self.csv {
            text.push_str(if text == "[" { "]\n" } else { "\n]\n" });
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Cell, Column, Unit};
    use crate::table::{Look, render};

    fn report(rows: &[&str]) -> Report {
        let column = |name| Column { name, title: name, unit: Unit::Text };
        Report {
            title: String::new(),
            columns: vec![column("one"), column("other")],
            rows: rows.iter().map(|text| vec![Cell::Text((*text).to_owned()), Cell::Absent]).collect(),
            totals: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn pages_make_what_the_whole_report_would() {
        let rows = ["a", "two\nlines", "\"quoted\", ]", "d", "e"];
        for format in [Format::Json, Format::Csv] {
            let whole = render(&report(&rows), format, Look { width: 80, styled: false });
            for size in 1..=5 {
                let mut pages = Pages::begin(format).unwrap();
                let mut text: String = rows.chunks(size).map(|rows| pages.page(&report(rows))).collect();
                text.push_str(&pages.end(&report(&[])));
                assert_eq!(text, whole, "{format:?} by {size}");
            }
        }
        for format in [Format::Json, Format::Csv] {
            let whole = render(&report(&[]), format, Look { width: 80, styled: false });
            assert_eq!(Pages::begin(format).unwrap().end(&report(&[])), whole);
        }
        assert!(Pages::begin(Format::Table).is_none());
    }
}
