//! Files for the planner.

use std::time::Duration;

/// So many files by index, in no order of their times, two of three with a history; always the same.
#[must_use]
pub fn weighed(files: u32) -> Vec<(u32, Option<Duration>)> {
    let time = |n: u32| Duration::from_micros(u64::from(n.wrapping_mul(2_654_435_761) % 10_000_000));
    (0..files).map(|n| (n, (n % 3 > 0).then(|| time(n)))).collect()
}
