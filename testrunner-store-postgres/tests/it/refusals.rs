//! What cannot be opened is refused in one sentence that says what to do, and has no password in it.

use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use sqlx::{AssertSqlSafe, Executor as _};
use testrunner_core::{Store as _, StoreErrorKind};

use crate::private::{self, Private};
use crate::server::{Server, trial, trial_unless};
use crate::stores::{open, options};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("refusals::tables_of_others_are_left_alone", |server| Box::pin(others(server))),
        trial("refusals::a_newer_schema_is_refused", |server| Box::pin(newer(server))),
        trial("refusals::what_is_wrong_is_said_without_the_password", |server| Box::pin(words(server))),
        trial_unless(private::missing(), "refusals::a_wrong_password_is_no_outage", |server| {
            Box::pin(password(server))
        }),
    ]
}

async fn others(server: Arc<Server>) {
    let schema = server.fresh();
    let mut raw = server.raw().await;
    for statement in
        ["CREATE SCHEMA {}", "CREATE TABLE {}.unknown (id int)", "CREATE TABLE {}.items (id int)"]
    {
        raw.execute(AssertSqlSafe(statement.replace("{}", &schema))).await.expect("create");
    }
    let error = options(&schema).open(server.url()).await.expect_err("not ours");
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("a table items of another program"), "{error}");
    let tables: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r'",
    )
    .bind(&schema)
    .fetch_one(&mut raw)
    .await
    .expect("count");
    assert_eq!(tables, 2, "nothing was made");
    raw.execute(AssertSqlSafe(format!("DROP TABLE {schema}.items"))).await.expect("drop");
    open(&server, &schema).await.close().await;
}

async fn newer(server: Arc<Server>) {
    let schema = server.fresh();
    open(&server, &schema).await.close().await;
    let mut raw = server.raw().await;
    let insert =
        format!("INSERT INTO {schema}._testrunner_migrations (version, name, digest) VALUES (99, 'x', '')");
    raw.execute(AssertSqlSafe(insert)).await.expect("insert");
    let error = options(&schema).open(server.url()).await.expect_err("newer");
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    assert!(error.to_string().contains("a newer TestRunner"), "{error}");
    raw.execute(AssertSqlSafe(format!("DELETE FROM {schema}._testrunner_migrations WHERE version = 99")))
        .await
        .expect("delete");
    raw.execute(AssertSqlSafe(format!("UPDATE {schema}._testrunner_migrations SET digest = 'x'")))
        .await
        .expect("update");
    let error = options(&schema).open(server.url()).await.expect_err("another");
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
}

async fn words(server: Arc<Server>) {
    let (invalid, unavailable) = (StoreErrorKind::Invalid, StoreErrorKind::Unavailable);
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number");
    let there = server.url().split_once('@').map_or("127.0.0.1:5432", |(_, there)| there);
    let there = there.split(['/', '?']).next().expect("a host");
    for (url, kind, words) in [
        (format!("postgres://postgres:s3cret@{there}/no_such_db"), invalid, "there is no database"),
        (format!("postgres://postgres:s3cret@{free}/x"), unavailable, "cannot be reached"),
        ("postgres://ada:s3cret@no-such-host.invalid/x".to_owned(), unavailable, "cannot be reached"),
        ("postgres://ada:s3cret@host:none/x".to_owned(), invalid, "cannot be read"),
        ("sqlite://ada:s3cret@x".to_owned(), invalid, "no URL of a PostgreSQL database"),
    ] {
        let schema = server.fresh();
        let error =
            options(&schema).acquire_timeout(Duration::from_secs(5)).open(&url).await.expect_err(&url);
        let said = error.to_string();
        assert_eq!(error.kind(), kind, "{said}");
        assert!(said.contains(words) && !said.contains("s3cret") && !said.contains('\n'), "{said}");
    }
    let error = options("Bad Name").open(server.url()).await.expect_err("no name");
    assert_eq!(error.kind(), invalid);
    let store = open(&server, &server.fresh()).await;
    assert!(!store.to_string().contains("postgres@"), "{store}");
    assert!(store.caps().multi_host);
    store.close().await;
}

async fn password(_: Arc<Server>) {
    let private = Private::start().await;
    let store = testrunner_store_postgres::PostgresStore::open(private.url()).await.expect("open");
    store.close().await;
    private.ask_for_passwords().await;
    let url = private.url().replace("postgres@", "postgres:s3cret@");
    let error = options("x").open(&url).await.expect_err("wrong");
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    let said = error.to_string();
    assert!(said.contains("does not let this user in") && !said.contains("s3cret"), "{said}");
}
