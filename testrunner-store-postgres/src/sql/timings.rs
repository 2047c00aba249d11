//! What files took when they last ran, by suite and path. Testruns go, timings stay.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::PgConnection;
use testrunner_core::store::History;
use testrunner_core::{TestrunId, Timestamp, clock};

use crate::error::Result;

/// The number of a suite, given when it is new.
pub(crate) async fn suite(conn: &mut PgConnection, name: &str) -> Result<i64> {
    let find = "SELECT id FROM suites WHERE name = $1";
    if let Some(id) = sqlx::query_scalar(find).bind(name).fetch_optional(&mut *conn).await? {
        return Ok(id);
    }
    sqlx::query("INSERT INTO suites (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .execute(&mut *conn)
        .await?;
    Ok(sqlx::query_scalar(find).bind(name).fetch_one(conn).await?)
}

/// Remembers what these files of a Testrun took. In the order of their paths, so that two who do it at once never
/// wait for each other.
pub(crate) async fn remember(
    conn: &mut PgConnection,
    run: TestrunId,
    took: &BTreeMap<u32, Duration>,
    now: Timestamp,
) -> Result<()> {
    if took.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO timings (suite, path, duration_us, ran_at)
         SELECT DISTINCT ON (t.suite, md5(f.path)) t.suite, f.path, k.duration_us, $4
         FROM unnest($2::bigint[], $3::bigint[]) AS k (idx, duration_us)
         JOIN files f ON f.run = $1 AND f.idx = ANY($2) AND f.idx = k.idx JOIN testruns t ON t.id = f.run
         ORDER BY t.suite, md5(f.path), f.idx DESC
         ON CONFLICT (suite, md5(path)) DO UPDATE SET duration_us = excluded.duration_us, ran_at = excluded.ran_at",
    )
    .bind(run.0)
    .bind(took.keys().map(|file| i64::from(*file)).collect::<Vec<_>>())
    .bind(took.values().map(|took| clock::micros(*took)).collect::<Vec<_>>())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is remembered of these files.
pub(crate) async fn history(conn: &mut PgConnection, suite: &str, paths: &[String]) -> Result<History> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT t.path, t.duration_us FROM suites s CROSS JOIN unnest($2::text[]) AS p (path)
         JOIN timings t ON t.suite = s.id AND md5(t.path) = md5(p.path) AND t.path = p.path
         WHERE s.name = $1",
    )
    .bind(suite)
    .bind(paths)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(path, us)| (path, clock::duration(us))).collect())
}

/// Forgets what did not run since this moment, and suites of which nothing is left.
pub(crate) async fn forget(conn: &mut PgConnection, since: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM timings WHERE ran_at < $1").bind(since.0).execute(&mut *conn).await?;
    sqlx::query(
        "DELETE FROM suites
         WHERE NOT EXISTS (SELECT 1 FROM testruns WHERE suite = suites.id)
           AND NOT EXISTS (SELECT 1 FROM timings WHERE suite = suites.id)",
    )
    .execute(conn)
    .await?;
    Ok(())
}
