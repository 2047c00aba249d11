//! The planner: `cargo bench -p testrunner-testkit --bench plan`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use testrunner_core::{Plan, plan};
use testrunner_testkit::load::weighed;

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
