//! Sorting. The library's sort is compiled anew for every type that is sorted, 4 KB each; here places are sorted, and so it
//! is compiled once. For the same reason maps are filled by `extend` and not by `collect`, which sorts first.

use std::cmp::Ordering;

/// Sorts places.
pub fn sort(places: &mut [usize], compare: &dyn Fn(&usize, &usize) -> Ordering) {
    places.sort_unstable_by(compare);
}

/// The places of all items, in the order of the items.
pub fn places<T>(items: &[T], compare: &dyn Fn(&T, &T) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..items.len()).collect();
    let by_items = |one: &usize, other: &usize| match (items.get(*one), items.get(*other)) {
        (Some(one), Some(other)) => compare(one, other),
        _ => Ordering::Equal,
    };
    sort(&mut places, &by_items);
    places
}
