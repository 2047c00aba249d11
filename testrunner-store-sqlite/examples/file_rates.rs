//! How much a file takes: `cargo run --release -p testrunner-store-sqlite --example file_rates [PATH]`. Without a path in a
//! temporary folder. `--part PART`, `--seconds N`, `--json`: see `testrunner_testkit::load`.

use std::path::PathBuf;
use std::sync::Arc;

use testrunner_core::Store;
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::load::{Answer, Wanted, rates};

#[tokio::main]
async fn main() -> Answer {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let folder = tempfile::tempdir()?;
    let path = wanted.place.as_ref().map_or_else(|| folder.path().join("ledger.db"), PathBuf::from);
    let store = SqliteStore::options().open(path).await?;
    let measured = rates(Arc::new(store.clone()) as Arc<dyn Store>, &wanted).await;
    store.close().await;
    measured
}
