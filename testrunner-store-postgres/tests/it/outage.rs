//! Connections and servers that go away in the middle of things.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use libtest_mimic::Trial;
use testrunner_core::doorbell::{Topic, Wake};
use testrunner_core::store::{
    Batch, ClaimRequest, EventLimit, Idempotency, LeaseStatus, ListQuery, NewTestrun, Outcome,
};
use testrunner_core::{Digest, FileOutcome, ItemState, Seq, Status, Store, StoreErrorKind, WorkStore};
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::store::factory::{self, CONTENT, claim_by, judged, per_file};
use tokio::task::JoinSet;

use crate::private::{self, Private};
use crate::server::{Server, trial, trial_unless};
use crate::stores::{open, options, submit};

const SOON: Duration = Duration::from_secs(10);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("outage::killed_connections_lose_and_double_nothing", |server| {
            Box::pin(killed_connections_lose_and_double_nothing(server))
        }),
        trial("outage::a_killed_listener_is_back_and_says_so", |server| {
            Box::pin(a_killed_listener_is_back_and_says_so(server))
        }),
        trial("outage::a_process_without_its_connections_is_not_dead", |server| {
            Box::pin(a_process_without_its_connections_is_not_dead(server))
        }),
        trial("outage::who_is_killed_is_dead_after_the_grace", |server| {
            Box::pin(who_is_killed_is_dead_after_the_grace(server))
        }),
        trial_unless(
            private::missing(),
            "outage::a_server_that_stops_at_once_loses_and_doubles_nothing",
            |_| Box::pin(a_server_that_stops_at_once_loses_and_doubles_nothing()),
        ),
    ]
}

/// Ends all sessions of stores in this schema; returns how many.
async fn kill(server: &Server, schema: &str, listening: Option<bool>) -> i64 {
    let mut raw = server.raw().await;
    // The schema is what their sessions were started with; every table of it that they use is locked for a moment.
    let killed = sqlx::query_scalar(
        "SELECT count(pg_terminate_backend(a.pid)) FROM pg_stat_activity a
         WHERE a.application_name = $1 AND ($2::bool IS NULL OR (a.query LIKE 'LISTEN%' OR a.query LIKE '%pg_try_advisory_lock%'
                OR a.query LIKE '%pg_backend_pid%') = $2)",
    );
    killed.bind(name(schema)).bind(listening).fetch_one(&mut raw).await.expect("kill")
}

fn name(schema: &str) -> String {
    format!("tests_{schema}").chars().take(60).collect()
}

fn url(server: &Server, schema: &str) -> String {
    let join = if server.url().contains('?') { '&' } else { '?' };
    format!("{}{join}application_name={}", server.url(), name(schema))
}

/// As often as it takes; all verbs are safe to repeat.
macro_rules! insist {
    ($call:expr) => {
        loop {
            match $call.await {
                Err(error) if error.is_retryable() => tokio::time::sleep(Duration::from_millis(20)).await,
                other => break other,
            }
        }
    };
}

/// Works as workers, submitters and janitors do, until told to stop; returns the numbers of all that was submitted.
async fn work(store: PostgresStore, n: usize, stop: Arc<AtomicBool>) -> usize {
    let mut submitted = 0;
    while !stop.load(Ordering::Relaxed) {
        let key = format!("{n}-{submitted}");
        let idempotency = Some(Idempotency { request: Digest::of(key.as_bytes()), key });
        let new = NewTestrun { idempotency, max_lost: 1_000, ..per_file(2) };
        insist!(store.put_blobs(&[CONTENT.to_vec()])).map(drop).expect("put_blobs");
        insist!(store.create(&new)).expect("create");
        submitted += 1;
        one_item(&store, &format!("w{n}")).await;
    }
    submitted
}

async fn one_item(store: &PostgresStore, worker: &str) -> bool {
    let claimed = insist!(store.claim(&claim_by(worker, 1))).expect("claim");
    let Some(lease) = claimed.leases.into_iter().next() else { return false };
    let tail = judged(lease.files[0], FileOutcome::Passed);
    let done: Vec<_> = tail.iter().filter(|_| lease.done.is_empty()).cloned().collect();
    let (first, rest) = done.split_at(done.len() / 2);
    let appended = insist!(store.append(lease.key, Batch { from_n: 0, events: first }));
    let rest = Batch { from_n: first.len() as u64, events: rest };
    let finished = match appended {
        Ok(_) => insist!(store.finish(lease.key, rest, &Outcome::Completed)).map(drop),
        Err(error) => Err(error),
    };
    if let Err(error) = finished {
        assert_eq!(error.kind(), StoreErrorKind::Fenced, "{error}");
    }
    true
}

/// What was submitted is there once, ends well, and its log is whole.
async fn check(store: &PostgresStore, submitted: usize) {
    let query = ListQuery { limit: 100_000, ..ListQuery::default() };
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        // Leases whose answer was lost, and whose return was lost as well, run out.
        while one_item(store, "last").await {}
        let open = insist!(store.counts(&query)).expect("counts");
        if open.created + open.running == 0 {
            break;
        }
        assert!(tokio::time::Instant::now() < end, "items stay open: {open:?}");
        insist!(store.reap(1_000)).expect("reap");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let runs = store.list(&query).await.expect("list").rows;
    assert_eq!(runs.len(), submitted, "each was submitted once");
    for run in runs {
        assert_eq!((run.status, run.cases.passed), (Status::Success, 2), "Testrun {}", run.id);
        let log = store
            .events(run.id, Seq(0), EventLimit { events: 10_000, bytes: 1 << 30 })
            .await
            .expect("events");
        let finished = log.events.iter().filter(|event| event.body.kind() == "file_finished").count();
        assert_eq!(finished, 2, "Testrun {}", run.id);
    }
    store.check().await.expect("sound");
}

