//! A folder with a database in it, and the hands to look inside.

use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions as _, SqliteConnection};
use tempfile::TempDir;
use testrunner_core::store::StoreResult;
use testrunner_core::testrun::Summary;
use testrunner_core::{Digest, Store, StoreErrorKind, WorkStore};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::factory::{self, CONTENT};

pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("ledger.db")
    }

    pub(crate) async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.database()).await.expect("open")
    }

    /// A connection past the store.
    pub(crate) async fn raw(&self) -> SqliteConnection {
        let options = sqlx::sqlite::SqliteConnectOptions::new();
        options.filename(self.database()).create_if_missing(true).connect().await.expect("connect")
    }

    /// Changes the database behind the store's back.
    pub(crate) async fn tamper(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&mut self.raw().await).await.expect("tamper");
    }

    /// Says why the database cannot be opened.
    pub(crate) async fn refusal(&self) -> (StoreErrorKind, String) {
        let error = SqliteStore::open(self.database()).await.expect_err("to be refused");
        (error.kind(), error.to_string())
    }
}

/// Stores a Testrun of so many files, one item for each.
pub(crate) async fn submit(store: &SqliteStore, files: u32) -> Summary {
    try_submit(store, files).await.expect("submit")
}

pub(crate) async fn try_submit(store: &SqliteStore, files: u32) -> StoreResult<Summary> {
    store.put_blobs(&[CONTENT.to_vec()]).await?;
    Ok(store.create(&factory::per_file(files)).await?.run.summary)
}

/// Whether the bytes that every Testrun here uses can be read.
pub(crate) async fn content(store: &SqliteStore) -> StoreResult<Vec<u8>> {
    store.blob(Digest::of(CONTENT)).await
}
