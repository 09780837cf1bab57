//! Walks a collection of Graph: one page a step, following next links as they stand.
//!
//! A page may be empty and still have a next link. What Graph says with an expired link comes out as it is: the host
//! starts the task again.

use serde_json::Value;

use crate::contract::connector::{Gap, Outcome, Step};
use crate::contract::rows::Row;
use crate::contract::types::Error;
use crate::cursor;
use crate::datasets::gap;
use crate::fault;
use crate::kept;
use crate::step::Env;

/// A collection to be walked.
pub struct Walk {
    /// Id of the dataset.
    pub dataset: &'static str,
    /// Named when Graph answers 403.
    pub permission: &'static str,
    /// The first page, below the root of Graph.
    pub first: String,
}

/// Where the walk goes on.
struct Cursor {
    next: String,
    unusable: u64,
}

kept!(Cursor { next, unusable });

impl Walk {
    /// Reads one page. `rows` makes the rows of one item, or `None` when the item lacks what its key needs.
    ///
    /// # Errors
    /// What Graph says; `protocol` when a page leads back to itself.
    pub fn step(&self, env: &Env, at: Option<&[u8]>, rows: impl Fn(&Value) -> Option<Vec<Row>>) -> Result<Step, Error> {
        let (url, mut unusable) = match cursor::read::<Cursor>(at)? {
            Some(at) => (at.next, at.unusable),
            None => (format!("{}{}", env.graph.root, self.first), 0),
        };
        let page = env.graph.needing(self.permission).page(&url, &[])?;
        let mut found = Vec::new();
        for item in &page.value {
            match rows(item) {
                Some(rows) => found.extend(rows),
                None => unusable += 1,
            }
        }
        if !found.is_empty() {
            env.sink.emit(found)?;
        }
        match page.next_link {
            Some(next) => {
                refuse_loop(&url, &next)?;
                Ok(Step { outcome: cursor::more(&Cursor { next, unusable })?, gaps: Vec::new() })
            }
            None => Ok(Step { outcome: Outcome::Done(None), gaps: self.gaps(unusable) }),
        }
    }

    fn gaps(&self, unusable: u64) -> Vec<Gap> {
        let message = format!("{unusable} entries came without their id or name, and were left out.");
        let mend = "Try again later; if it stays, report it with this message.";
        (unusable > 0).then(|| gap(self.dataset, None, fault::protocol(&message), mend)).into_iter().collect()
    }
}

/// Refuses a page that names itself as the next: it would be read for ever.
///
/// # Errors
/// `protocol` when it does.
pub fn refuse_loop(url: &str, next: &str) -> Result<(), Error> {
    if url == next {
        return Err(fault::protocol("A page of Microsoft Graph names itself as the next page."));
    }
    Ok(())
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
