//! Reports for people: columns when they fit the width, a block for each row when they do not.

use crate::report::{Cell, Report, Unit};
use crate::text::{amount, clean, hyphenated, instant, thousands};
use comfy_table::{Attribute, CellAlignment, ColumnConstraint, ContentArrangement, Table, TableStyle, Width};
use comfy_table::{ContentLineStyle, LineStyle};
use std::borrow::Cow;

/// The paper: how wide it is and whether it takes bold print.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Characters in a line.
    pub width: u16,
    /// Bold titles.
    pub styled: bool,
}

/// Stands for what is not known.
const UNKNOWN: &str = "—";
/// Spaces between two columns.
const GAP: u16 = 2;
/// A column of words keeps its width up to here, whatever the others need.
const SHORT: u16 = 18;
/// A column of words is not made narrower than this: a word a line reads badly.
const NARROW: u16 = 14;
/// Words longer than this are sentences. They are never left out.
const SENTENCE: u16 = 72;
/// With more lines than this in an average row, a block for each row is easier to read.
const TALL: usize = 4;

const RULED: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none().junction(' '))
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none().junction(' '));

/// Draws a report for people: title, rows, totals, and what a reader has to know.
pub fn draw(report: &Report, look: Look) -> String {
    let report = &of_one_connection(report);
    let mut text = format!("{}\n", bold(&clean(&report.title), look));
    let mut notes = report.notes.clone();
    if report.rows.is_empty() {
        text.push_str("Nothing to show.\n");
    } else if let Some(table) = columns(report, look) {
        text.push_str(&table);
    } else if let Some((table, left_out)) = fewer_columns(report, look) {
        text.push_str(&table);
        notes.push(format!(
            "Left out for want of width: {}. --format csv and --format json have everything.",
            left_out.join(", ")
        ));
    } else {
        text.push_str(&blocks(report, look));
    }
    if !notes.is_empty() {
        text.push('\n');
    }
    for note in &notes {
        text.push_str(&wrap(note, look.width));
        text.push('\n');
    }
    text
}

/// Name of the column that says to which connection a row belongs.
const CONNECTION: &str = "connection";

/// The same report with the connection in its title, when all rows are of one.
fn of_one_connection(report: &Report) -> Cow<'_, Report> {
    let first = report.rows.first().and_then(|row| row.first());
    let Some(Cell::Text(name)) = first else { return Cow::Borrowed(report) };
    let named = report.columns.first().is_some_and(|column| column.name == CONNECTION);
    if !named || report.columns.len() < 3 || report.rows.iter().any(|row| row.first() != first) {
        return Cow::Borrowed(report);
    }
    let rest = |row: &Vec<Cell>| row.iter().skip(1).cloned().collect::<Vec<_>>();
    // The word for a total stands in the first column.
    let total = |row: &Vec<Cell>| {
        let mut rest = rest(row);
        if let (Some(word), Some(first @ Cell::Absent)) = (row.first(), rest.first_mut()) {
            *first = word.clone();
        }
        rest
    };
    Cow::Owned(Report {
        title: format!("{} of {name}", report.title),
        columns: report.columns.iter().skip(1).cloned().collect(),
        rows: report.rows.iter().map(rest).collect(),
        totals: report.totals.iter().map(total).collect(),
        notes: report.notes.clone(),
    })
}

/// Breaks a sentence into lines of a width, each ending where a word ends.
pub fn wrap(text: &str, width: u16) -> String {
    let mut table = plain(Look { width, styled: false });
    table.add_row([clean(text)]);
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 0));
    });
    table.trim_fmt()
}

fn bold(text: &str, look: Look) -> String {
    if !look.styled {
        return text.to_owned();
    }
    let style = anstyle::Style::new().bold();
    format!("{style}{text}{style:#}")
}

fn plain(look: Look) -> Table {
    let mut table = Table::new();
    table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic).set_width(look.width).force_no_tty();
    if look.styled {
        table.enforce_styling();
    }
    table
}

/// A value as people read it. Lines of a text stay lines.
fn words(cell: &Cell) -> String {
    match cell {
        Cell::Absent => UNKNOWN.to_owned(),
        Cell::Text(text) => text.lines().map(clean).collect::<Vec<_>>().join("\n"),
        Cell::Count(count) => thousands(*count),
        Cell::Money(money) => format!("{} {}", amount(money.micros), clean(&money.currency)),
        Cell::Day(day) => day.to_string(),
        Cell::Instant(at) => instant(*at),
        Cell::Bool(true) => "yes".to_owned(),
        Cell::Bool(false) => "no".to_owned(),
    }
}

fn is_number(unit: Unit) -> bool {
    matches!(unit, Unit::Count | Unit::Money)
}