async fn killed_connections_lose_and_double_nothing(server: Arc<Server>) {
    let schema = server.fresh();
    let (url, stop) = (url(&server, &schema), Arc::new(AtomicBool::new(false)));
    let store = options(&schema).open(&url).await.expect("open");
    let mut workers = JoinSet::new();
    for n in 0..6 {
        workers.spawn(work(store.clone(), n, Arc::clone(&stop)));
    }
    let mut killed = 0;
    while killed < 60 {
        tokio::time::sleep(Duration::from_millis(60)).await;
        killed += kill(&server, &schema, None).await;
    }
    stop.store(true, Ordering::Relaxed);
    let submitted = workers.join_all().await.into_iter().sum();
    check(&store, submitted).await;
    store.close().await;
}

async fn a_killed_listener_is_back_and_says_so(server: Arc<Server>) {
    let schema = server.fresh();
    let url = url(&server, &schema);
    let store = options(&schema).open(&url).await.expect("open");
    let other = open(&server, &schema).await;
    let run = submit(&other, 1).await.id;
    let mut listener = store.doorbell().listen(Topic::Run(run));
    // What was said before is on its way.
    listener.rung(Duration::from_millis(300)).await;
    assert_eq!(kill(&server, &schema, Some(true)).await, 1, "the session that listens");
    assert_eq!(listener.rung(SOON).await, Wake::Resync, "something may have been missed");
    let lease = other.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
    let end = tokio::time::Instant::now() + SOON;
    while listener.rung(SOON).await != Wake::Hint {
        assert!(tokio::time::Instant::now() < end, "it listens no more");
        other.append(lease.key, Batch { from_n: 0, events: &[] }).await.expect("append");
        other.finish(lease.key, Batch { from_n: 0, events: &[] }, &Outcome::Release).await.ok();
    }
    store.close().await;
    other.close().await;
}

async fn a_process_without_its_connections_is_not_dead(server: Arc<Server>) {
    let schema = server.fresh();
    let url = url(&server, &schema);
    let grace = Duration::from_secs(2);
    let owner = options(&schema).process_grace(grace).open(&url).await.expect("open");
    let judge = options(&schema).process_grace(grace).open(server.url()).await.expect("open");
    let run = owner.create(&factory::directory(1, owner.process())).await.expect("create").run.id();
    let end = tokio::time::Instant::now() + grace * 3;
    while tokio::time::Instant::now() < end {
        kill(&server, &schema, None).await;
        assert_eq!(judge.reap(9).await.expect("reap").touched, [], "it lives");
        tokio::time::sleep(grace / 8).await;
    }
    let request = ClaimRequest { process: Some(owner.process()), ..claim_by("w", 1) };
    let lease = insist!(owner.claim(&request)).expect("claim").leases.swap_remove(0);
    let held = insist!(owner.renew(&[lease.key], factory::TTL)).expect("renew");
    assert_eq!((lease.run, held), (run, vec![LeaseStatus::Held { stop: None }]));
    owner.close().await;
    judge.close().await;
}

async fn who_is_killed_is_dead_after_the_grace(server: Arc<Server>) {
    let schema = server.fresh();
    let url = url(&server, &schema);
    let grace = Duration::from_secs(2);
    let judge = options(&schema).process_grace(grace).open(server.url()).await.expect("open");
    // A runtime that is dropped with everything in it is as good as a process that is killed.
    let (sender, killed) = tokio::sync::oneshot::channel();
    let settings = options(&schema).process_grace(grace);
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (store, run) = runtime.block_on(async {
            let store = settings.open(&url).await.expect("open");
            let run = store.create(&factory::directory(1, store.process())).await.expect("create").run.id();
            (store, run)
        });
        runtime.shutdown_background();
        sender.send(run).expect("somebody waits");
        std::mem::drop(store);
    });
    let run = killed.await.expect("a Testrun");
    thread.join().expect("the thread");
    assert_eq!(judge.reap(9).await.expect("reap").touched, [], "it was there a moment ago");
    let end = tokio::time::Instant::now() + grace * 10;
    while judge.reap(9).await.expect("reap").touched != [run] {
        assert!(tokio::time::Instant::now() < end, "it is never found out");
        tokio::time::sleep(grace / 10).await;
    }
    assert_eq!(judge.items(run).await.expect("items")[0].state, ItemState::Cancelled);
    judge.close().await;
}

async fn a_server_that_stops_at_once_loses_and_doubles_nothing() {
    let private = Private::start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let open = || PostgresStore::options().connections(4).open(private.url());
    let stores = [open().await.expect("open"), open().await.expect("open")];
    let pinned =
        stores[0].create(&factory::directory(1, stores[0].process())).await.expect("create").run.id();
    let mut workers = JoinSet::new();
    for n in 0..4 {
        workers.spawn(work(stores[n % 2].clone(), n, Arc::clone(&stop)));
    }
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        private.restart().await;
    }
    stop.store(true, Ordering::Relaxed);
    let submitted: usize = workers.join_all().await.into_iter().sum();
    assert!(submitted > 0, "it worked in between");
    insist!(stores[1].reap(1_000)).expect("reap");
    assert_eq!(stores[1].get(pinned).await.expect("get").status(), Status::Created, "its process lives");
    insist!(stores[0].request_stop(pinned, testrunner_core::testrun::StopWhy::Cancel, "eve")).expect("stop");
    insist!(stores[0].delete(pinned)).expect("delete");
    check(&stores[1], submitted).await;
    for store in stores {
        store.close().await;
    }
}
