//! Ledgers that an older version of this program wrote.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use testrunner_core::store::{Batch, ListQuery, NewTestrun, OpenItem, Outcome};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{
    Digest, Event, FileOutcome, Item, Seq, Status, Store, StoreErrorKind, Testrun, TestrunId, WorkStore,
};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{self, claim_by};

use crate::backup::{all, assert_sound};
use crate::folder::{Folder, submit};

const FIRST: &str = include_str!("../../migrations/0001_ledger.sql");

/// All that there is to be known of a Testrun.
#[derive(Debug, PartialEq)]
struct Known(Testrun, Vec<Item>, Vec<Event>);

async fn known(store: &SqliteStore) -> Vec<Known> {
    let mut known = Vec::new();
    for run in all(store).await {
        let events = store.events(run.id, Seq(0), Default::default()).await.expect("events").events;
        let items = store.items(run.id).await.expect("items");
        known.push(Known(store.get(run.id).await.expect("get"), items, events));
    }
    known
}

async fn held(store: &SqliteStore) -> Vec<OpenItem> {
    store.backlog(100).await.expect("backlog").items
}

/// A ledger with Testruns in every status, one of them half done.
async fn fill(store: &SqliteStore) {
    let passed = submit(store, 1).await.id;
    let cancelled = submit(store, 2).await.id;
    store.request_stop(cancelled, StopWhy::Cancel, "eve").await.expect("stop");
    submit(store, 3).await;
    let claim = async |worker: &str| {
        store.claim(&claim_by(worker, 1)).await.expect("claim").leases.pop().expect("a lease")
    };
    let lease = claim("a").await;
    assert_eq!(lease.run, passed);
    let tail = factory::judged(0, FileOutcome::Passed);
    let batch = Batch { from_n: 0, events: &tail };
    store.finish(lease.key, batch, &Outcome::Completed).await.expect("finish");
    // The second item is held for longer than the first.
    let first = claim("b").await;
    claim("c").await;
    let nothing = Batch { from_n: 0, events: &[] };
    store.finish(first.key, nothing, &Outcome::Release).await.expect("release");
    assert_eq!(claim("d").await.key.item, first.key.item);
    submit(store, 1).await;
}

async fn connect(path: PathBuf) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    options.foreign_keys(false).connect().await.expect("connect")
}

/// Puts what is stored into a database as the first version made it.
async fn write_as_the_first_version_did(folder: &Folder) {
    let old = folder.path().join("old.db");
    let mut conn = connect(old.clone()).await;
    let run = async |conn: &mut SqliteConnection, sql: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(conn).await.expect("old database");
    };
    run(&mut conn, FIRST.to_owned()).await;
    run(&mut conn, format!("ATTACH '{}' AS new", folder.database().display())).await;
    let tables: Vec<(String, String)> = sqlx::query_as(
        "SELECT t.name, (SELECT group_concat(name) FROM pragma_table_info(t.name))
         FROM main.sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&mut conn)
    .await
    .expect("tables");
    assert!(tables.len() > 8, "{tables:?}");
    for (table, columns) in tables {
        run(
            &mut conn,
            format!(
                "DELETE FROM main.{table};
                 INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}"
            ),
        )
        .await;
    }
    run(
        &mut conn,
        format!(
            "DETACH new;
             CREATE TABLE _testrunner_migrations (
                 version INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL,
                 applied_at INTEGER NOT NULL
             ) STRICT;
             INSERT INTO _testrunner_migrations VALUES (1, 'ledger', x'{}', 0);
             PRAGMA application_id = 1414690158",
            Digest::of(FIRST.as_bytes())
        ),
    )
    .await;
    conn.close().await.expect("close");
    std::fs::rename(old, folder.database()).expect("rename");
}

async fn schema(path: PathBuf) -> i64 {
    let mut conn = connect(path).await;
    let newest = sqlx::query_scalar("SELECT max(version) FROM _testrunner_migrations");
    let newest = newest.fetch_one(&mut conn).await.expect("a version");
    conn.close().await.expect("close");
    newest
}

