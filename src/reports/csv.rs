//! Reads a usage report, or any table in CSV, as it arrives: columns by name, rows of any length, never the whole file at once.
//!
//! What the files are like (REFERENCE of the usage report pages and recorded files): they begin with a byte order mark;
//! the order of columns differs from the documentation; names have come with two blanks; "Assigned Products", the last
//! column, has come with commas and without quotes, so that rows are longer than the heading.

use std::borrow::Cow;
use std::io::{self, Read};

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};

use crate::contract::types::{Day, Error};
use crate::fault;
use crate::http;
use crate::time;

/// The most bytes of one row. A quote that is never closed would otherwise gather the whole file.
const ROW_CAP: usize = 1024 * 1024;

/// A place in the rows of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column(usize);

/// A report, or another table, that is being read.
pub struct Report<'a> {
    /// What messages call it, such as `The usage report`.
    title: &'static str,
    reader: Reader<Bounded<'a>>,
    names: Vec<String>,
    record: ByteRecord,
}

/// One row of a report.
pub struct Cells<'a> {
    record: &'a ByteRecord,
    /// The row has more cells than the heading has names, and not because of its last column.
    pub misaligned: bool,
}

/// What stands in a cell where a day is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayCell {
    /// Nothing: there is no such day, or the column is missing.
    Empty,
    /// This day.
    On(Day),
    /// Something that is no day.
    Unreadable,
}

impl<'a> Report<'a> {
    /// Reads the heading. An empty file is a report without columns.
    ///
    /// # Errors
    /// What the stream says; `protocol` when the heading is longer than a row may be.
    pub fn open(stream: impl Read + 'a, title: &'static str) -> Result<Self, Error> {
        let bounded = Bounded { stream: Box::new(stream), title, row: 0 };
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bounded);
        let mut report = Self { title, reader, names: Vec::new(), record: ByteRecord::new() };
        if report.advance()? {
            report.names = report.record.iter().map(|name| folded(&decoded(name))).collect();
        }
        Ok(report)
    }

    /// Finds a column by its name; only letters and digits matter, and not their case.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<Column> {
        let name = folded(name);
        self.names.iter().position(|known| *known == name).map(Column)
    }

    /// Finds a column without which the report is of no use.
    ///
    /// # Errors
    /// `protocol` when there is none.
    pub fn required(&self, name: &str) -> Result<Column, Error> {
        self.column(name).ok_or_else(|| fault::protocol(&format!("{} has no column \"{name}\".", self.title)))
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// What the stream says; `protocol` when a row is longer than a row may be.
    pub fn next_row(&mut self) -> Result<Option<Cells<'_>>, Error> {
        if !self.advance()? {
            return Ok(None);
        }
        let open_ended = self.names.last().is_some_and(|name| name == "assignedproducts");
        Ok(Some(Cells { record: &self.record, misaligned: self.record.len() > self.names.len() && !open_ended }))
    }

    fn advance(&mut self) -> Result<bool, Error> {
        self.reader.get_mut().row = 0;
        self.reader.read_byte_record(&mut self.record).map_err(|error| match error.kind() {
            ErrorKind::Io(error) => http::cause(error),
            _ => fault::protocol(&format!("{} is no CSV file.", self.title)),
        })
    }
}

impl Cells<'_> {
    /// The text of a cell; `None` when it is empty or the row is too short.
    #[must_use]
    pub fn text(&self, column: Column) -> Option<String> {
        let cell = decoded(self.record.get(column.0)?).trim().to_owned();
        (!cell.is_empty()).then_some(cell)
    }

    /// Where the row begins: bytes from the beginning of the file.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::byte)
    }

    /// Whether a cell says yes. Reports say `True`, `Yes` and `1`, at times in one row.
    #[must_use]
    pub fn yes(&self, column: Option<Column>) -> bool {
        let cell = column.and_then(|column| self.text(column)).unwrap_or_default();
        ["true", "yes", "1"].iter().any(|yes| cell.eq_ignore_ascii_case(yes))
    }

    /// The number in a cell, 0 when it is empty; `None` when it is no whole number.
    #[must_use]
    pub fn number(&self, column: Column) -> Option<u64> {
        self.text(column).map_or(Some(0), |text| text.parse().ok())
    }

    /// The day in a cell.
    #[must_use]
    pub fn day(&self, column: Column) -> DayCell {
        match self.text(column) {
            None => DayCell::Empty,
            Some(text) => time::day(&text).map_or(DayCell::Unreadable, DayCell::On),
        }
    }
}

/// A cell as text. What is not UTF-8 is read as Windows-1252, in which tables are still published.
fn decoded(cell: &[u8]) -> Cow<'_, str> {
    // 0x80 to 0x9f, where it differs from Latin-1; five of them have no meaning.
    const DIFFERENT: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
        '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
    ];
    let letter = |byte: &u8| match byte {
        0x80..=0x9f => DIFFERENT.get(usize::from(byte - 0x80)).copied().unwrap_or('\u{fffd}'),
        _ => char::from(*byte),
    };
    str::from_utf8(cell).map_or_else(|_| Cow::Owned(cell.iter().map(letter).collect()), Cow::Borrowed)
}

