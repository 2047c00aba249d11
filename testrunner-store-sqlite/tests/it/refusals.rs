//! Files that are not ours to write to are refused, untouched, with a sentence that says what to do.

use testrunner_core::StoreErrorKind;
use testrunner_store_sqlite::SqliteStore;

use crate::folder::{Folder, submit};

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = Folder::new();
    folder.open().await.close().await;
    folder.tamper("INSERT INTO _testrunner_migrations VALUES (99, 'later', x'00', 0)").await;
    let (kind, message) = folder.refusal().await;
    assert_eq!(kind, StoreErrorKind::Invalid);
    assert!(message.contains("schema 99") && message.contains("upgrade this program"), "{message}");
}

#[tokio::test]
async fn another_schema_of_the_same_number_is_refused() {
    let folder = Folder::new();
    folder.open().await.close().await;
    folder.tamper("UPDATE _testrunner_migrations SET digest = x'00'").await;
    let (kind, message) = folder.refusal().await;
    assert_eq!(kind, StoreErrorKind::Corrupt);
    assert!(message.contains("schema 1 is not the one"), "{message}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    folder.tamper("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (7)").await;
    let before = std::fs::read(folder.database()).expect("read");
    let (kind, message) = folder.refusal().await;
    assert_eq!(kind, StoreErrorKind::Invalid);
    assert!(message.contains("another program") && message.contains("ledger.db"), "{message}");
    assert_eq!(std::fs::read(folder.database()).expect("read"), before);
    // An empty one that carries somebody's mark is not ours either.
    let folder = Folder::new();
    folder.tamper("PRAGMA application_id = 77").await;
    assert_eq!(folder.refusal().await.0, StoreErrorKind::Invalid);
}

#[tokio::test]
async fn what_is_no_database_is_refused_and_left_as_it_is() {
    for text in ["hello", &"no database at all\n".repeat(500)] {
        let folder = Folder::new();
        std::fs::write(folder.database(), text).expect("write");
        let (kind, message) = folder.refusal().await;
        assert_eq!(kind, StoreErrorKind::Corrupt);
        assert!(message.contains("is not a database") && message.contains("ledger.db"), "{message}");
        assert_eq!(std::fs::read_to_string(folder.database()).expect("read"), text);
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_is_refused() {
    let folder = Folder::new();
    let open = async |path: std::path::PathBuf| {
        let error = SqliteStore::open(path).await.expect_err("to be refused");
        (error.kind(), error.to_string())
    };
    let (kind, message) = open(folder.path().join("none/ledger.db")).await;
    assert_eq!(kind, StoreErrorKind::Unavailable);
    assert!(message.contains("none does not exist; create it"), "{message}");
    let (kind, message) = open(folder.path().to_path_buf()).await;
    assert_eq!(kind, StoreErrorKind::Invalid);
    assert!(message.contains("is a folder"), "{message}");
    std::fs::write(folder.path().join("file"), "").expect("write");
    let (kind, message) = open(folder.path().join("file/ledger.db")).await;
    assert_eq!(kind, StoreErrorKind::Unavailable);
    assert!(message.contains("file is not a folder"), "{message}");
}

/// The kernel's own folder: nobody may write to it, root neither.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_refused() {
    let error = SqliteStore::open("/proc/ledger.db").await.expect_err("to be refused");
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("/proc"), "{error}");
}

#[tokio::test]
async fn odd_but_good_paths_are_taken() {
    let folder = Folder::new();
    for name in ["file:x?mode=memory", "a b%20c#d.db", "ü.db", ":memory:"] {
        let path = folder.path().join(name);
        let store = SqliteStore::open(&path).await.expect(name);
        submit(&store, 1).await;
        assert!(path.is_file(), "{name}");
        store.close().await;
    }
    // An empty file is as good as none.
    std::fs::write(folder.database(), "").expect("write");
    submit(&folder.open().await, 1).await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("chmod");
    let store = folder.open().await;
    submit(&store, 1).await;
    let mode = |name: &str| {
        let meta = std::fs::metadata(folder.path().join(name)).expect(name);
        meta.permissions().mode() & 0o777
    };
    assert_eq!(["ledger.db", "ledger.db-wal", "ledger.db-shm"].map(mode), [0o600; 3]);
    assert_eq!(mode("ledger.db.processes"), 0o700);
    assert_eq!(mode(""), 0o755, "the folder is not ours");
    store.close().await;
    // What somebody has opened up on purpose stays so.
    std::fs::set_permissions(folder.database(), std::fs::Permissions::from_mode(0o640)).expect("chmod");
    folder.open().await.close().await;
    assert_eq!(mode("ledger.db"), 0o640);
}
