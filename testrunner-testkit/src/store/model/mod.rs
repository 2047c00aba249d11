//! Every store answers as the [`Ledger`](crate::ledger::Ledger) does, whatever it is asked and in whatever order.

mod call;
mod pair;
mod same;
mod verb;

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use self::pair::Pair;
use self::verb::{Verb, verb};
use super::{Bench, StoreHarness};

/// Steps between two comparisons of all that is stored, on a long walk.
const LOOK_EVERY: usize = 200;

/// Any short history: every answer is that of the ledger, and after every step all that is stored is, too.
/// The shortest history that differs is what is reported.
///
/// The number of histories is that of `PROPTEST_CASES`, else 48.
pub async fn store_agrees_with_the_ledger(h: &impl StoreHarness) {
    let config = Config {
        cases: number_from_env("PROPTEST_CASES").unwrap_or(48) as u32,
        failure_persistence: None,
        max_shrink_iters: 400,
        ..Config::default()
    };
    // The runner is not async; it gets this thread to itself for as long as it takes.
    let handle = tokio::runtime::Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&prop::collection::vec(verb(), 1..50), |history| {
            handle.block_on(async {
                let mut pair = Pair::new(Bench::new(h).await);
                for (step, verb) in history.iter().enumerate() {
                    pair.step(&format!("step {step}"), verb).await;
                    pair.compare().await;
                }
            });
            Ok(())
        })
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, history)) => panic!("{why}\nthe shortest history found: {history:#?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

/// One long history over one ledger: the steps of `TESTRUNNER_MODEL_STEPS`, else 1,500, from the seed in
/// `TESTRUNNER_MODEL_SEED`, else 1.
pub async fn store_agrees_with_the_ledger_for_long(h: &impl StoreHarness) {
    let steps = number_from_env("TESTRUNNER_MODEL_STEPS").unwrap_or(1_500) as usize;
    let seed = number_from_env("TESTRUNNER_MODEL_SEED").unwrap_or(1);
    let took = walk(h, steps, seed).await;
    say(h, steps, took);
}

/// Takes so many random steps on one store and on the ledger, and panics where they differ. The same seed takes
/// the same steps. Returns the time that they took.
pub async fn walk(h: &impl StoreHarness, steps: usize, seed: u64) -> Duration {
    let mut pair = Pair::new(Bench::new(h).await);
    let started = Instant::now();
    let mut step = 0;
    while step < steps {
        // Made in portions: what makes them cannot be kept over a call.
        for verb in verbs(seed.wrapping_add(step as u64), LOOK_EVERY.min(steps - step)) {
            pair.step(&format!("step {step} of seed {seed}"), &verb).await;
            step += 1;
        }
        pair.compare().await;
    }
    pair.bench.check_all().await;
    started.elapsed()
}

fn verbs(seed: u64, count: usize) -> Vec<Verb> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let any = verb();
    let next = |_| any.new_tree(&mut runner).expect("nothing is filtered").current();
    (0..count).map(next).collect()
}

fn number_from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[expect(clippy::print_stderr, reason = "a figure to be read")]
fn say(_: &impl StoreHarness, steps: usize, took: Duration) {
    let per_second = steps as f64 / took.as_secs_f64();
    eprintln!("{steps} steps in {took:.1?}, {per_second:.0} a second");
}
