//! How much a server takes: `cargo run --release -p testrunner-store-postgres --example rates [URL]`. Works in a schema
//! of its own, and drops it. `--part PART`, `--seconds N`, `--json`: see `testrunner_testkit::load`.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use testrunner_core::Store;
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::load::{Answer, Wanted, rates};

#[tokio::main]
async fn main() -> Answer {
    let wanted = Wanted::read(std::env::args().skip(1))?;
    let url = wanted.place.as_deref().unwrap_or("postgres://postgres@127.0.0.1:5432/postgres");
    let schema = format!("rates_{}", std::process::id());
    let store = PostgresStore::options().schema(schema.as_str()).connections(16).open(url).await?;
    let measured = rates(Arc::new(store.clone()) as Arc<dyn Store>, &wanted).await;
    store.close().await;
    let drop = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
    PgConnection::connect(url).await?.execute(drop).await?;
    measured
}