/// The letters and digits of a name in lower case: headings say `Storage Used (Byte)` and `Used  Chrome OS`, the same
/// reports as JSON `storageUsedInBytes` and `usedChromeOS`.
fn folded(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    match letters.strip_suffix("inbytes") {
        Some(size) => format!("{size}byte"),
        None => letters,
    }
}

/// Whether a principal name is a pseudonym: reports conceal names as 32 hexadecimal digits in upper case.
#[must_use]
pub fn is_concealed(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// A stream that fails when one row takes too many bytes. It is boxed, so that there is one reader for all streams.
struct Bounded<'a> {
    stream: Box<dyn Read + 'a>,
    title: &'static str,
    row: usize,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.row = self.row.saturating_add(read);
        if self.row > ROW_CAP {
            return Err(http::carried(fault::protocol(&format!("{} has a row of more than 1 MiB.", self.title))));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_found_by_name_behind_a_byte_order_mark_with_blanks_signs_and_case_folded() {
        let mut report =
            Report::open("\u{feff}Used  Chrome OS,user PRINCIPAL Name\nYes,a@b.example\n".as_bytes(), "The report")
                .unwrap();
        let (chrome, name) = (report.column("Used Chrome OS"), report.required("User Principal Name").unwrap());
        let row = report.next_row().unwrap().unwrap();
        assert!(row.yes(chrome));
        assert_eq!(row.text(name).as_deref(), Some("a@b.example"));
    }

    #[test]
    fn a_cell_that_is_not_utf_8_is_read_as_windows_1252() {
        let mut report = Report::open(&b"A,B\nVisio\x99 \x96 Caf\xe9,Caf\xc3\xa9\n"[..], "The report").unwrap();
        let (a, b) = (report.column("A").unwrap(), report.column("B").unwrap());
        let row = report.next_row().unwrap().unwrap();
        assert_eq!((row.text(a).as_deref(), row.text(b).as_deref()), (Some("Visio™ – Café"), Some("Café")));
        assert_eq!(row.start(), 4);
    }

    #[test]
    fn a_missing_column_is_named() {
        let report = Report::open("A,B\n".as_bytes(), "The report").unwrap();
        let Err(Error::Protocol(fault)) = report.required("User Principal Name") else { panic!() };
        assert!(fault.message.contains("User Principal Name"), "{}", fault.message);
    }

    #[test]
    fn a_short_row_lacks_its_last_cells_and_an_empty_file_has_no_columns() {
        let mut report = Report::open("A,B\n1\n".as_bytes(), "The report").unwrap();
        let b = report.column("B").unwrap();
        assert_eq!(report.next_row().unwrap().unwrap().text(b), None);
        assert!(report.next_row().unwrap().is_none());
        let mut empty = Report::open("".as_bytes(), "The report").unwrap();
        assert!(empty.column("A").is_none());
        assert!(empty.next_row().unwrap().is_none());
    }

    #[test]
    fn a_longer_row_is_misaligned_unless_assigned_products_come_last() {
        let misaligned =
            |text: &str| Report::open(text.as_bytes(), "The report").unwrap().next_row().unwrap().unwrap().misaligned;
        assert!(misaligned("A,Report Period\n1,2,3\n"));
        assert!(!misaligned("A,Assigned Products\n1,E5,PLUS VISIO,PLUS PROJECT\n"));
        assert!(!misaligned("A,Report Period\n1\n"));
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_in_an_error_and_not_in_memory() {
        let text = format!("A\n\"{}", "x".repeat(2 * ROW_CAP));
        let mut report = Report::open(text.as_bytes(), "The report").unwrap();
        assert!(matches!(report.next_row(), Err(Error::Protocol(_))));
    }

    #[test]
    fn only_32_hexadecimal_digits_in_upper_case_are_a_pseudonym() {
        assert!(is_concealed("8CD3D3C0F0C5D8A6E5B1A0E7E3F2A1B0"));
        assert!(!is_concealed("8cd3d3c0f0c5d8a6e5b1a0e7e3f2a1b0"));
        assert!(!is_concealed("8CD3D3C0F0C5D8A6E5B1A0E7E3F2A1B"));
        assert!(!is_concealed("megan@contoso.example"));
    }

    fn cell() -> impl Strategy<Value = String> {
        "[a-zA-Z0-9 ,\"\r\n]{0,12}"
    }

    proptest! {
        /// The model: every cell quoted, quotes doubled; what is read is what was written, trimmed.
        #[test]
        fn cells_are_read_as_they_were_written(rows in prop::collection::vec(prop::collection::vec(cell(), 3), 0..20)) {
            let mut text = "A,B,C\n".to_owned();
            for row in &rows {
                let cells: Vec<String> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                text.push_str(&cells.join(","));
                text.push_str("\r\n");
            }
            let mut report = Report::open(text.as_bytes(), "The report").unwrap();
            for row in &rows {
                let read = report.next_row().unwrap().unwrap();
                for (place, cell) in row.iter().enumerate() {
                    let expected = Some(cell.trim().to_owned()).filter(|cell| !cell.is_empty());
                    prop_assert_eq!(read.text(Column(place)), expected);
                }
            }
            prop_assert!(report.next_row().unwrap().is_none());
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut report = Report::open(bytes.as_slice(), "The report").unwrap();
            while let Some(row) = report.next_row().unwrap() {
                let _ = (row.text(Column(0)), row.day(Column(1)), row.yes(Some(Column(2))));
            }
        }
    }
}
