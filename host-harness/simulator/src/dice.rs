//! Chance that falls the same on every machine: streams of ChaCha8 keyed by the tenant's seed and a topic.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::id::Id;

/// What a stream of chance is about. Streams of different topics never depend on each other, so that a new question
/// to chance changes no older answer.
#[derive(Clone, Copy)]
pub(crate) enum Topic {
    Organization = 1,
    User = 2,
    Application = 3,
    Product = 4,
    Group = 5,
    Day = 6,
    SignIn = 7,
    Report = 8,
    Registration = 9,
    Keys = 10,
    Renewal = 11,
    Service = 12,
}

/// One stream of chance.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of one topic, and within it of two numbers such as a user's and a day's.
    pub(crate) fn new(seed: u64, topic: Topic, first: u64, second: u64) -> Dice {
        let mut key = [0; 32];
        let words = [seed, topic as u64, first, second];
        for (to, from) in key.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        Dice(ChaCha8Rng::from_seed(key))
    }

    /// A number below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let scaled = u64::from(self.0.next_u32()) * u64::from(bound);
        u32::try_from(scaled >> 32).unwrap_or(0)
    }

    /// A number from `low` to `high`, both possible.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let span = high.saturating_sub(low).saturating_add(1);
        low.saturating_add_unsigned(self.below(span.max(0).cast_unsigned()))
    }

    /// True `thousandths` times out of a thousand.
    pub(crate) fn chance(&mut self, thousandths: u32) -> bool {
        self.below(1000) < thousandths
    }

    /// One of the texts, or an empty one when there is none.
    pub(crate) fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        let place = self.below(u32::try_from(texts.len()).unwrap_or(u32::MAX));
        texts.get(place as usize).copied().unwrap_or_default()
    }

    /// The place that falls when each has the given weight; 0 when all weigh nothing.
    pub(crate) fn weighed(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A fresh object id.
    pub(crate) fn id(&mut self) -> Id {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        Id::random(bytes)
    }

    /// Fresh bytes, for keys that must outlive a restart with the same seed.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
