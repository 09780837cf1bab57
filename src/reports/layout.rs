//! Where the columns of a report are in its file, and what one line of it says.

use crate::contract::rows::Usage;
use crate::contract::types::{Day, Error};
use crate::reports::csv::{Cells, Column, DayCell, Report, is_concealed};
use crate::reports::{Measure, UsageReport, Value, WINDOW};

/// The id that stands for one that is concealed.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The columns of a report.
pub struct Layout {
    refreshed: Column,
    name: Column,
    user: Option<Column>,
    deleted: Option<Column>,
    state: Option<Column>,
    last: Option<Column>,
    measures: Vec<(&'static Measure, Vec<Column>)>,
    /// The day, when the report is one of a day.
    day: Option<Day>,
    /// Features and columns that the file does not have.
    pub missing: Vec<(&'static str, &'static str)>,
}

/// What a line says.
pub enum Line {
    /// Nothing that can be trusted.
    Unreadable,
    /// It is about a user who was deleted, and who holds no seat.
    Deleted,
    /// It was made before the day that was asked for.
    Early,
    /// It tells of a day that is later than the one that was asked for.
    Later,
    /// Of these features.
    Of(Vec<Usage>),
}

/// What a measure says: the last day of use, how much, and that it says anything.
struct Read {
    last: Option<Day>,
    count: Option<u64>,
    unit: Option<&'static str>,
    kept: bool,
}

impl Layout {
    /// Finds the columns of a report.
    ///
    /// # Errors
    /// `protocol` when there is no principal name or no day of the data.
    pub fn of(report: &UsageReport, file: &Report<'_>, day: Option<Day>) -> Result<Self, Error> {
        let (mut measures, mut missing) = (Vec::new(), Vec::new());
        for measure in report.measures {
            let columns: Vec<Column> = measure.columns.iter().filter_map(|name| file.column(name)).collect();
            // Of a day, the licence alone says nothing; of several columns that are added or chosen from, one is enough.
            let first = measure.columns.first().copied().unwrap_or_default();
            let there = match measure.value {
                Value::Day => file.column(first).is_some(),
                _ => !columns.is_empty(),
            };
            if there { measures.push((measure, columns)) } else { missing.push((measure.feature, first)) }
        }
        let last = file.column(report.last);
        if last.is_none() && !report.last.is_empty() {
            missing.push(("last-active", report.last));
        }
        Ok(Self {
            refreshed: file.required("Report Refresh Date")?,
            name: file.required(report.person)?,
            user: file.column("User Id"),
            deleted: file.column("Is Deleted"),
            state: file.column("User State"),
            last,
            measures,
            day,
            missing,
        })
    }

    /// Reads a line. `concealed`: the tenant's setting says that names are pseudonyms.
    pub fn read(&self, cells: &Cells<'_>, concealed: bool) -> Line {
        if cells.yes(self.deleted)
            || self.state.and_then(|column| cells.text(column)).is_some_and(|state| is_gone(&state))
        {
            return Line::Deleted;
        }
        let (Some(name), DayCell::On(refreshed)) = (cells.text(self.name), cells.day(self.refreshed)) else {
            return Line::Unreadable;
        };
        let last = match self.last.map_or(DayCell::Empty, |column| cells.day(column)) {
            DayCell::Unreadable => return Line::Unreadable,
            DayCell::Empty => None,
            DayCell::On(day) => Some(day),
        };
        if cells.misaligned {
            return Line::Unreadable;
        }
        if self.day.is_some_and(|day| refreshed < day) {
            return Line::Early;
        }
        let to = self.day.unwrap_or(refreshed);
        let from = self.day.unwrap_or(to.saturating_sub(WINDOW - 1));
        let user = self.user.and_then(|column| cells.text(column)).filter(|user| user != NOBODY);
        let concealed = concealed || is_concealed(&name);
        let mut rows = Vec::new();
        for (measure, columns) in &self.measures {
            let Some(read) = read(measure, columns, cells, last) else { return Line::Unreadable };
            if let Some(day) = self.day {
                match read.last {
                    Some(last) if last > day => return Line::Later,
                    Some(last) if last == day => {}
                    _ => continue,
                }
            }
            if read.kept {
                rows.push(Usage {
                    user: user.clone(),
                    principal_name: name.clone(),
                    concealed,
                    feature: measure.feature.to_owned(),
                    from,
                    to,
                    last_active: read.last,
                    count: read.count,
                    unit: read.unit.map(str::to_owned),
                });
            }
        }
        Line::Of(rows)
    }
}

/// What a report on Viva Engage says of a user who was deleted.
fn is_gone(state: &str) -> bool {
    ["deleted", "soft_delete", "softdelete"].iter().any(|gone| state.eq_ignore_ascii_case(gone))
}

/// Reads a measure; `None` when something stands there that is none.
fn read(measure: &Measure, columns: &[Column], cells: &Cells<'_>, last: Option<Day>) -> Option<Read> {
    let first = columns.first().copied()?;
    if measure.value == Value::Day {
        let last = match cells.day(first) {
            DayCell::Unreadable => return None,
            DayCell::Empty => None,
            DayCell::On(day) => Some(day),
        };
        let kept = last.is_some() || measure.judged || cells.yes(columns.get(1).copied());
        return Some(Read { last, count: last.is_none().then_some(0), unit: None, kept });
    }
    let (count, unit) = match measure.value {
        Value::Day | Value::Used | Value::There => {
            let cell = cells.text(first).unwrap_or_default();
            let no = ["", "no", "false", "0"].iter().any(|no| cell.eq_ignore_ascii_case(no));
            (u64::from(!no), None)
        }
        Value::Count(unit) | Value::Size(unit) => {
            let mut all: u64 = 0;
            for column in columns {
                all = all.saturating_add(cells.number(*column)?);
            }
            (all, Some(unit))
        }
        Value::Time => (cells.text(first).map_or(Some(0), |text| seconds(&text))?, Some("seconds")),
    };
    let of_use = !matches!(measure.value, Value::There | Value::Size(_));
    let last = last.filter(|_| of_use && count > 0);
    Some(Read { last, count: Some(count), unit, kept: count > 0 || measure.judged })
}

/// Seconds of `65`, `PT1M5S`, `P1DT2H` or `00:01:05`.
fn seconds(text: &str) -> Option<u64> {
    if text.contains(':') {
        return text
            .split(':')
            .try_fold(0_u64, |all, part| all.checked_mul(60)?.checked_add(part.split('.').next()?.parse().ok()?));
    }
    let Some(span) = text.strip_prefix('P') else { return text.parse().ok() };
    let (mut all, mut number) = (0_u64, String::new());
    for letter in span.chars() {
        let unit = match letter {
            'T' => continue,
            '0'..='9' | '.' => {
                number.push(letter);
                continue;
            }
            'D' => 86_400,
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        // Fractions of a second are cut off.
        let whole: u64 = number.split('.').next()?.parse().ok()?;
        all = all.checked_add(whole.checked_mul(unit)?)?;
        number.clear();
    }
    number.is_empty().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_in_every_form_that_was_seen() {
        let read = ["65", "PT1M5S", "PT0S", "P1DT2H3M4S", "00:01:05", "PT5.9S"].map(seconds);
        assert_eq!(read, [Some(65), Some(65), Some(0), Some(93_784), Some(65), Some(5)]);
        assert_eq!(["", "soon", "PT5", "P1Y", "-5", "1:x"].map(seconds), [None; 6]);
    }
}
