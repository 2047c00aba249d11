//! One Testrun's events to many streams at once: `cargo bench -p testrunner-http --bench fanout`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use criterion::{BenchmarkId, Criterion, Throughput};
use http_body_util::BodyExt as _;
use testrunner_api::Role;
use testrunner_core::doorbell::{Doorbell as _, Topic};
use testrunner_core::store::{Batch, Outcome};
use testrunner_core::{Engine, FileOutcome, MemoryStore, Store as _, TestrunId, WorkStore as _};
use testrunner_http::token::{AllowAll, Identity};
use testrunner_http::{HttpConfig, router};
use testrunner_testkit::load::Answer;
use testrunner_testkit::store::factory::{CONTENT, claim_by, judged, log_at, per_file};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Events of one append, and appends of the Testrun.
const EVENTS: u64 = 100;
const APPENDS: u64 = 10;

fn main() -> Answer {
    let (mut criterion, runtime) = (Criterion::default().configure_from_args(), Runtime::new()?);
    let mut group = criterion.benchmark_group("fanout");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for streams in [1_u64, 10, 100] {
        group.throughput(Throughput::Elements(streams * EVENTS * APPENDS));
        let told = |times| runtime.block_on(told_often(streams, times)).expect("streams");
        group.bench_function(BenchmarkId::from_parameter(streams), |bench| bench.iter_custom(told));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}

async fn told_often(streams: u64, times: u64) -> Answer<Duration> {
    let mut took = Duration::ZERO;
    for _ in 0..times {
        took += told(streams).await?;
    }
    Ok(took)
}

/// From the first append to the end of the last stream.
async fn told(streams: u64) -> Answer<Duration> {
    let store = MemoryStore::new();
    let engine = Engine::builder(store.clone()).build()?;
    let (token, subject) = ("bench".to_owned(), "bench".to_owned());
    let mut config = HttpConfig::new(Arc::new(AllowAll(Identity { token, subject, role: Role::Admin })));
    (config.rates.streams, config.rates.all_streams) = (1_000, 1_000);
    (config.rates.requests, config.rates.worker_requests) = (1_000, 1_000);
    let app = router(engine, config);
    store.put_blobs(&[CONTENT.to_vec()]).await?;
    let run = store.create(&per_file(1)).await?.run.id();
    let lease = store.claim(&claim_by("w", 1)).await?.leases.pop().ok_or("nothing to claim")?;
    let mut reading = JoinSet::new();
    for _ in 0..streams {
        let mut body = open(&app, run).await?;
        reading.spawn(async move {
            let mut bytes = 0;
            while let Some(frame) = body.frame().await {
                bytes += frame?.data_ref().map_or(0, |data| data.len());
            }
            Answer::Ok(bytes)
        });
    }
    let lines: Vec<_> = (0..EVENTS).map(|n| log_at(0, n, "one line of output\n")).collect();
    let bell = store.doorbell();
    let started = Instant::now();
    for n in 0..APPENDS {
        store.append(lease.key, Batch { from_n: n * EVENTS, events: &lines }).await?;
        bell.ring(&[Topic::Run(run)]);
    }
    let tail = judged(0, FileOutcome::Passed);
    let last = Batch { from_n: APPENDS * EVENTS, events: &tail };
    store.finish(lease.key, last, &Outcome::Completed).await?;
    bell.ring(&[Topic::Run(run), Topic::Runs]);
    let mut lengths = Vec::new();
    for bytes in reading.join_all().await {
        lengths.push(bytes?);
    }
    let took = started.elapsed();
    assert!(lengths.iter().all(|bytes| *bytes == lengths[0]), "all were told the same");
    Ok(took)
}

async fn open(app: &Router, run: TestrunId) -> Answer<Body> {
    let request = Request::get(format!("/api/v1/testruns/{run}/events"))
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, "Bearer bench")
        .header(header::ACCEPT, "text/event-stream");
    let response = app.clone().oneshot(request.body(Body::empty())?).await?;
    if response.status() != 200 {
        return Err(format!("{}", response.status()).into());
    }
    Ok(response.into_body())
}
