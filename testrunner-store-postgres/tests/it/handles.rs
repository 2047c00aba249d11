//! Several handles on one schema, as several processes have them, and callers that go away.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use testrunner_core::doorbell::{Topic, Wake};
use testrunner_core::store::{Batch, ClaimRequest, EventLimit, Idempotency, ListQuery, NewTestrun, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{FileOutcome, ItemState, Seq, Status, Store as _, StoreErrorKind, WorkStore as _};
use testrunner_testkit::store::factory::{self, TTL, claim_by, grouped, log};
use tokio::task::JoinSet;

use crate::server::{Server, trial};
use crate::stores::{open, options, submit};

const SOON: Duration = Duration::from_secs(5);
const QUIET: Duration = Duration::from_millis(300);

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("handles::a_new_schema_may_be_opened_by_many_at_once", |server| Box::pin(many_open(server))),
        trial("handles::others_hear_what_concerns_them_and_nothing_else", |server| Box::pin(hear(server))),
        trial("handles::callers_that_give_up_leave_whole_runs_or_none", |server| Box::pin(give_up(server))),
        trial("handles::a_key_used_by_several_at_once_is_used_once", |server| Box::pin(key(server))),
        trial("handles::leases_of_a_claimer_that_gave_up_go_back", |server| Box::pin(go_back(server))),
        trial("handles::what_a_closed_handle_left_is_taken_back_at_once", |server| Box::pin(closed(server))),
        trial("handles::the_time_is_the_servers", |server| Box::pin(time(server))),
        trial("handles::the_zero_character_is_kept_or_refused", |server| Box::pin(zero(server))),
        trial("handles::of_two_who_replace_a_document_one_does", |server| Box::pin(documents(server))),
        trial("handles::damage_is_found", |server| Box::pin(damage(server))),
    ]
}

const fn nothing() -> Batch<'static> {
    Batch { from_n: 0, events: &[] }
}

async fn many_open(server: Arc<Server>) {
    let schema = server.fresh();
    let mut opening = JoinSet::new();
    for _ in 0..8 {
        let (options, url) = (options(&schema).connections(2), server.url());
        opening.spawn(async move { options.open(url).await.expect("open") });
    }
    let stores = opening.join_all().await;
    for store in &stores {
        submit(store, 1).await;
    }
    assert_eq!(stores[0].list(&ListQuery::default()).await.expect("list").rows.len(), 8);
    for store in stores {
        store.close().await;
    }
}

async fn hear(server: Arc<Server>) {
    let schema = server.fresh();
    let (mine, other) = (open(&server, &schema).await, open(&server, &schema).await);
    let elsewhere = open(&server, &server.fresh()).await;
    let run = submit(&mine, 2).await.id;
    let bell = mine.doorbell();
    let [mut work, mut stops, mut runs, mut events] =
        [Topic::Work, Topic::Stops, Topic::Runs, Topic::Run(run)].map(|topic| bell.listen(topic));
    let lease = other.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
    assert_eq!(events.rung(SOON).await, Wake::Hint, "a claim");
    assert_eq!(runs.rung(SOON).await, Wake::Hint, "RUNNING");
    other.renew(&[lease.key], TTL).await.expect("renew");
    submit(&elsewhere, 1).await;
    for listener in [&mut work, &mut stops, &mut runs, &mut events] {
        assert_eq!(listener.rung(QUIET).await, Wake::Timeout, "a renewal, and another schema, are no news");
    }
    other.finish(lease.key, nothing(), &Outcome::Release).await.expect("release");
    assert_eq!(work.rung(SOON).await, Wake::Hint, "it waits again");
    other.request_stop(run, StopWhy::Cancel, "eve").await.expect("stop");
    assert_eq!(stops.rung(SOON).await, Wake::Hint, "a stop");
    for store in [mine, other, elsewhere] {
        store.close().await;
    }
}

async fn give_up(server: Arc<Server>) {
    let schema = server.fresh();
    let store = open(&server, &schema).await;
    submit(&store, 1).await;
    let mut callers = JoinSet::new();
    for n in 0..200_u64 {
        let store = store.clone();
        callers.spawn(async move {
            let new = grouped(&[&[0, 1], &[2]]);
            tokio::time::timeout(Duration::from_micros(n * 200), store.create(&new)).await.is_ok()
        });
    }
    let answered = callers.join_all().await.into_iter().filter(|done| *done).count();
    store.close().await;
    let store = open(&server, &schema).await;
    let query = ListQuery { limit: 1_000, ..ListQuery::default() };
    let runs = store.list(&query).await.expect("list").rows;
    assert!(runs.len() > answered, "{} of {answered}", runs.len());
    for run in &runs[..runs.len() - 1] {
        assert_eq!((run.files.total, run.items.open, run.last_seq.0), (3, 2, 1));
    }
    store.check().await.expect("sound");
    store.close().await;
}

