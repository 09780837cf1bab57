//! How the values of a row stand in their columns.

use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::{FromSql, ToSqlOutput, Type, Value, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::types::Money;
use crate::storage::moment;

/// Why a value cannot be kept, as the end of a sentence.
pub(in crate::storage) type Unfit = String;

/// Values for the columns of a row, in order.
pub(in crate::storage) type Cells<'a> = Vec<ToSqlOutput<'a>>;

/// Reads the columns of a row, in order.
pub(in crate::storage) struct Reader<'r> {
    row: &'r rusqlite::Row<'r>,
    at: usize,
}

impl<'r> Reader<'r> {
    /// Reads from this column on.
    pub(in crate::storage) fn new(row: &'r rusqlite::Row<'r>, at: usize) -> Self {
        Self { row, at }
    }

    fn next<T: FromSql>(&mut self) -> rusqlite::Result<T> {
        let at = self.at;
        self.at += 1;
        self.row.get(at)
    }

    /// The next column through a function; its error names the column.
    pub(super) fn parsed<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> rusqlite::Result<T> {
        let at = self.at;
        let text: String = self.next()?;
        parse(&text).ok_or_else(|| unexpected(at, &text))
    }

    /// The error for a value that does not belong into the column that was read last.
    pub(super) fn unexpected(&self, value: &str) -> rusqlite::Error {
        unexpected(self.at.saturating_sub(1), value)
    }
}

fn unexpected(at: usize, value: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, format!("{value:?} is unexpected").into())
}

/// The columns that a value takes.
pub(in crate::storage) trait Columns {
    /// What is appended to the field's name, for each column.
    const SUFFIXES: &'static [&'static str] = &[""];
}

/// A way to keep values of a type in one or more columns.
pub(in crate::storage) trait Codec<T>: Columns {
    /// Appends one value for each column.
    fn write<'a>(value: &'a T, cells: &mut Cells<'a>) -> Result<(), Unfit>;
    /// Takes the columns back.
    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<T>;
}

/// Text as it is.
pub(super) struct Text;

impl Columns for Text {}

impl Codec<String> for Text {
    fn write<'a>(value: &'a String, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        cells.push(ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<String> {
        reader.next()
    }
}

/// 1 and 0.
pub(super) struct Flag;

impl Columns for Flag {}

impl Codec<bool> for Flag {
    fn write<'a>(value: &'a bool, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        cells.push(ToSqlOutput::Owned(Value::Integer(i64::from(*value))));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<bool> {
        reader.next()
    }
}

/// A whole number of at most 63 bits.
pub(super) struct Whole;

impl Columns for Whole {}

impl<T: Copy + TryInto<i64> + TryFrom<i64>> Codec<T> for Whole {
    fn write<'a>(value: &'a T, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        let whole = (*value).try_into().map_err(|_| "is larger than any real number of things".to_owned())?;
        cells.push(ToSqlOutput::Owned(Value::Integer(whole)));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<T> {
        let at = reader.at;
        let whole: i64 = reader.next()?;
        T::try_from(whole).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, whole))
    }
}

/// An instant as `2026-11-20T10:00:00Z`.
pub(super) struct Moment;

impl Columns for Moment {}

impl Codec<i64> for Moment {
    fn write<'a>(value: &'a i64, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        let text = moment::text_of_seconds(*value).ok_or("is an instant outside of the years 0 to 9999")?;
        cells.push(ToSqlOutput::Owned(Value::Text(text)));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<i64> {
        reader.parsed(|text| Some(text.parse::<Timestamp>().ok()?.as_second()))
    }
}

/// A day as `2026-11-20`.
pub(super) struct Calendar;

impl Columns for Calendar {}

impl Calendar {
    /// A day as text.
    pub(super) fn text(day: i32) -> Result<String, Unfit> {
        let date = moment::date_of_day(day).ok_or("is a day outside of the years 0 to 9999")?;
        Ok(date.to_string())
    }

    /// The day of a text; absent when it is none.
    pub(super) fn day(text: &str) -> Option<i32> {
        Some(moment::day_of_date(text.parse::<Date>().ok()?))
    }
}

impl Codec<i32> for Calendar {
    fn write<'a>(value: &'a i32, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        cells.push(ToSqlOutput::Owned(Value::Text(Self::text(*value)?)));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<i32> {
        reader.parsed(Self::day)
    }
}

/// Money as millionths and currency.
pub(super) struct Amount;

impl Columns for Amount {
    const SUFFIXES: &'static [&'static str] = &["_micros", "_currency"];
}

impl Codec<Money> for Amount {
    fn write<'a>(value: &'a Money, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        Whole::write(&value.micros, cells)?;
        Text::write(&value.currency, cells)
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<Money> {
        Ok(Money { micros: Whole::read(reader)?, currency: Text::read(reader)? })
    }
}

/// One of several names.
pub(crate) trait Named: Sized + 'static {
    /// As the contract writes it.
    fn name(&self) -> &'static str;
    /// The value of this name.
    fn named(name: &str) -> Option<Self>;
}

/// One of several names, as the contract writes it.
pub(super) struct Name;

impl Columns for Name {}

impl<T: Named> Codec<T> for Name {
    fn write<'a>(value: &'a T, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        cells.push(ToSqlOutput::Borrowed(ValueRef::Text(value.name().as_bytes())));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<T> {
        reader.parsed(T::named)
    }
}

/// A list as JSON.
pub(super) struct List;

impl Columns for List {}

impl<T: Serialize + DeserializeOwned> Codec<Vec<T>> for List {
    fn write<'a>(value: &'a Vec<T>, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        cells.push(ToSqlOutput::Owned(Value::Text(serde_json::to_string(value).map_err(|error| error.to_string())?)));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<Vec<T>> {
        reader.parsed(|text| serde_json::from_str(text).ok())
    }
}

/// A value that may be absent: every column is NULL then.
pub(super) struct Maybe<C>(PhantomData<C>);

impl<C: Columns> Columns for Maybe<C> {
    const SUFFIXES: &'static [&'static str] = C::SUFFIXES;
}

impl<T, C: Codec<T>> Codec<Option<T>> for Maybe<C> {
    fn write<'a>(value: &'a Option<T>, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        match value {
            Some(value) => C::write(value, cells),
            None => {
                cells.extend(C::SUFFIXES.iter().map(|_| ToSqlOutput::Owned(Value::Null)));
                Ok(())
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<Option<T>> {
        if matches!(reader.row.get_ref(reader.at)?, ValueRef::Null) {
            reader.at += C::SUFFIXES.len();
            return Ok(None);
        }
        C::read(reader).map(Some)
    }
}
