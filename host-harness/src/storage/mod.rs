//! What is durable: connections, their secrets, the rows that were collected and how far collecting has come.
//!
//! One SQLite file, `data.sqlite`, in the data folder. Rows belong to a generation of a partition; the views of the
//! database show the rows of published generations alone.

mod connections;
mod database;
mod error;
mod gaps;
mod generations;
mod locks;
mod notifications;
mod partitions;
mod references;
mod rows;
mod runs;
mod scan;
mod shelf;
mod vault;

pub use connections::{Connection, ConnectionId};
pub use database::Database;
pub use error::StorageError;
pub use gaps::StoredGap;
pub use generations::Building;
pub use locks::RunLock;
pub use notifications::StoredNotification;
pub use partitions::{PartitionState, Unfinished};
pub use references::Reference;
pub use runs::{RunId, RunTotals, StoredRun};
pub use scan::RowPage;
pub use shelf::ConnectionShelf;
pub use vault::ConnectionVault;