async fn key(server: Arc<Server>) {
    let store = open(&server, &server.fresh()).await;
    submit(&store, 1).await;
    for round in 0..30 {
        let key = format!("key {round}");
        let request = testrunner_core::Digest::of(key.as_bytes());
        let new = NewTestrun { idempotency: Some(Idempotency { key, request }), ..factory::whole(1) };
        let mut creating = JoinSet::new();
        for _ in 0..6 {
            let (store, new) = (store.clone(), new.clone());
            creating.spawn(async move { store.create(&new).await.expect("create") });
        }
        let created = creating.join_all().await;
        assert_eq!(created.iter().filter(|created| !created.existed).count(), 1, "round {round}");
        assert!(created.windows(2).all(|two| two[0].run.id() == two[1].run.id()), "round {round}");
    }
    store.close().await;
}

/// A pinned lease never runs out: if its claimer were gone, nobody would ever get the item.
async fn go_back(server: Arc<Server>) {
    let store = open(&server, &server.fresh()).await;
    let run = store.create(&factory::directory(4, store.process())).await.expect("create").run.id();
    let request = ClaimRequest { process: Some(store.process()), shared: false, max: 3, ..claim_by("w", 3) };
    let mut given_up = 0;
    for n in 0..120_u64 {
        let claim = store.claim(&request);
        match tokio::time::timeout(Duration::from_micros(n * 100), claim).await {
            Ok(claimed) => {
                for lease in claimed.expect("claim").leases {
                    store.finish(lease.key, nothing(), &Outcome::Release).await.expect("release");
                }
            }
            Err(_) => given_up += 1,
        }
    }
    assert!(given_up > 0, "nobody gave up");
    let all_back = async {
        loop {
            let items = store.items(run).await.expect("items");
            if items.iter().all(|item| item.state == ItemState::Ready) {
                break items;
            }
            tokio::task::yield_now().await;
        }
    };
    let items = tokio::time::timeout(SOON * 2, all_back).await.expect("all go back");
    assert!(items.iter().any(|item| item.attempts > 1), "{items:?}");
    store.close().await;
}

async fn closed(server: Arc<Server>) {
    let schema = server.fresh();
    let gone = open(&server, &schema).await;
    let shared = submit(&gone, 2).await.id;
    let pinned = gone.create(&factory::directory(2, gone.process())).await.expect("create").run.id();
    let own = ClaimRequest { process: Some(gone.process()), ..claim_by("w", 1) };
    let leases = gone.claim(&own).await.expect("claim").leases;
    let remote = gone.claim(&claim_by("elsewhere", 1)).await.expect("claim").leases;
    assert_eq!([leases[0].run, remote[0].run], [shared, shared]);
    let other = open(&server, &schema).await;
    assert!(other.reap(9).await.expect("reap").touched.is_empty(), "the process is alive");
    gone.close().await;
    let late = gone.create(&factory::per_file(1)).await.expect_err("closed");
    assert_eq!(late.kind(), StoreErrorKind::Unavailable);
    // A janitor that has just come takes back nothing by the clock, but what is certain.
    let reaped = other.reap(0).await.expect("reap");
    assert_eq!(reaped.ready.iter().map(|ticket| ticket.item).collect::<Vec<_>>(), [leases[0].key.item]);
    assert_eq!(other.get(pinned).await.expect("get").status(), Status::Failed);
    let tail = factory::judged(remote[0].files[0], FileOutcome::Passed);
    let tail = Batch { from_n: 0, events: &tail };
    other.finish(remote[0].key, tail, &Outcome::Completed).await.expect("still held");
    other.close().await;
}

