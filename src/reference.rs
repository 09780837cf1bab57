//! Reference files: what the customer knows and the service does not tell.

use crate::contract::connector::Gap;
use crate::contract::types::{Error, Problem};
use crate::datasets::gap;
use crate::fault;
use crate::step::Store;

/// The longest file that is read.
const CAP: usize = 8 * 1024 * 1024;

/// Problems that are told one by one.
const TOLD: usize = 20;

/// A whole file; `None` when the customer gave none.
///
/// # Errors
/// `storage` when the host cannot give it; `other` when it is longer than 8 MiB.
pub fn file(store: &dyn Store, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = store.reference(name, bytes.len() as u64)? {
        if chunk.is_empty() {
            return Ok(Some(bytes));
        }
        bytes.extend(chunk);
        if bytes.len() > CAP {
            let message = format!("The reference file \"{name}\" is longer than {CAP} bytes.");
            return Err(fault::other(&message, "Leave out what is not needed."));
        }
    }
    Ok(if bytes.is_empty() { None } else { Some(bytes) })
}

/// The number of the line in which a row stands that begins at this byte. Empty lines before it are no part of it.
#[must_use]
pub fn line(bytes: &[u8], start: u64) -> usize {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let (before, row) = bytes.split_at_checked(start).unwrap_or((bytes, &[]));
    let empty = row.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    1 + before.iter().chain(empty).filter(|byte| **byte == b'\n').count()
}

/// What is wrong with a file, as a gap of a dataset; nothing when nothing is.
#[must_use]
pub fn refused(dataset: &str, field: &str, name: &str, mut problems: Vec<String>) -> Option<Gap> {
    if problems.is_empty() {
        return None;
    }
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    if more > 0 {
        problems.push(format!("{more} more lines are wrong."));
    }
    let mend = format!("Correct these lines of the reference file \"{name}\"; the others are used.");
    let problem = |wrong| Problem {
        field: name.to_owned(),
        wrong,
        mend: "Correct the line and import the file again.".to_owned(),
    };
    let problems = problems.into_iter().map(problem).collect();
    Some(gap(dataset, Some(field), Error::InvalidSettings(problems), &mend))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        let bytes = b"a,b\r\n1,2\r\n\r\n\n3,4";
        let at = |row: &[u8]| bytes.windows(row.len()).position(|window| window == row).unwrap() as u64;
        assert_eq!((line(bytes, 0), line(bytes, at(b"1,2"))), (1, 2));
        // A reader says that a row begins where the row before it ended, whatever empty lines stand between.
        assert_eq!((line(bytes, at(b"\r\n\n3")), line(bytes, at(b"3,4"))), (5, 5));
        assert_eq!(line(bytes, 1000), 5);
    }
}
