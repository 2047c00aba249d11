//! A worker's steps on Postgres: `TESTRUNNER_TEST_POSTGRES=URL cargo bench -p testrunner-store-postgres --bench steps`.
//! Without the URL nothing is measured. Works in a schema of its own, and drops it.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use testrunner_core::Store;
use testrunner_store_postgres::PostgresStore;
use testrunner_testkit::load::{Answer, Steps, bench_steps};
use tokio::runtime::Runtime;

#[expect(clippy::print_stderr, reason = "what is not measured is to be seen")]
fn main() -> Answer {
    let Ok(url) = std::env::var("TESTRUNNER_TEST_POSTGRES") else {
        eprintln!("not measured: TESTRUNNER_TEST_POSTGRES names no server");
        return Ok(());
    };
    let runtime = Runtime::new()?;
    let schema = format!("steps_{}", std::process::id());
    let store = runtime.block_on(PostgresStore::options().schema(schema.as_str()).open(&url))?;
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    bench_steps("postgres", 10, Duration::from_secs(3), |step, times| {
        runtime.block_on(Steps::measure(Arc::clone(&shared), step, times))
    });
    runtime.block_on(async {
        store.close().await;
        let drop = AssertSqlSafe(format!("DROP SCHEMA {schema} CASCADE"));
        PgConnection::connect(&url).await?.execute(drop).await?;
        Ok(())
    })
}
