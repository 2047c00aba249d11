//! The workers.

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::clock::micros;
use testrunner_core::store::{WORKER_LISTED, WorkerNotice, WorkerRecord};
use testrunner_core::{Timestamp, WorkerId};

use crate::error::Result;
use crate::rows::{Cells, to_json};

/// Who was last heard of at this moment is no longer listed now.
fn too_long_ago(now: Timestamp) -> i64 {
    now.0.saturating_sub(micros(WORKER_LISTED))
}

/// Keeps what a worker says of itself; since when it is there stays.
pub(crate) async fn put(conn: &mut PgConnection, notice: &WorkerNotice, now: Timestamp) -> Result<()> {
    sqlx::query(
        "INSERT INTO workers (id, slots, executors, labels, draining, version, since, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (id) DO UPDATE SET slots = excluded.slots, executors = excluded.executors,
            labels = excluded.labels, draining = excluded.draining, version = excluded.version,
            seen_at = excluded.seen_at",
    )
    .bind(notice.id.0.as_str())
    .bind(i64::from(notice.slots))
    .bind(to_json(&notice.executors, "the names of executors")?)
    .bind(to_json(&notice.labels, "labels")?)
    .bind(i64::from(notice.draining))
    .bind(notice.version.as_str())
    .bind(now.0)
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn remove(conn: &mut PgConnection, worker: &WorkerId) -> Result<()> {
    sqlx::query("DELETE FROM workers WHERE id = $1").bind(worker.0.as_str()).execute(conn).await?;
    Ok(())
}

/// Removes those that are no longer listed.
pub(crate) async fn forget_silent(conn: &mut PgConnection, now: Timestamp) -> Result<()> {
    sqlx::query("DELETE FROM workers WHERE seen_at <= $1").bind(too_long_ago(now)).execute(conn).await?;
    Ok(())
}

/// Those that are listed, by name.
pub(crate) async fn listed(conn: &mut PgConnection, now: Timestamp) -> Result<Vec<WorkerRecord>> {
    let rows = sqlx::query(
        "SELECT id, slots, executors, labels, draining, version, since, seen_at FROM workers
         WHERE seen_at > $1 ORDER BY id COLLATE \"C\"",
    )
    .bind(too_long_ago(now))
    .fetch_all(conn)
    .await?;
    rows.iter().map(to_record).collect()
}

fn to_record(row: &PgRow) -> Result<WorkerRecord> {
    Ok(WorkerRecord {
        notice: WorkerNotice {
            id: WorkerId(row.text("id")?),
            slots: row.number("slots")?,
            executors: row.json("executors")?,
            labels: row.json("labels")?,
            draining: row.int("draining")? != 0,
            version: row.text("version")?,
        },
        since: row.time("since")?,
        seen_at: row.time("seen_at")?,
    })
}
