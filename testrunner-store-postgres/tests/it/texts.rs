//! What Testruns are found by.

use std::collections::BTreeSet;
use std::sync::Arc;

use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, Executor as _};
use testrunner_core::store::{ListQuery, NewTestrun};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{Status, Store as _, TestrunId};
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::store::factory::{self, CONTENT};
use tokio::task::JoinSet;

use crate::server::{Server, trial};
use crate::stores::{open, submit};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("texts::a_text_is_found_among_many", |server| Box::pin(among_many(server))),
        trial("texts::they_go_with_the_last_testrun_that_has_them", |server| Box::pin(go(server))),
        trial("texts::none_is_lost_while_many_create_and_delete", |server| Box::pin(at_once(server))),
        trial("texts::those_of_an_older_ledger_are_found", |server| Box::pin(upgrade(server))),
    ]
}

fn with_text(text: &str) -> ListQuery {
    ListQuery { text: Some(text.to_owned()), ..ListQuery::default() }
}

async fn found(store: &PostgresStore, query: &ListQuery) -> Vec<i64> {
    store.list(query).await.expect("list").rows.iter().map(|run| run.id.0).collect()
}

/// How many rows there are in a table of this schema.
async fn rows(server: &Server, schema: &str, table: &str) -> i64 {
    let count = AssertSqlSafe(format!("SELECT count(*) FROM {schema}.{table}"));
    sqlx::query_scalar(count).fetch_one(&mut server.raw().await).await.expect("a number")
}

async fn create(store: &PostgresStore, username: &str) -> TestrunId {
    let labels = [("branch".to_owned(), "branch".to_owned()), (username.to_owned(), String::new())].into();
    let new = NewTestrun { username: username.to_owned(), labels, ..factory::per_file(3) };
    store.create(&new).await.expect("create").run.id()
}

async fn delete(store: &PostgresStore, run: TestrunId) {
    store.request_stop(run, StopWhy::Cancel, "eve").await.expect("stop");
    store.delete(run).await.expect("delete");
}

/// However many have a text, and however many texts there are: what is found is what is there.
async fn among_many(server: Arc<Server>) {
    const LAST: i64 = 6_000;
    let schema = server.fresh();
    let store = open(&server, &schema).await;
    submit(&store, 1).await;
    let copies = format!(
        "SET search_path = {schema};
         INSERT INTO testruns (id, username, executor, source, suite, options, limits, plan, labels, priority, max_lost,
                               max_infra, created_at, status, reason, finished_at)
         OVERRIDING SYSTEM VALUE
         SELECT i, CASE WHEN i % 1000 = 7 THEN 'rare' ELSE 'main' END, executor, source, suite, options, limits, plan,
                labels, priority, max_lost, max_infra, i, CASE WHEN i % 10 = 0 THEN 'FAILED' ELSE 'SUCCESS' END,
                CASE WHEN i % 10 = 0 THEN 'tests_failed' END, i
         FROM testruns, generate_series(2, {LAST}) AS i WHERE id = 1;
         INSERT INTO run_counters SELECT i, last_seq, log_bytes, bytes, failures, items_total, items_open, items_passed,
                items_failed, items_cancelled, files, cases
         FROM run_counters, generate_series(2, {LAST}) AS i WHERE run = 1;
         INSERT INTO labels SELECT id, 'commit', 'c' || to_char(id, 'FM00000') || 'x' FROM testruns WHERE id > 1;
         INSERT INTO texts (text) SELECT value FROM labels UNION SELECT 'commit' UNION SELECT 'main' UNION SELECT 'rare';
         INSERT INTO text_uses (text, run)
         SELECT t.id, r.id FROM testruns r JOIN texts t ON t.text = r.username WHERE r.id > 1
         UNION SELECT t.id, l.run FROM labels l JOIN texts t ON t.text IN (l.key, l.value)"
    );
    server.raw().await.execute(AssertSqlSafe(copies)).await.expect("copies");
    let is_rare = |i: i64| i % 1000 == 7;
    let has = |i: i64, text: &str| {
        let name = if is_rare(i) { "rare" } else { "main" };
        [name, "commit", &format!("c{i:05}x")].iter().any(|word| word.contains(text))
    };
    for text in ["c0300", "C0300", "c03", "c0", "0300", "main", "rare", "commit", "c00007x", "70", "c06001x"]
    {
        for (user, failed, limit) in
            [(false, false, 0), (true, false, 0), (false, true, 0), (false, false, 30), (false, true, 30)]
        {
            let query = ListQuery {
                username: user.then(|| "rare".to_owned()),
                statuses: if failed { vec![Status::Failed] } else { Vec::new() },
                limit,
                ..with_text(text)
            };
            let lower = text.to_lowercase();
            let fits = |i: &i64| (has(*i, &lower) || i.to_string() == text) && (!user || is_rare(*i));
            let wanted: Vec<i64> = (2..=LAST).rev().filter(fits).collect();
            let page = if limit == 0 { 100 } else { limit as usize };
            let shown = wanted.iter().copied().filter(|i| !failed || i % 10 == 0);
            let shown: Vec<i64> = shown.take(page).collect();
            assert_eq!(found(&store, &query).await, shown, "{query:?}");
            if let [.., last] = shown.as_slice() {
                let next = ListQuery { before: Some(TestrunId(*last)), ..query.clone() };
                let rest: Vec<i64> = wanted
                    .iter()
                    .copied()
                    .filter(|i| i < last && (!failed || i % 10 == 0))
                    .take(page)
                    .collect();
                assert_eq!(found(&store, &next).await, rest, "{next:?}");
            }
            let counts = store.counts(&query).await.expect("counts");
            if counts.more {
                assert!(limit > 0 && wanted.len() > page, "{query:?}: {counts:?}");
                assert!(counts.total() <= wanted.len() as u64, "{query:?}: {counts:?}");
            } else {
                assert_eq!(counts.total(), wanted.len() as u64, "{query:?}");
            }
        }
    }
    store.close().await;
}

