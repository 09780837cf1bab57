//! How fresh a dataset is as a whole, over all its partitions.

use crate::contract::store::Age;
use crate::contract::types::{Error, Instant};
use crate::step::Store;

/// The state of a dataset.
#[derive(Clone, Debug)]
pub struct Freshness {
    /// The id of the dataset.
    pub dataset: &'static str,
    /// `missing` when no partition was ever published, `stale` when not all are fresh.
    pub age: Age,
    /// When the oldest of the published partitions was published.
    pub published: Option<Instant>,
    /// Why a partition could not be renewed.
    pub cause: Option<Error>,
}

impl Freshness {
    /// Asks the host for the state of a dataset.
    ///
    /// # Errors
    /// `storage` when the host cannot tell.
    pub fn of(store: &dyn Store, dataset: &'static str) -> Result<Self, Error> {
        let partitions = store.ages(dataset)?;
        let published = partitions.iter().filter(|partition| partition.age != Age::Missing);
        let oldest = published.clone().filter_map(|partition| partition.published).min();
        let age = match (published.count(), partitions.iter().all(|partition| partition.age == Age::Fresh)) {
            (0, _) => Age::Missing,
            (_, true) => Age::Fresh,
            (_, false) => Age::Stale,
        };
        let cause = partitions.into_iter().find_map(|partition| partition.cause);
        Ok(Self { dataset, age, published: oldest, cause })
    }
}
