//! What is durable: connections, their secrets, the rows that were collected and how far collecting has come.
//!
//! One SQLite file, `data.sqlite`, in the data folder. A task builds a *generation* of its *partition*, step by step;
//! the generation becomes visible as a whole when it is complete, and the one before goes in the same transaction.
//! Readers, and the views of the database, see visible rows alone.

mod background;
mod column;
mod connections;
mod database;
mod destinations;
mod error;
mod gaps;
mod generations;
mod locks;
mod moment;
mod notifications;
mod outbox;
mod partitions;
mod planned_runs;
mod references;
mod rows;
mod runs;
mod scan;
mod shelf;
#[cfg(test)]
pub(crate) mod tests;
mod vault;
mod views;

pub use background::Background;
pub use connections::{Connection, ConnectionId, is_not_possible};
pub use database::Database;
pub use destinations::{Destination, DestinationId};
pub use error::StorageError;
pub use gaps::StoredGap;
pub use generations::Building;
pub use locks::RunLock;
pub use notifications::{Mute, MuteBy, Selection, StoredNotification};
pub use outbox::{Pending, Tally};
pub use partitions::{PartitionState, Unfinished};
pub use references::Reference;
pub use runs::{RunId, RunTotals, StoredRun};
pub use scan::RowPage;
pub use shelf::ConnectionShelf;
pub use vault::ConnectionVault;

pub(crate) use background::of_connection as background;
pub(crate) use connections::all as connections;
pub(crate) use error::Failure;
pub(crate) use gaps::of_connection as gaps;
pub(crate) use moment::{date_of, date_of_day};
pub(crate) use notifications::of_connection as notifications;
pub(crate) use partitions::of_connection as partitions;
pub(crate) use planned_runs::of_connection as planned_run;
pub(crate) use rows::Named;
pub(crate) use runs::{last as last_run, recent as recent_runs};
pub(crate) use scan::each;
