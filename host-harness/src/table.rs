//! Draws reports: as a table for people, as JSON and CSV for machines.

mod layout;
mod machine;
mod pages;

pub use layout::{Look, draw, wrap};
pub use pages::Pages;

use crate::report::Report;

/// How a report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people: aligned columns, separators in numbers, wrapped to the width of the terminal.
    #[default]
    Table,
    /// One array of objects; unknown is null, an amount is a decimal string beside its currency.
    Json,
    /// A header and a line for each row; unknown is empty.
    Csv,
}

/// Writes a report.
pub fn render(report: &Report, format: Format, look: Look) -> String {
    match format {
        Format::Table => draw(report, look),
        Format::Json => machine::json(report),
        Format::Csv => machine::csv(report),
    }
}

#[cfg(test)]
mod tests;
