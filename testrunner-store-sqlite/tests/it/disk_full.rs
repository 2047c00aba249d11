//! A disk that fills up stops the store and does not hurt it.

use std::path::Path;
use std::process::Command;

use testrunner_core::store::Batch;
use testrunner_core::{Store, StoreErrorKind, WorkStore};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{TTL, claim_by, log_at};

use crate::folder::{Folder, submit};

/// A disk of 24 MiB, gone at the end.
struct Disk(Folder);

impl Disk {
    fn mount() -> Self {
        let folder = Folder::new();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(folder.path())
            .status();
        assert!(mounted.expect("mount").success(), "only root may mount");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: connections may still be closing.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts a disk, which needs root: cargo test -- --ignored disk_full"]
async fn a_full_disk_is_said_and_survived() {
    let disk = Disk::mount();
    let store = SqliteStore::open(disk.path().join("ledger.db")).await.expect("open");
    let run = submit(&store, 2).await.id;
    let lease = store.claim(&claim_by("w", 1)).await.expect("claim").leases.swap_remove(0);
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![7; 19 << 20]).expect("ballast");
    let mut stored = 0;
    let error = loop {
        let events = [log_at(lease.files[0], 0, vec![b'x'; 65_536])];
        match store.append(lease.key, Batch { from_n: stored, events: &events }).await {
            Ok(appended) => stored = appended.next_n,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("ledger.db"), "{error}");
    assert!(stored > 3, "{stored}");
    // Several at once: none is told that it was stored when it was not.
    let events = [log_at(lease.files[0], 0, vec![b'x'; 65_536])];
    let batch = || Batch { from_n: stored, events: &events };
    let (one, two) = tokio::join!(store.append(lease.key, batch()), store.append(lease.key, batch()));
    for answer in [one, two] {
        assert_eq!(answer.expect_err("full").kind(), StoreErrorKind::Unavailable);
    }
    let before = store.get(run).await.expect("reading goes on").summary;
    assert_eq!(before.last_seq.0, 3 + i64::try_from(stored).expect("small"));
    std::fs::remove_file(&ballast).expect("room again");
    let appended = store.append(lease.key, batch()).await.expect("heals by itself");
    assert_eq!((appended.next_n, appended.last_seq.0), (stored + 1, before.last_seq.0 + 1));
    store.renew(&[lease.key], TTL).await.expect("renew");
    store.check().await.expect("sound");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts a disk, which needs root: cargo test -- --ignored disk_full"]
async fn a_copy_that_does_not_fit_is_said_and_leaves_nothing() {
    let disk = Disk::mount();
    let store = SqliteStore::open(disk.path().join("ledger.db")).await.expect("open");
    let run = submit(&store, 2).await.id;
    store.put_blobs(&[vec![7; 4 << 20]]).await.expect("room for it once");
    let ballast = disk.path().join("ballast");
    std::fs::write(&ballast, vec![7; 13 << 20]).expect("ballast");
    let copy = disk.path().join("copy.db");
    let error = store.backup(&copy).await.expect_err("full");
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("copy.db") && error.to_string().contains("full"), "{error}");
    assert!(!copy.exists());
    let left = std::fs::read_dir(disk.path()).expect("folder").map(|entry| entry.expect("entry").file_name());
    let odd: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(odd.is_empty(), "{odd:?}");
    // What only reads goes on; what writes says what it always said.
    assert_eq!(store.backlog(9).await.expect("backlog").ready, 2);
    assert_eq!(store.changes(0, 9).await.expect("changes").last, 1);
    assert!(store.usage().await.expect("usage").bytes > 0);
    std::fs::remove_file(&ballast).expect("room again");
    store.backup(&copy).await.expect("backup");
    assert_eq!(store.get(run).await.expect("get").summary.items.open, 2);
    store.close().await;
}
