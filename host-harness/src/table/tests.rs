use super::*;
use crate::report::{Amount, Cell, Column, Unit};

const PAPER: Look = Look { width: 80, styled: false };

fn column(name: &'static str, title: &'static str, unit: Unit) -> Column {
    Column { name, title, unit }
}

fn money(micros: i128) -> Cell {
    Cell::Money(Amount { micros, currency: "EUR".into() })
}

fn text(words: &str) -> Cell {
    Cell::Text(words.into())
}

fn report() -> Report {
    Report {
        title: "Products".into(),
        columns: vec![
            column("product", "Product", Unit::Text),
            column("seats", "Seats", Unit::Count),
            column("cost", "Cost a month", Unit::Money),
            column("renews", "Renews", Unit::Day),
        ],
        rows: vec![
            vec![text("Plan A"), Cell::Count(12_345), money(1_234_500_000), Cell::Day("2026-11-20".parse().unwrap())],
            vec![text("B, \"small\""), Cell::Count(7), Cell::Absent, Cell::Absent],
        ],
        totals: vec![vec![text("Total"), Cell::Absent, money(1_234_500_000), Cell::Absent]],
        notes: vec!["Prices are list prices.".into()],
    }
}

#[test]
fn numbers_stand_at_the_right_with_separators_and_unknown_is_a_dash() {
    let expected = "\
Products
Product      Seats  Cost a month  Renews
─────────────────────────────────────────────
Plan A      12,345  1,234.50 EUR  2026-11-20
B, \"small\"       7             —  —
Total               1,234.50 EUR

Prices are list prices.
";
    assert_eq!(render(&report(), Format::Table, PAPER), expected);
}

#[test]
fn json_keeps_types_and_says_null_for_unknown() {
    let value: serde_json::Value = serde_json::from_str(&render(&report(), Format::Json, PAPER)).unwrap();
    let expected = serde_json::json!([
        {"product": "Plan A", "seats": 12345, "cost": {"amount": "1234.50", "currency": "EUR"}, "renews": "2026-11-20"},
        {"product": "B, \"small\"", "seats": 7, "cost": null, "renews": null},
    ]);
    assert_eq!(value, expected);
}

#[test]
fn keys_of_json_stand_in_the_order_of_the_columns() {
    let text = render(&report(), Format::Json, PAPER);
    let places: Vec<_> =
        ["product", "seats", "cost", "renews"].map(|key| text.find(&format!("\"{key}\"")).unwrap()).into();
    assert!(places.is_sorted(), "{text}");
}

#[test]
fn csv_has_a_header_quotes_what_needs_it_and_a_currency_beside_each_amount() {
    let expected = "\
product,seats,cost,cost_currency,renews
Plan A,12345,1234.50,EUR,2026-11-20
\"B, \"\"small\"\"\",7,,,
";
    assert_eq!(render(&report(), Format::Csv, PAPER), expected);
}

#[test]
fn an_empty_report_says_so_to_people_and_is_an_empty_array_or_a_header_to_machines() {
    let empty = Report { rows: Vec::new(), totals: Vec::new(), notes: Vec::new(), ..report() };
    assert_eq!(render(&empty, Format::Table, PAPER), "Products\nNothing to show.\n");
    assert_eq!(render(&empty, Format::Json, PAPER), "[]\n");
    assert_eq!(render(&empty, Format::Csv, PAPER), "product,seats,cost,cost_currency,renews\n");
}

#[test]
fn long_words_are_wrapped_inside_the_width() {
    let mut report = report();
    report.rows[0][0] = text(&"a long name of a product ".repeat(4));
    let drawn = render(&report, Format::Table, Look { width: 60, styled: false });
    assert!(drawn.lines().all(|line| line.chars().count() <= 60), "{drawn}");
    assert!(drawn.contains("12,345  1,234.50 EUR  2026-11-20"), "{drawn}");
}

#[test]
fn a_row_that_does_not_fit_becomes_a_block() {
    let mut report = report();
    report.columns.push(column("why", "Why", Unit::Text));
    for row in report.rows.iter_mut().chain(&mut report.totals) {
        row.push(text(&"because of this and that ".repeat(8)));
    }
    let drawn = render(&report, Format::Table, Look { width: 50, styled: false });
    assert!(drawn.lines().all(|line| line.chars().count() <= 50), "{drawn}");
    assert!(drawn.contains("\nSeats         12,345\n"), "{drawn}");
    assert!(drawn.contains("\nRenews        —\n"), "{drawn}");
    assert!(!drawn.contains("Left out"), "{drawn}");
}

#[test]
fn the_last_columns_are_left_out_when_the_width_is_too_small_and_that_is_said() {
    let mut report = report();
    report.rows[1][3] = Cell::Day("2027-01-31".parse().unwrap());
    let drawn = render(&report, Format::Table, Look { width: 42, styled: false });
    assert!(drawn.contains("Cost a month") && !drawn.contains("2026-11-20"), "{drawn}");
    assert!(drawn.replace('\n', " ").contains("Left out for want of width: Renews."), "{drawn}");
    assert!(drawn.lines().all(|line| line.chars().count() <= 42), "{drawn}");
}

#[test]
fn a_report_of_one_connection_names_it_in_its_title_and_one_of_several_in_each_row() {
    let mut report = report();
    report.columns.insert(0, column("connection", "Connection", Unit::Text));
    report.rows.iter_mut().for_each(|row| row.insert(0, text("acme")));
    report.totals = vec![vec![text("Total"), Cell::Absent, Cell::Absent, money(1_000_000), Cell::Absent]];
    let drawn = render(&report, Format::Table, PAPER);
    assert!(drawn.starts_with("Products of acme\nProduct  "), "{drawn}");
    assert!(drawn.contains("\nTotal      "), "{drawn}");
    assert!(render(&report, Format::Csv, PAPER).starts_with("connection,product,"));
    report.rows[1][0] = text("globex");
    assert!(render(&report, Format::Table, PAPER).starts_with("Products\nConnection  Product"));
}

#[test]
fn lines_of_a_value_stay_lines_and_control_characters_do_not() {
    let mut report = report();
    report.rows[0][0] = text("one\ntwo \u{1b}[31m");
    let drawn = render(&report, Format::Table, PAPER);
    assert!(drawn.contains("\none ") && drawn.contains("\ntwo \u{fffd}[31m"), "{drawn}");
    assert!(!drawn.contains('\u{1b}'));
}

#[test]
fn bold_print_is_used_only_when_it_is_taken() {
    assert!(!render(&report(), Format::Table, PAPER).contains('\u{1b}'));
    assert!(render(&report(), Format::Table, Look { styled: true, ..PAPER }).contains("\u{1b}[1m"));
    assert!(!render(&report(), Format::Json, Look { styled: true, ..PAPER }).contains('\u{1b}'));
}

#[test]
fn a_sentence_is_broken_where_a_word_ends() {
    assert_eq!(wrap("one two three", 8), "one two\nthree");
}

#[test]
fn an_id_that_is_longer_than_its_column_is_broken_behind_a_hyphen() {
    let mut report = report();
    report.rows[0][0] = text("non-interactive-sign-ins-of-a-day");
    let drawn = render(&report, Format::Table, Look { width: 60, styled: false });
    assert!(drawn.contains("\nnon-interactive-sign-  ") && drawn.contains("\nins-of-a-day\n"), "{drawn}");
}
