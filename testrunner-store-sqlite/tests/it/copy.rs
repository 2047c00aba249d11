//! The suite over copies, from one file into another.

use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use testrunner_core::ManualClock;
use testrunner_core::store::Archive;
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::copy::CopyHarness;

/// A folder for both.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    async fn open(&self, name: &str, clock: ManualClock) -> Arc<dyn Archive> {
        let path = self.0.path().join(name);
        Arc::new(SqliteStore::options().clock(Arc::new(clock)).open(path).await.expect("open"))
    }
}

#[async_trait]
impl CopyHarness for Files {
    async fn source(&self, clock: ManualClock) -> Arc<dyn Archive> {
        self.open("from.db", clock).await
    }

    async fn target(&self, clock: ManualClock) -> Arc<dyn Archive> {
        self.open("to.db", clock).await
    }
}

testrunner_testkit::copy_conformance!(Files::new());
