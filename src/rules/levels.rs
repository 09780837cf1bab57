//! Levels of abilities: what a product gives, what a person needs.

/// Levels by the place of the ability, in the order of the places. 1 where an ability has no levels; gigabytes for
/// mailboxes and files.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Levels(Vec<(u16, u32)>);

impl Levels {
    /// The level of an ability.
    #[must_use]
    pub fn get(&self, place: u16) -> Option<u32> {
        self.find(place).ok().and_then(|at| self.0.get(at)).map(|(_, level)| *level)
    }

    /// Whether an ability is among these.
    #[must_use]
    pub fn has(&self, place: u16) -> bool {
        self.find(place).is_ok()
    }

    /// Adds an ability, or raises it to a level.
    pub fn raise(&mut self, place: u16, level: u32) {
        match self.find(place) {
            Ok(at) => self.0.iter_mut().skip(at).take(1).for_each(|(_, known)| *known = level.max(*known)),
            Err(at) => self.0.insert(at, (place, level)),
        }
    }

    /// Keeps what is wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(u16, u32) -> bool) {
        self.0.retain(|(place, level)| wanted(*place, *level));
    }

    /// Places and levels.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u32)> {
        self.0.iter().copied()
    }

    /// The places.
    pub fn places(&self) -> impl Iterator<Item = u16> {
        self.0.iter().map(|(place, _)| *place)
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// An ability without levels.
    #[must_use]
    pub fn one(place: u16) -> Self {
        Self(vec![(place, 1)])
    }

    /// Adds levels; the higher one counts.
    pub fn join(&mut self, more: &Self) {
        more.iter().for_each(|(place, level)| self.raise(place, level));
    }

    /// Whether these are enough where others are needed.
    #[must_use]
    pub fn cover(&self, need: &Self) -> bool {
        need.iter().all(|(place, level)| self.get(place).is_some_and(|given| given >= level))
    }

    fn find(&self, place: u16) -> Result<usize, usize> {
        self.0.binary_search_by_key(&place, |(known, _)| *known)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn levels(all: &[(u16, u32)]) -> Levels {
        let mut levels = Levels::default();
        all.iter().for_each(|(place, level)| levels.raise(*place, *level));
        levels
    }

    proptest! {
        #[test]
        fn the_highest_level_of_each_place_counts_whatever_their_order(
            one in prop::collection::vec((0_u16..8, 0_u32..4), 0..12),
            other in prop::collection::vec((0_u16..8, 0_u32..4), 0..12),
        ) {
            let mut expected: BTreeMap<u16, u32> = BTreeMap::new();
            for (place, level) in one.iter().chain(&other) {
                let known = expected.entry(*place).or_insert(*level);
                *known = (*known).max(*level);
            }
            let mut both = levels(&one);
            both.join(&levels(&other));
            prop_assert_eq!(both.iter().collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
            prop_assert!(both.cover(&levels(&one)) && both.cover(&levels(&other)));
            for (place, level) in both.iter() {
                prop_assert_eq!(both.get(place), Some(level));
                prop_assert!(!both.cover(&levels(&[(place, level + 1)])) && !both.cover(&levels(&[(9, 0)])));
            }
        }
    }

    #[test]
    fn what_is_not_wanted_goes() {
        let mut all = levels(&[(3, 1), (1, 50), (2, 100)]);
        all.retain(|place, level| place != 1 && level < 100);
        assert_eq!(all.iter().collect::<Vec<_>>(), [(3, 1)]);
        assert!(all.has(3) && !all.has(1) && !all.is_empty());
    }
}
