//! The suite that every store passes.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use testrunner_core::{ManualClock, Store};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::store::StoreHarness;
use tokio::sync::Mutex;

/// Keeps the folder of the last database.
#[derive(Default)]
struct Sqlite(Mutex<Option<TempDir>>);

#[async_trait]
impl StoreHarness for Sqlite {
    async fn fresh(&self, clock: ManualClock) -> Arc<dyn Store> {
        *self.0.lock().await = Some(tempfile::tempdir().expect("a folder"));
        self.reopen(clock).await
    }

    async fn reopen(&self, clock: ManualClock) -> Arc<dyn Store> {
        let folder = self.0.lock().await;
        let path = folder.as_ref().expect("fresh comes before reopen").path().join("ledger.db");
        Arc::new(SqliteStore::options().clock(Arc::new(clock)).open(path).await.expect("open"))
    }
}

testrunner_testkit::store_conformance!(Sqlite::default());
