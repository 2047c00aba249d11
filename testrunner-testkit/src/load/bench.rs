//! The benches of an adapter.

use std::time::Duration;

use criterion::Criterion;
use strum::IntoEnumIterator as _;

use super::{Answer, Step};

/// Measures each [`Step`] under this name, with so many samples of so long in all; `take` says how long so many steps
/// took.
///
/// # Panics
/// `take` fails: there is nothing to be measured.
pub fn bench_steps(name: &str, samples: usize, time: Duration, take: impl Fn(Step, u64) -> Answer<Duration>) {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(name);
    group.sample_size(samples).measurement_time(time);
    for step in Step::iter() {
        let take = |times| take(step, times).expect("the store");
        group.bench_function(step.to_string(), |bench| bench.iter_custom(take));
    }
    group.finish();
    criterion.final_summary();
}
