//! Evidence as JSON that people can read: its days are written as days.

use rusqlite::types::{ToSqlOutput, Value};
use serde::{Deserialize, Serialize};

use super::codec::{Calendar, Cells, Codec, Columns, Reader, Unfit};
use crate::contract::rows::Evidence;

/// A list of evidence.
pub(super) struct Evidences;

/// One thing that was observed: `{"signal": "last sign-in", "value": "none", "as_of": "2026-11-20"}`.
#[derive(Serialize, Deserialize)]
struct Seen {
    signal: String,
    value: String,
    as_of: Option<String>,
}

impl Columns for Evidences {}

impl Codec<Vec<Evidence>> for Evidences {
    fn write<'a>(value: &'a Vec<Evidence>, cells: &mut Cells<'a>) -> Result<(), Unfit> {
        let seen = value.iter().map(|one| {
            let as_of = one.as_of.map(Calendar::text).transpose()?;
            Ok(Seen { signal: one.signal.clone(), value: one.value.clone(), as_of })
        });
        let seen = seen.collect::<Result<Vec<_>, Unfit>>()?;
        cells.push(ToSqlOutput::Owned(Value::Text(serde_json::to_string(&seen).map_err(|error| error.to_string())?)));
        Ok(())
    }

    fn read(reader: &mut Reader<'_>) -> rusqlite::Result<Vec<Evidence>> {
        reader.parsed(|text| {
            let seen: Vec<Seen> = serde_json::from_str(text).ok()?;
            let evidence = seen.into_iter().map(|one| {
                let as_of = match one.as_of {
                    Some(text) => Some(Calendar::day(&text)?),
                    None => None,
                };
                Some(Evidence { signal: one.signal, value: one.value, as_of })
            });
            evidence.collect()
        })
    }
}
