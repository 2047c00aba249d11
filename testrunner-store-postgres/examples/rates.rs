//! How much a server takes: `cargo run --release -p testrunner-store-postgres --example rates [URL]`. Works in a schema
//! of its own, which may be dropped afterwards. `--part PART`, `--seconds N`, `--json`: see `testrunner_testkit::load`.

use std::sync::Arc;

use testrunner_core::Store;
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::load::{Answer, Wanted, rates};

#[tokio::main]
async fn main() -> Answer {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let url = wanted.place.as_deref().unwrap_or("postgres://postgres@127.0.0.1:5432/postgres");
    let options = PostgresStore::options().schema(format!("rates_{}", std::process::id())).connections(16);
    let store = options.open(url).await?;
    let measured = rates(Arc::new(store.clone()) as Arc<dyn Store>, &wanted).await;
    store.close().await;
    measured
}
