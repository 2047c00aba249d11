//! Stores as tests open them.

use testrunner_core::Store as _;
use testrunner_core::testrun::Summary;
use testrunner_store_postgres::{PostgresOptions, PostgresStore};
use testrunner_testkit::store::factory::{CONTENT, per_file};

use crate::server::Server;

/// Settings of a store in this schema. Few connections: other tests need some too.
pub(crate) fn options(schema: &str) -> PostgresOptions {
    PostgresStore::options().schema(schema).connections(6)
}

/// A store in this schema.
pub(crate) async fn open(server: &Server, schema: &str) -> PostgresStore {
    options(schema).open(server.url()).await.expect("open")
}

/// A Testrun of so many files, one item for each.
pub(crate) async fn submit(store: &PostgresStore, files: u32) -> Summary {
    store.put_blobs(&[CONTENT.to_vec()]).await.expect("put_blobs");
    store.create(&per_file(files)).await.expect("create").run.summary
}