fn snapshot(folder: &Folder) -> PathBuf {
    folder.path().join("ledger.db.before-v5")
}

/// A ledger of the first version; returns what is in it.
async fn old_ledger() -> (Folder, Vec<Known>, Vec<OpenItem>) {
    let folder = Folder::new();
    let store = folder.open().await;
    assert!(!snapshot(&folder).exists(), "there was nothing to be kept");
    fill(&store).await;
    let (before, open) = (known(&store).await, held(&store).await);
    store.close().await;
    write_as_the_first_version_did(&folder).await;
    assert_eq!(schema(folder.database()).await, 1);
    (folder, before, open)
}

#[tokio::test]
async fn a_ledger_of_the_first_version_is_brought_up_to_date() {
    let (folder, before, open) = old_ledger().await;
    // Of an upgrade that came to nothing.
    std::fs::write(snapshot(&folder), "half a copy").expect("write");
    let store = folder.open().await;
    assert_eq!(known(&store).await, before);
    assert_eq!(held(&store).await, open, "also who holds an item since when");
    assert_sound(&store).await;
    // What is new works on what is old, and the work goes on.
    let new =
        NewTestrun { labels: [("branch".to_owned(), "main".to_owned())].into(), ..factory::per_file(1) };
    let labelled = store.create(&new).await.expect("create").run.id();
    let labels = vec!["branch=main".parse().expect("a query")];
    let query = ListQuery { labels, ..ListQuery::default() };
    let found = store.list(&query).await.expect("list").rows;
    assert_eq!(found.iter().map(|run| run.id).collect::<Vec<_>>(), [labelled]);
    assert_eq!(store.counts(&ListQuery::default()).await.expect("counts").total(), before.len() as u64 + 1);
    assert_eq!(store.changes(0, 9).await.expect("changes").changes.len(), 1);
    store.reap(9).await.expect("reap");
    let lease = store.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
    store.renew(&[lease.key], Duration::from_secs(9)).await.expect("renew");
    assert_sound(&store).await;
    store.close().await;
    // The copy is the ledger of then, and opens as such.
    assert_eq!(schema(snapshot(&folder)).await, 1);
    let copy = SqliteStore::open(snapshot(&folder)).await.expect("open");
    assert_eq!(known(&copy).await, before);
    assert_sound(&copy).await;
    copy.close().await;
}

#[tokio::test]
async fn without_a_copy_nothing_is_changed() {
    let (folder, before, _) = old_ledger().await;
    // No file can take its name.
    std::fs::create_dir(snapshot(&folder)).expect("folder");
    std::fs::write(snapshot(&folder).join("theirs"), "").expect("write");
    let (kind, message) = folder.refusal().await;
    assert_eq!(kind, StoreErrorKind::Unavailable);
    for words in ["ledger.db is to be brought to schema 5", "ledger.db.before-v5", "Nothing was changed"] {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(schema(folder.database()).await, 1);
    let names =
        std::fs::read_dir(folder.path()).expect("folder").map(|entry| entry.expect("entry").file_name());
    let odd: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(odd.is_empty(), "{odd:?}");
    std::fs::remove_dir_all(snapshot(&folder)).expect("removed");
    let store = folder.open().await;
    assert_eq!(known(&store).await, before);
    assert_eq!(store.get(TestrunId(1)).await.expect("get").status(), Status::Success);
    store.close().await;
}

/// Whoever comes second finds it done, and does not copy what is new over what was old.
#[tokio::test(flavor = "multi_thread")]
async fn several_may_open_an_old_ledger_at_once() {
    let (folder, before, _) = old_ledger().await;
    let mut openers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        openers.spawn(SqliteStore::open(folder.database()));
    }
    for store in openers.join_all().await {
        let store = store.expect("open");
        assert_eq!(known(&store).await, before);
        store.close().await;
    }
    assert_eq!(schema(snapshot(&folder)).await, 1);
    assert_eq!(schema(folder.database()).await, 5);
}
