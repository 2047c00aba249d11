//! What a janitor has to look at. Only reads; each finding is checked again by the statement that acts on it.

use sqlx::SqliteConnection;
use testrunner_core::store::STOP_GRACE;
use testrunner_core::{Epoch, ItemId, LeaseKey, TestrunId, Timestamp, clock};

use crate::error::Result;
use crate::rows::to_json;

/// Processes that hold leases or that Testruns are pinned to.
pub(crate) async fn processes(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "SELECT process FROM items WHERE state = 'leased' AND process IS NOT NULL
         UNION SELECT pinned_to FROM testruns WHERE finished_at IS NULL AND pinned_to IS NOT NULL",
    )
    .fetch_all(conn)
    .await?)
}

/// Open Testruns whose deadline has passed and that have no stop mark.
pub(crate) async fn overdue(conn: &mut SqliteConnection, now: Timestamp) -> Result<Vec<TestrunId>> {
    let runs: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM testruns
         WHERE finished_at IS NULL AND deadline IS NOT NULL AND deadline < ?1 AND stop_at IS NULL",
    )
    .bind(now.0)
    .fetch_all(conn)
    .await?;
    Ok(runs.into_iter().map(TestrunId).collect())
}

/// Testruns with a stop mark and items that wait all the same.
pub(crate) async fn unswept(conn: &mut SqliteConnection) -> Result<Vec<TestrunId>> {
    let runs: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM testruns t
         WHERE finished_at IS NULL AND stop_at IS NOT NULL
           AND EXISTS (SELECT 1 FROM items WHERE run = t.id AND state = 'ready')",
    )
    .fetch_all(conn)
    .await?;
    Ok(runs.into_iter().map(TestrunId).collect())
}

/// Open Testruns that are pinned to these processes.
pub(crate) async fn orphans(conn: &mut SqliteConnection, dead: &[String]) -> Result<Vec<TestrunId>> {
    let runs: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM testruns
         WHERE finished_at IS NULL AND pinned_to IN (SELECT value FROM json_each(?1))",
    )
    .bind(to_json(&dead, "the list of processes")?)
    .fetch_all(conn)
    .await?;
    Ok(runs.into_iter().map(TestrunId).collect())
}

/// A lease that is to be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stalled {
    pub(crate) key: LeaseKey,
    pub(crate) run: TestrunId,
    /// Its worker is lost; else only its patience with a stop is over.
    pub(crate) lost: bool,
}

/// Leases that have run out, whose process is gone, or whose Testrun's stop mark is older than the grace.
/// Without `now` only those of the processes that are gone. That a shared one's process is gone is certain, so
/// `limit`, the patience of janitors, is for the others.
pub(crate) async fn stalled(
    conn: &mut SqliteConnection,
    now: Option<Timestamp>,
    dead: &[String],
    limit: u32,
) -> Result<Vec<Stalled>> {
    let grace = clock::micros(STOP_GRACE);
    let rows: Vec<(i64, i64, i64, bool)> = sqlx::query_as(
        "WITH held AS MATERIALIZED (
             SELECT i.id, i.epoch, i.run, coalesce(t.stop_at < ?2, FALSE) AS ignored,
                    i.pinned_to IS NULL AND i.process IS NOT NULL
                        AND i.process IN (SELECT value FROM json_each(?3)) AS gone,
                    coalesce(i.lease_until < ?1, FALSE)
                        OR i.process IS NOT NULL AND i.process IN (SELECT value FROM json_each(?3))
                        OR i.pinned_to IS NOT NULL AND i.pinned_to IN (SELECT value FROM json_each(?3)) AS lost
             FROM items i INDEXED BY items_leased JOIN testruns t ON t.id = i.run
             WHERE i.state = 'leased')
         SELECT id, epoch, run, lost FROM held WHERE gone
         UNION ALL
         SELECT * FROM (SELECT id, epoch, run, lost FROM held
                        WHERE NOT gone AND (lost OR ignored) ORDER BY id LIMIT ?4)
         ORDER BY id",
    )
    .bind(now.map(|now| now.0))
    .bind(now.map(|now| now.0.saturating_sub(grace)))
    .bind(to_json(&dead, "the list of processes")?)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let stalled = |(item, epoch, run, lost)| Stalled {
        key: LeaseKey { item: ItemId(item), epoch: Epoch(epoch) },
        run: TestrunId(run),
        lost,
    };
    Ok(rows.into_iter().map(stalled).collect())
}
