//! Cursors: where a step goes on, as JSON that only this connector reads.

use crate::contract::connector::Outcome;
use crate::contract::types::Error;
use crate::fault;
use crate::kept::{self, Kept};

/// The most bytes that a host takes as a cursor.
const CAP: usize = 64 * 1024;

/// There is more, and it goes on here.
///
/// # Errors
/// `internal` when the cursor is longer than a host takes.
pub fn more(cursor: &impl Kept) -> Result<Outcome, Error> {
    held(kept::written(cursor))
}

fn held(bytes: Vec<u8>) -> Result<Outcome, Error> {
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
pub fn read<T: Kept>(cursor: Option<&[u8]>) -> Result<Option<T>, Error> {
    let Some(bytes) = cursor else { return Ok(None) };
    let read = kept::read(bytes).map(Some);
    read.ok_or_else(|| {
        Error::CursorExpired(fault::sentence("The cursor was written by another version of the connector."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_written_and_read() {
        let Ok(Outcome::More(bytes)) = more(&"next".to_owned()) else { panic!() };
        assert_eq!(read::<String>(Some(&bytes)).unwrap().as_deref(), Some("next"));
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