/// Hosts with wrong clocks do no harm: nobody asks them.
async fn time(server: Arc<Server>) {
    let store = open(&server, &server.fresh()).await;
    let now = async || {
        let mut raw = server.raw().await;
        let now = sqlx::query_scalar("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
        now.fetch_one(&mut raw).await.expect("the time")
    };
    let before: i64 = now().await;
    let run = submit(&store, 1).await;
    let after: i64 = now().await;
    assert!((before..=after).contains(&run.created_at.0), "{before} {} {after}", run.created_at.0);
    let request = ClaimRequest { ttl: Duration::from_millis(1), ..claim_by("w", 1) };
    store.claim(&request).await.expect("claim");
    let backlog = store.backlog(9).await.expect("backlog").items;
    assert!(backlog[0].lease_until.is_some_and(|until| until.0 >= after));
    while store.reap(9).await.expect("reap").touched.is_empty() {
        tokio::task::yield_now().await;
    }
    store.close().await;
}

async fn zero(server: Arc<Server>) {
    let store = open(&server, &server.fresh()).await;
    let run = submit(&store, 1).await.id;
    let lease = store.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
    let mut events = vec![log(0, "a\0b"), factory::case(0, "test_\0", testrunner_core::CaseOutcome::Passed)];
    let mut end = factory::finished(0, FileOutcome::Failed);
    if let testrunner_core::EventBody::FileFinished(finish) = &mut end.body {
        finish.message = Some("it said \0".to_owned());
    }
    events.push(end);
    store.finish(lease.key, Batch { from_n: 0, events: &events }, &Outcome::Completed).await.expect("finish");
    let read = store.events(run, Seq(3), EventLimit::default()).await.expect("events").events;
    let bodies: Vec<_> = read.into_iter().take(3).map(|event| event.body).collect();
    assert_eq!(bodies, events.into_iter().map(|event| event.body).collect::<Vec<_>>());
    let message = store.get(run).await.expect("get").files[0].result.clone().expect("a result").message;
    assert_eq!(message.as_deref(), Some("it said \0"));
    let mut new = factory::whole(1);
    "ada\0".clone_into(&mut new.username);
    assert_eq!(store.create(&new).await.expect_err("no such name").kind(), StoreErrorKind::Invalid);
    for query in [
        ListQuery { username: Some("\0".to_owned()), ..ListQuery::default() },
        ListQuery { text: Some("\0".to_owned()), ..ListQuery::default() },
    ] {
        assert_eq!(store.list(&query).await.expect("list").rows, []);
    }
    store.close().await;
}

async fn documents(server: Arc<Server>) {
    let schema = server.fresh();
    let (one, two) = (open(&server, &schema).await, open(&server, &schema).await);
    assert_eq!(one.document("tokens").await.expect("read"), None);
    assert!(!one.replace_document("tokens", Some(1), b"x".to_vec()).await.expect("replace"), "there is none");
    let (first, second) = tokio::join!(
        one.replace_document("tokens", None, b"1".to_vec()),
        two.replace_document("tokens", None, b"2".to_vec())
    );
    assert!(first.expect("replace") ^ second.expect("replace"), "one of the two");
    for round in 1..=5 {
        let read = two.document("tokens").await.expect("read").expect("there");
        assert_eq!(read.version, round);
        let (first, second) = tokio::join!(
            one.replace_document("tokens", Some(round), vec![1; 9]),
            two.replace_document("tokens", Some(round), vec![2; 9])
        );
        assert!(first.expect("replace") ^ second.expect("replace"), "one of the two");
    }
    one.close().await;
    two.close().await;
}

async fn damage(server: Arc<Server>) {
    let schema = server.fresh();
    let store = open(&server, &schema).await;
    let run = submit(&store, 2).await.id;
    store.claim(&claim_by("w", 1)).await.expect("claim");
    store.check().await.expect("sound");
    let mut raw = server.raw().await;
    for (spoil, repair, what) in [
        ("UPDATE events SET seq = 99 WHERE seq = 2", "UPDATE events SET seq = 2 WHERE seq = 99", "dense"),
        (
            "UPDATE run_counters SET items_open = 1, items_passed = 1",
            "UPDATE run_counters SET items_open = 2, items_passed = 0",
            "counted wrongly",
        ),
        (
            "UPDATE blobs SET data = data || 'x'",
            "UPDATE blobs SET data = substr(data, 1, length(data) - 1)",
            "uploaded",
        ),
        ("UPDATE change_counter SET last = last + 1", "UPDATE change_counter SET last = last - 1", "changes"),
    ] {
        let set = format!("SET search_path = {schema}; ");
        let mut spoilt = async |statement: &str| {
            let both = sqlx::AssertSqlSafe(format!("{set}{statement}"));
            sqlx::raw_sql(both).execute(&mut raw).await.expect("spoil");
        };
        spoilt(spoil).await;
        let error = store.check().await.expect_err(what);
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(error.to_string().contains(what), "{error}");
        spoilt(repair).await;
        store.check().await.expect("repaired");
    }
    let digest = factory::CONTENT;
    assert_eq!(store.blob(testrunner_core::Digest::of(digest)).await.expect("blob"), digest);
    assert_eq!(store.get(run).await.expect("get").id(), run);
    store.close().await;
}
