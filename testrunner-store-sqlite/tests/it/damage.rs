//! Damage is an answer that names the file, never a panic.

use std::io::{Seek as _, SeekFrom, Write as _};

use testrunner_core::{Seq, Store, StoreErrorKind};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{CONTENT, all_ended};

use crate::folder::{Folder, content, submit};

fn overwrite(folder: &Folder, from: u64, bytes: usize) {
    let mut file = std::fs::File::options().write(true).open(folder.database()).expect("open");
    file.seek(SeekFrom::Start(from)).expect("seek");
    file.write_all(&vec![0xa5; bytes]).expect("write");
}

#[tokio::test]
async fn damaged_pages_are_found() {
    // The header; the schema; pages in the middle; the end cut off.
    for part in 0..4 {
        let folder = Folder::new();
        let store = folder.open().await;
        submit(&store, 200).await;
        store.close().await;
        let size = std::fs::metadata(folder.database()).expect("size").len();
        match part {
            0 => overwrite(&folder, 20, 60),
            1 => overwrite(&folder, 100, 2_000),
            2 => overwrite(&folder, 8_192, 40_000),
            _ => {
                let file = std::fs::File::options().write(true).open(folder.database()).expect("open");
                file.set_len(size / 2).expect("cut");
            }
        }
        let (kind, message) = folder.refusal().await;
        assert_eq!(kind, StoreErrorKind::Corrupt, "{part}: {message}");
        assert!(message.contains("ledger.db") && message.contains("backup"), "{message}");
    }
}

#[tokio::test]
async fn damage_in_a_large_file_shows_when_it_is_read() {
    let folder = Folder::new();
    let store = folder.open().await;
    let run = submit(&store, 10).await.id;
    store.put_blobs(&[vec![1; 8 << 20]]).await.expect("put_blobs");
    store.close().await;
    // The large bytes came last; what was before them is overwritten.
    overwrite(&folder, 4_096, 200_000);
    let seen = match SqliteStore::open(folder.database()).await {
        Err(error) => error.kind(),
        Ok(store) => {
            let checked = store.check().await.expect_err("damaged");
            assert!(checked.to_string().contains("ledger.db"), "{checked}");
            let read = store.get(run).await.map(drop);
            let written = store.prune(&all_ended(), 1).await.map(drop);
            read.and(written).expect_err("damaged").kind()
        }
    };
    assert_eq!(seen, StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn an_unharmed_file_passes_the_check() {
    let folder = Folder::new();
    let store = folder.open().await;
    let run = submit(&store, 10).await.id;
    store.check().await.expect("unharmed");
    store.request_stop(run, testrunner_core::testrun::StopWhy::Cancel, "eve").await.expect("stop");
    store.delete(run).await.expect("delete");
    store.check().await.expect("nothing is left behind");
}

#[tokio::test]
async fn bytes_that_changed_are_not_handed_out() {
    let folder = Folder::new();
    let store = folder.open().await;
    submit(&store, 1).await;
    assert_eq!(content(&store).await.expect("blob"), CONTENT);
    folder.tamper("UPDATE blobs SET data = x'00'").await;
    let error = content(&store).await.expect_err("changed");
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("ledger.db"), "{error}");
}

#[tokio::test]
async fn rows_that_make_no_sense_are_named() {
    let folder = Folder::new();
    let store = folder.open().await;
    let run = submit(&store, 1).await.id;
    folder.tamper("UPDATE testruns SET limits = '{', priority = 99999; UPDATE events SET body = '[]'").await;
    let error = store.get(run).await.expect_err("no JSON");
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert!(error.to_string().contains("limits"), "{error}");
    let error = store.events(run, Seq(0), Default::default()).await.expect_err("no event");
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    let error = store.request_stop(run, testrunner_core::testrun::StopWhy::Cancel, "eve").await;
    assert_eq!(error.expect_err("a priority out of range").kind(), StoreErrorKind::Corrupt);
}
