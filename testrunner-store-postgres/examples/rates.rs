//! How much a server takes: `cargo run --release -p testrunner-store-postgres --example rates [URL]`. Works in a schema
//! of its own, which may be dropped afterwards.

use std::time::{Duration, Instant};

use testrunner_core::store::{Batch, Outcome};
use testrunner_core::{FileOutcome, Store as _, TestrunId, WorkStore as _};
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::store::factory::{CONTENT, claim_by, judged, log_at, per_file};
use tokio::task::JoinSet;

type Answer<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const TIME: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Answer {
    let url = std::env::args().nth(1);
    let url = url.unwrap_or_else(|| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    let options = PostgresStore::options().schema(format!("rates_{}", std::process::id())).connections(16);
    let store = options.open(&url).await?;
    store.put_blobs(&[CONTENT.to_vec()]).await?;
    for workers in [1, 8, 32] {
        say("items claimed and finished", workers, items(&store, workers).await?);
    }
    for (runs, writers) in [(1, 1), (1, 8), (1, 32), (8, 8), (32, 32)] {
        let what = format!("events in batches of 100, on {runs} Testruns");
        say(&what, writers, events(&store, runs, writers, 100).await?);
    }
    for writers in [1, 8, 32] {
        say("appends of one event, on one Testrun", writers, events(&store, 1, writers, 1).await?);
    }
    for submitters in [1, 8, 32] {
        say("Testruns created", submitters, creates(&store, submitters).await?);
    }
    store.close().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn say(what: &str, tasks: usize, (count, took): (u64, Duration)) {
    println!("{:>9.0}/s {what}, {tasks} at once", count as f64 / took.as_secs_f64());
}

async fn all(tasks: JoinSet<Answer<u64>>) -> Answer<u64> {
    tasks.join_all().await.into_iter().sum()
}

async fn items(store: &PostgresStore, workers: usize) -> Answer<(u64, Duration)> {
    store.create(&per_file(6_000)).await?;
    let (started, mut tasks) = (Instant::now(), JoinSet::new());
    for n in 0..workers {
        let store = store.clone();
        tasks.spawn(async move {
            let mut done = 0;
            while started.elapsed() < TIME {
                let claimed = store.claim(&claim_by(&format!("w{n}"), 1)).await?;
                let Some(lease) = claimed.leases.into_iter().next() else { break };
                let tail = judged(lease.files[0], FileOutcome::Passed);
                store.finish(lease.key, Batch { from_n: 0, events: &tail }, &Outcome::Completed).await?;
                done += 1;
            }
            Ok(done)
        });
    }
    let done = all(tasks).await?;
    let took = started.elapsed();
    while store.claim(&claim_by("rest", 500)).await?.leases.len() == 500 {}
    Ok((done, took))
}

async fn events(store: &PostgresStore, runs: u32, writers: usize, at_once: u64) -> Answer<(u64, Duration)> {
    for _ in 0..runs {
        store.create(&per_file(u32::try_from(writers)?.div_ceil(runs))).await?;
    }
    let leases = store.claim(&claim_by("w", u32::try_from(writers)?)).await?.leases;
    let (started, mut tasks) = (Instant::now(), JoinSet::new());
    for lease in leases {
        let store = store.clone();
        tasks.spawn(async move {
            let line = "one line of the output of a test, of about eighty characters as they often are\n";
            let batch: Vec<_> = (0..at_once).map(|n| log_at(lease.files[0], n, line)).collect();
            let mut next = 0;
            while started.elapsed() < TIME {
                next = store.append(lease.key, Batch { from_n: next, events: &batch }).await?.next_n;
            }
            Ok(next)
        });
    }
    Ok((all(tasks).await?, started.elapsed()))
}

async fn creates(store: &PostgresStore, submitters: usize) -> Answer<(u64, Duration)> {
    let (started, mut tasks) = (Instant::now(), JoinSet::new());
    for _ in 0..submitters {
        let store = store.clone();
        tasks.spawn(async move {
            let (mut done, mut last) = (0, TestrunId(0));
            while started.elapsed() < TIME {
                let created = store.create(&per_file(1)).await?.run.id();
                assert!(created > last, "numbers grow");
                (done, last) = (done + 1, created);
            }
            Ok(done)
        });
    }
    Ok((all(tasks).await?, started.elapsed()))
}
