//! The planner: `cargo bench -p testrunner-core --bench plan`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use testrunner_core::{Plan, plan};

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("plan");
    for files in [10_u32, 1_000, 10_000] {
        group.throughput(Throughput::Elements(files.into()));
        group.bench_with_input(BenchmarkId::from_parameter(files), &weighed(files), |bench, files| {
            bench.iter(|| plan(black_box(files), Plan::Weighted, 8));
        });
    }
    group.finish();
    criterion.final_summary();
}

/// Files in no order, two of three with a history.
fn weighed(files: u32) -> Vec<(u32, Option<Duration>)> {
    let time = |n: u32| Duration::from_micros(u64::from(n.wrapping_mul(2_654_435_761) % 10_000_000));
    (0..files).map(|n| (n, (n % 3 > 0).then(|| time(n)))).collect()
}
