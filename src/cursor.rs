//! Cursors: where a step goes on, as JSON that only this connector reads.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::connector::Outcome;
use crate::contract::types::Error;
use crate::fault;

/// The most bytes that a host takes as a cursor.
const CAP: usize = 64 * 1024;

/// There is more, and it goes on here.
///
/// # Errors
/// `internal` when the cursor is longer than a host takes.
pub fn more(cursor: &impl Serialize) -> Result<Outcome, Error> {
    let bytes = serde_json::to_vec(cursor).map_err(|_| fault::internal("A cursor could not be written."))?;
    if bytes.len() > CAP {
        return Err(fault::internal(&format!(
            "A cursor has {} bytes, more than the {CAP} that a host takes.",
            bytes.len()
        )));
    }
    Ok(Outcome::More(bytes))
}

/// Where the step goes on; `None` at the beginning.
///
/// # Errors
/// `cursor-expired` when another version of the connector wrote it: the task starts again.
pub fn read<T: DeserializeOwned>(cursor: Option<&[u8]>) -> Result<Option<T>, Error> {
    let Some(bytes) = cursor else { return Ok(None) };
    serde_json::from_slice(bytes).map(Some).map_err(|_| {
        Error::CursorExpired(fault::sentence("The cursor was written by another version of the connector."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_written_and_read() {
        let Ok(Outcome::More(bytes)) = more(&("next".to_owned(), 7_u8)) else { panic!() };
        assert_eq!(read::<(String, u8)>(Some(&bytes)).unwrap(), Some(("next".to_owned(), 7)));
        assert_eq!(read::<u8>(None).unwrap(), None);
    }

    #[test]
    fn a_cursor_of_another_version_starts_the_task_again() {
        assert!(matches!(read::<u8>(Some(b"{\"old\":true}")), Err(Error::CursorExpired(_))));
    }

    #[test]
    fn a_cursor_that_no_host_takes_is_a_defect() {
        assert!(matches!(more(&"x".repeat(CAP)), Err(Error::Internal(_))));
    }
}