/// Nobody is named in the ledger any more of whom there is no Testrun.
async fn go(server: Arc<Server>) {
    let schema = server.fresh();
    let store = open(&server, &schema).await;
    store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    let (ada, bob) = (create(&store, "ada").await, create(&store, "bob").await);
    delete(&store, ada).await;
    assert!(found(&store, &with_text("ada")).await.is_empty());
    assert_eq!(found(&store, &with_text("bob")).await, [bob.0]);
    assert_eq!(rows(&server, &schema, "texts").await, 6);
    delete(&store, bob).await;
    assert_eq!(rows(&server, &schema, "texts").await, 0);
    assert_eq!(rows(&server, &schema, "text_uses").await, 0);
    store.close().await;
}

/// A text that one removes may be the one that another has just found.
async fn at_once(server: Arc<Server>) {
    let schema = server.fresh();
    let store = Arc::new(open(&server, &schema).await);
    store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    let mut tasks = JoinSet::new();
    for task in 0..6 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let mut kept = Vec::new();
            for n in 0..20 {
                let run = create(&store, &format!("user{}", n % 2)).await;
                if (task + n) % 7 == 0 {
                    kept.push(run.0);
                } else {
                    delete(&store, run).await;
                }
            }
            kept
        });
    }
    let kept: BTreeSet<i64> = tasks.join_all().await.into_iter().flatten().collect();
    assert!(!kept.is_empty());
    for text in ["user", "branch"] {
        let query = ListQuery { limit: 500, ..with_text(text) };
        assert_eq!(found(&store, &query).await.into_iter().collect::<BTreeSet<_>>(), kept, "{text}");
    }
    for run in kept {
        delete(&store, TestrunId(run)).await;
    }
    assert_eq!(rows(&server, &schema, "texts").await, 0);
    store.close().await;
}

async fn upgrade(server: Arc<Server>) {
    let schema = server.fresh();
    let store = open(&server, &schema).await;
    store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    let (ada, bob) = (create(&store, "ada").await, create(&store, "bob").await);
    store.close().await;
    let back = format!(
        "SET search_path = {schema}; DROP TABLE texts, text_uses; DELETE FROM _testrunner_migrations WHERE version = 2"
    );
    server.raw().await.execute(AssertSqlSafe(back)).await.expect("as it was");
    let store = open(&server, &schema).await;
    assert_eq!(found(&store, &with_text("ADA")).await, [ada.0]);
    assert_eq!(found(&store, &with_text("branch")).await, [bob.0, ada.0]);
    delete(&store, ada).await;
    let carl = create(&store, "carl").await;
    assert_eq!(found(&store, &with_text("branch")).await, [carl.0, bob.0]);
    store.close().await;
}
