//! What files took, of all suites.

use sqlx::SqliteConnection;
use testrunner_core::store::Timing;
use testrunner_core::{Timestamp, clock};

use crate::error::Result;
use crate::sql::timings;

/// Those after this suite and path.
pub(crate) async fn page(
    conn: &mut SqliteConnection,
    (suite, path): (&str, &str),
    limit: u32,
) -> Result<Vec<Timing>> {
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT s.name, t.path, t.duration_us, t.ran_at FROM suites s JOIN timings t ON t.suite = s.id
         WHERE (s.name, t.path) > (?1, ?2) ORDER BY s.name, t.path LIMIT ?3",
    )
    .bind(suite)
    .bind(path)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let timing =
        |(suite, path, us, at)| Timing { suite, path, duration: clock::duration(us), ran_at: Timestamp(at) };
    Ok(rows.into_iter().map(timing).collect())
}

/// Remembers these where nothing newer is known.
pub(crate) async fn put(conn: &mut SqliteConnection, timings: &[Timing]) -> Result<()> {
    let mut known: Option<(&str, i64)> = None;
    for timing in timings {
        // They stand in the order of their suites.
        let suite = match known {
            Some((name, suite)) if name == timing.suite => suite,
            _ => timings::suite(conn, &timing.suite).await?,
        };
        known = Some((&timing.suite, suite));
        sqlx::query(
            "INSERT INTO timings (suite, path, duration_us, ran_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (suite, path) DO UPDATE SET duration_us = excluded.duration_us, ran_at = excluded.ran_at
             WHERE excluded.ran_at > timings.ran_at",
        )
        .bind(suite)
        .bind(timing.path.as_str())
        .bind(clock::micros(timing.duration))
        .bind(timing.ran_at.0)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
