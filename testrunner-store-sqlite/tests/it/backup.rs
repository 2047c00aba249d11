//! Copies of the whole ledger, made while it is used.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use testrunner_core::store::ListQuery;
use testrunner_core::testrun::{StopWhy, Summary};
use testrunner_core::{FileOutcome, Store, StoreErrorKind, TestrunId, WorkStore, fsck};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{self, claim_by};
use tokio::task::JoinSet;

use crate::folder::{Folder, submit};

pub(crate) async fn all(store: &SqliteStore) -> Vec<Summary> {
    store.list(&ListQuery { limit: 10_000, ..ListQuery::default() }).await.expect("list").rows
}

/// Nothing in it contradicts anything else, page by page and event by event.
pub(crate) async fn assert_sound(store: &SqliteStore) {
    store.check().await.expect("sound pages");
    for run in all(store).await {
        assert_eq!(fsck::check(store, run.id).await.expect("fsck"), [], "Testrun {}", run.id);
    }
}

/// Submits, runs, stops and removes until it is told to end; returns what it left.
async fn live(store: SqliteStore, over: Arc<AtomicBool>) -> Vec<TestrunId> {
    let mut kept = Vec::new();
    for n in 0.. {
        let run = submit(&store, 2).await.id;
        if n % 3 == 0 {
            store.request_stop(run, StopWhy::Cancel, "eve").await.expect("stop");
            store.delete(run).await.expect("delete");
            continue;
        }
        kept.push(run);
        for lease in store.claim(&claim_by("w", 2)).await.expect("claim").leases {
            let tail = factory::judged(lease.files[0], FileOutcome::Passed);
            let batch = testrunner_core::store::Batch { from_n: 0, events: &tail };
            let outcome = testrunner_core::store::Outcome::Completed;
            store.finish(lease.key, batch, &outcome).await.expect("finish");
        }
        if over.load(Ordering::Relaxed) {
            break;
        }
    }
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_others_write_is_a_whole_ledger() {
    let folder = Folder::new();
    let store = folder.open().await;
    let mut before = Vec::new();
    for _ in 0..20 {
        before.push(submit(&store, 3).await.id);
    }
    let over = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for _ in 0..3 {
        writers.spawn(live(store.clone(), Arc::clone(&over)));
    }
    let copies: Vec<_> = (0..4).map(|n| folder.path().join(format!("copy {n}.db"))).collect();
    for copy in &copies {
        store.backup(copy).await.expect("backup");
    }
    over.store(true, Ordering::Relaxed);
    let kept: Vec<TestrunId> = writers.join_all().await.concat();
    assert!(!kept.is_empty());
    let after: Vec<TestrunId> = all(&store).await.iter().map(|run| run.id).collect();
    let mut newest = 0;
    for copy in &copies {
        let copied = SqliteStore::open(copy).await.expect("open");
        assert_sound(&copied).await;
        let runs: Vec<TestrunId> = all(&copied).await.iter().map(|run| run.id).collect();
        assert!(before.iter().all(|run| runs.contains(run)), "what was there before is in it");
        let last = copied.changes(0, 1).await.expect("changes").last;
        assert!(last >= newest, "a later copy has no less");
        newest = last;
        // It is a ledger of its own from here on.
        let own = submit(&copied, 1).await.id;
        assert!(!runs.contains(&own));
        copied.close().await;
    }
    assert_eq!(all(&store).await.iter().map(|run| run.id).collect::<Vec<_>>(), after);
    assert_sound(&store).await;
    store.close().await;
}

#[tokio::test]
async fn a_copy_takes_no_name_that_is_taken_and_leaves_nothing_half_done() {
    let folder = Folder::new();
    let store = folder.open().await;
    submit(&store, 1).await;
    let taken = folder.path().join("taken");
    std::fs::write(&taken, "theirs").expect("write");
    let refused = store.backup(&taken).await.expect_err("refused");
    assert_eq!(refused.kind(), StoreErrorKind::Conflict);
    assert!(refused.to_string().contains("taken exists already"), "{refused}");
    assert_eq!(std::fs::read_to_string(&taken).expect("read"), "theirs");
    let nowhere = folder.path().join("none").join("copy.db");
    let refused = store.backup(&nowhere).await.expect_err("refused");
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
    assert!(refused.to_string().contains("copy.db"), "{refused}");
    let good = folder.path().join("copy.db");
    store.backup(&good).await.expect("backup");
    let names =
        std::fs::read_dir(folder.path()).expect("folder").map(|entry| entry.expect("entry").file_name());
    let odd: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(odd.is_empty(), "{odd:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&good).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only the owner may read it");
    }
    store.close().await;
}
