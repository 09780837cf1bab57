//! What a component may read of what was collected before.

use jiff::Timestamp;

use super::{ConnectionId, Database};
use crate::contract::binadox::connector::rows::Kind;

/// The rows and reference files of one connection, as one task may read them.
#[derive(Clone)]
pub struct ConnectionShelf {}

impl ConnectionShelf {
    /// A shelf for a task that may read these kinds. What was published since `run_started` counts as fresh.
    pub fn new(_database: Database, _connection: ConnectionId, _kinds: Vec<Kind>, _run_started: Timestamp) -> Self {
        todo!()
    }
}
