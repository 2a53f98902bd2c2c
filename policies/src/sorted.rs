//! Lists in order, each value once. They are short: a heap is as fast for them as the sort of the standard library, and that is three
//! kilobytes of module for each type.

use std::collections::BinaryHeap;

#[inline(never)]
pub(crate) fn unique<T: Ord>(values: Vec<T>) -> Vec<T> {
    let mut sorted = BinaryHeap::from(values).into_sorted_vec();
    sorted.dedup();
    sorted
}
