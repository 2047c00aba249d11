//! What a janitor has to look at.

use sqlx::PgConnection;
use testrunner_core::store::STOP_GRACE;
use testrunner_core::{Epoch, ItemId, LeaseKey, TestrunId, Timestamp, clock};

use crate::error::Result;

/// Open Testruns whose deadline has passed and that have no stop mark.
pub(crate) async fn overdue(conn: &mut PgConnection, now: Timestamp) -> Result<Vec<TestrunId>> {
    let runs: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM testruns
         WHERE finished_at IS NULL AND deadline IS NOT NULL AND deadline < $1 AND stop_at IS NULL",
    )
    .bind(now.0)
    .fetch_all(conn)
    .await?;
    Ok(runs.into_iter().map(TestrunId).collect())
}

/// Testruns with a stop mark and items that wait all the same.
pub(crate) async fn unswept(conn: &mut PgConnection) -> Result<Vec<TestrunId>> {
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
pub(crate) async fn orphans(conn: &mut PgConnection, dead: &[String]) -> Result<Vec<TestrunId>> {
    let runs: Vec<i64> =
        sqlx::query_scalar("SELECT id FROM testruns WHERE finished_at IS NULL AND pinned_to = ANY($1)")
            .bind(dead)
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

type StalledRow = (i64, i64, i64, bool);

fn to_stalled(rows: Vec<StalledRow>) -> impl Iterator<Item = Stalled> {
    rows.into_iter().map(|(item, epoch, run, lost)| Stalled {
        key: LeaseKey { item: ItemId(item), epoch: Epoch(epoch) },
        run: TestrunId(run),
        lost,
    })
}

/// Leases that have run out, whose process is gone, or whose Testrun's stop mark is older than the grace; each as it
/// is at this moment, and held from here on. Those that somebody else is just using are passed over: it is not lost.
/// Without `now` only those of the processes that are gone. That a shared one's process is gone is certain, so
/// `limit`, the patience of janitors, is for the others.
pub(crate) async fn hold_stalled(
    conn: &mut PgConnection,
    now: Option<Timestamp>,
    dead: &[String],
    limit: u32,
) -> Result<Vec<Stalled>> {
    let mut stalled = Vec::new();
    if !dead.is_empty() {
        let gone = sqlx::query_as(
            "SELECT id, epoch, run, TRUE FROM items
             WHERE state = 'leased' AND pinned_to IS NULL AND process = ANY($1)
             ORDER BY id FOR NO KEY UPDATE SKIP LOCKED",
        );
        stalled.extend(to_stalled(gone.bind(dead).fetch_all(&mut *conn).await?));
    }
    let others = sqlx::query_as(
        "SELECT i.id, i.epoch, i.run,
                coalesce(i.lease_until < $1, FALSE) OR coalesce(i.process = ANY($3), FALSE)
                    OR coalesce(i.pinned_to = ANY($3), FALSE)
         FROM items i JOIN testruns t ON t.id = i.run
         WHERE i.state = 'leased' AND NOT (i.pinned_to IS NULL AND coalesce(i.process = ANY($3), FALSE))
           AND (i.lease_until < $1 OR i.process = ANY($3) OR i.pinned_to = ANY($3) OR t.stop_at < $2)
         ORDER BY i.id LIMIT $4 FOR NO KEY UPDATE OF i SKIP LOCKED",
    )
    .bind(now.map(|now| now.0))
    .bind(now.map(|now| now.0.saturating_sub(clock::micros(STOP_GRACE))))
    .bind(dead)
    .bind(i64::from(limit));
    stalled.extend(to_stalled(others.fetch_all(conn).await?));
    stalled.sort_unstable_by_key(|lease| lease.key.item);
    Ok(stalled)
}