/// All rows as columns; absent when the width is too small for that.
fn columns(report: &Report, look: Look) -> Option<String> {
    let body: Vec<Vec<String>> = report.rows.iter().map(|row| row.iter().map(words).collect()).collect();
    let totals: Vec<Vec<String>> = report.totals.iter().map(|row| row.iter().map(total_words).collect()).collect();
    let natural = filled(report, &body, &totals, look).column_max_content_widths();
    let widths = fit(report, &natural, look.width)?;
    let broken = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        let cell = |(cell, width): (&String, &u16)| hyphenated(cell, (*width).into());
        rows.iter().map(|row| row.iter().zip(&widths).map(cell).collect()).collect()
    };
    let mut table = filled(report, &broken(&body), &broken(&totals), look);
    for ((column, drawn), width) in report.columns.iter().zip(table.column_iter_mut()).zip(widths) {
        drawn.set_padding((0, 1));
        drawn.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width.saturating_add(1))));
        if is_number(column.unit) {
            drawn.set_cell_alignment(CellAlignment::Right);
        }
    }
    let drawn = table.trim_fmt();
    let most = (body.len() + totals.len()).saturating_mul(TALL).saturating_add(2);
    (drawn.lines().count() <= most).then(|| format!("{drawn}\n"))
}

/// The cells under their titles.
fn filled(report: &Report, body: &[Vec<String>], totals: &[Vec<String>], look: Look) -> Table {
    let mut table = plain(look);
    table.set_header(report.columns.iter().map(|column| {
        let cell = comfy_table::Cell::new(clean(column.title));
        if look.styled { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    table.add_rows(body);
    for total in totals {
        table.add_row(total.iter().map(|text| {
            let cell = comfy_table::Cell::new(text);
            if look.styled { cell.add_attribute(Attribute::Bold) } else { cell }
        }));
    }
    table
}

/// The report without as many of its last columns as do not fit, and their titles. Columns stand in the order of their
/// worth. Absent when sentences would be left out, or more than two thirds of the columns.
fn fewer_columns(report: &Report, look: Look) -> Option<(String, Vec<&'static str>)> {
    let is_sentence = |row: &Vec<Cell>| row.iter().any(|cell| words(cell).lines().any(is_long_line));
    if report.rows.len() < 2 || report.rows.iter().any(is_sentence) {
        return None;
    }
    let least = report.columns.len().div_ceil(3);
    (least..report.columns.len()).rev().find_map(|kept| {
        let cut = |rows: &[Vec<Cell>]| rows.iter().map(|row| row.iter().take(kept).cloned().collect()).collect();
        let narrower = Report {
            title: String::new(),
            columns: report.columns.iter().take(kept).cloned().collect(),
            rows: cut(&report.rows),
            totals: cut(&report.totals),
            notes: Vec::new(),
        };
        let left_out = report.columns.iter().skip(kept).map(|column| column.title).collect();
        columns(&narrower, look).map(|table| (table, left_out))
    })
}

fn is_long_line(line: &str) -> bool {
    line.chars().count() > usize::from(SENTENCE)
}

/// In a row of totals, what has no total is left blank.
fn total_words(cell: &Cell) -> String {
    if *cell == Cell::Absent { String::new() } else { words(cell) }
}

/// A width for each column; absent when the columns of words would become too narrow.
fn fit(report: &Report, natural: &[u16], width: u16) -> Option<Vec<u16>> {
    let gaps = GAP.saturating_mul(u16::try_from(natural.len()).ok()?);
    let mut left = width.checked_sub(gaps)?;
    let is_long = |unit: Unit, natural: u16| unit == Unit::Text && natural > SHORT;
    let pairs = || report.columns.iter().zip(natural).map(|(column, natural)| (column.unit, *natural));
    for (_, natural) in pairs().filter(|(unit, natural)| !is_long(*unit, *natural)) {
        left = left.checked_sub(natural)?;
    }
    // Short ones first: what they do not need goes to the longer ones.
    let mut long: Vec<(usize, u16)> =
        pairs().enumerate().filter(|(_, (unit, natural))| is_long(*unit, *natural)).map(|(i, (_, n))| (i, n)).collect();
    long.sort_by_key(|(_, natural)| *natural);
    let mut widths = natural.to_vec();
    let mut open = u16::try_from(long.len()).ok()?;
    for (index, natural) in long {
        let width = natural.min(left / open);
        if width < natural.min(NARROW) {
            return None;
        }
        *widths.get_mut(index)? = width;
        left -= width;
        open -= 1;
    }
    Some(widths)
}

/// A block of lines for each row: the title of each column and its value.
fn blocks(report: &Report, look: Look) -> String {
    let label = report.columns.iter().map(|column| column.title.chars().count()).max().unwrap_or_default();
    let label = u16::try_from(label).unwrap_or(u16::MAX);
    let mut text = String::new();
    for (number, row) in report.rows.iter().chain(&report.totals).enumerate() {
        let is_total = number >= report.rows.len();
        let mut table = plain(look);
        for (column, cell) in report.columns.iter().zip(row).filter(|(_, cell)| !is_total || **cell != Cell::Absent) {
            table.add_row([clean(column.title), words(cell)]);
        }
        for (place, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 1));
            if place == 0 {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(label.saturating_add(1))));
            }
        }
        text.push_str(&table.trim_fmt());
        text.push_str("\n\n");
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
