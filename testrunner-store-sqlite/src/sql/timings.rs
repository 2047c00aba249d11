//! What files took when they last ran, by suite and path. Testruns go, timings stay.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::SqliteConnection;
use testrunner_core::store::History;
use testrunner_core::{TestrunId, Timestamp, clock};

use crate::error::Result;
use crate::rows::to_json;

/// The number of a suite, given when it is new.
pub(crate) async fn suite(conn: &mut SqliteConnection, name: &str) -> Result<i64> {
    sqlx::query("INSERT INTO suites (name) VALUES (?1) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .execute(&mut *conn)
        .await?;
    Ok(sqlx::query_scalar("SELECT id FROM suites WHERE name = ?1").bind(name).fetch_one(conn).await?)
}

/// Remembers what files of this Testrun took.
pub(crate) async fn remember(
    conn: &mut SqliteConnection,
    run: TestrunId,
    took: &BTreeMap<u32, Duration>,
    now: Timestamp,
) -> Result<()> {
    if took.is_empty() {
        return Ok(());
    }
    let rows: Vec<(u32, i64)> = took.iter().map(|(file, took)| (*file, clock::micros(*took))).collect();
    // CROSS JOIN keeps the order of the loops; else all files of the Testrun may be gone through.
    sqlx::query(
        "INSERT INTO timings (suite, path, duration_us, ran_at)
         SELECT t.suite, f.path, k.value ->> 1, ?3 FROM json_each(?2) AS k
         CROSS JOIN files f ON f.run = ?1 AND f.idx = k.value ->> 0
         CROSS JOIN testruns t ON t.id = ?1 WHERE TRUE
         ON CONFLICT (suite, path) DO UPDATE SET duration_us = excluded.duration_us, ran_at = excluded.ran_at",
    )
    .bind(run.0)
    .bind(to_json(&rows, "the list of files")?)
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is remembered of these files.
pub(crate) async fn history(conn: &mut SqliteConnection, suite: &str, paths: &[String]) -> Result<History> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT t.path, t.duration_us FROM suites s CROSS JOIN json_each(?2) AS p
         CROSS JOIN timings t ON t.suite = s.id AND t.path = p.value
         WHERE s.name = ?1",
    )
    .bind(suite)
    .bind(to_json(&paths, "the list of paths")?)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(path, us)| (path, clock::duration(us))).collect())
}

/// Forgets what did not run since this moment, and suites of which nothing is left.
pub(crate) async fn forget(conn: &mut SqliteConnection, since: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM timings WHERE ran_at < ?1").bind(since.0).execute(&mut *conn).await?;
    sqlx::query(
        "DELETE FROM suites
         WHERE NOT EXISTS (SELECT 1 FROM testruns WHERE suite = suites.id)
           AND NOT EXISTS (SELECT 1 FROM timings WHERE suite = suites.id)",
    )
    .execute(conn)
    .await?;
    Ok(())
}
