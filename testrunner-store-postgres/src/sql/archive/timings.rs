//! What files took, of all suites.

use std::collections::BTreeMap;

use sqlx::PgConnection;
use testrunner_core::store::Timing;
use testrunner_core::{Timestamp, clock};

use crate::error::Result;
use crate::sql::timings;

/// Those after this suite and path.
pub(crate) async fn page(
    conn: &mut PgConnection,
    (suite, path): (&str, &str),
    limit: u32,
) -> Result<Vec<Timing>> {
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT s.name, t.path, t.duration_us, t.ran_at FROM suites s JOIN timings t ON t.suite = s.id
         WHERE (s.name COLLATE \"C\", t.path COLLATE \"C\") > ($1, $2)
         ORDER BY s.name COLLATE \"C\", t.path COLLATE \"C\" LIMIT $3",
    )
    .bind(suite)
    .bind(path)
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    let timing =
        |(suite, path, us, at)| Timing { suite, path, duration: clock::duration(us), ran_at: Timestamp(at) };
    Ok(rows.into_iter().map(timing).collect())
}

/// Remembers these where nothing newer is known. In an order that all follow who remember anything, so that they never
/// wait for each other.
pub(crate) async fn put(conn: &mut PgConnection, timings: &[Timing]) -> Result<()> {
    let mut suites = BTreeMap::new();
    for timing in timings {
        if !suites.contains_key(timing.suite.as_str()) {
            suites.insert(timing.suite.as_str(), timings::suite(conn, &timing.suite).await?);
        }
    }
    let suite = |timing: &Timing| suites.get(timing.suite.as_str()).copied();
    sqlx::query(
        "INSERT INTO timings (suite, path, duration_us, ran_at)
         SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS t (suite, path, duration_us, ran_at)
         ORDER BY t.suite, md5(t.path)
         ON CONFLICT (suite, md5(path)) DO UPDATE SET duration_us = excluded.duration_us, ran_at = excluded.ran_at
         WHERE excluded.ran_at > timings.ran_at",
    )
    .bind(timings.iter().filter_map(suite).collect::<Vec<_>>())
    .bind(timings.iter().map(|timing| timing.path.as_str()).collect::<Vec<_>>())
    .bind(timings.iter().map(|timing| clock::micros(timing.duration)).collect::<Vec<_>>())
    .bind(timings.iter().map(|timing| timing.ran_at.0).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
