//! The open items of all Testruns.

use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::store::{Backlog, OpenItem};
use testrunner_core::{ItemId, TestrunId, Timestamp, WorkerId};

use crate::error::Result;
use crate::rows::Cells;

/// Each takes the time and how many.
const LEASED: &str =
    "SELECT id, run, state, executor, priority, cardinality(files)::bigint AS files, weight_us,
        attempts, pinned_to, not_before, worker, lease_until
     FROM items WHERE state = 'leased' AND $1::bigint IS NOT NULL
     ORDER BY claimed_at, id LIMIT $2";
const DUE: &str = "SELECT id, run, state, executor, priority, cardinality(files)::bigint AS files, weight_us,
        attempts, pinned_to, not_before, worker, lease_until
     FROM items WHERE state = 'ready' AND not_before <= $1
     ORDER BY priority DESC, sort_key, id LIMIT $2";
const LATER: &str =
    "SELECT id, run, state, executor, priority, cardinality(files)::bigint AS files, weight_us,
        attempts, pinned_to, not_before, worker, lease_until
     FROM items WHERE state = 'ready' AND not_before > 0 AND not_before > $1
     ORDER BY not_before, priority DESC, sort_key, id LIMIT $2";

/// Those that are held, those that are due, the others. To be read in a transaction.
pub(crate) async fn read(conn: &mut PgConnection, now: Timestamp, limit: u32) -> Result<Backlog> {
    let mut left = if limit == 0 { 100 } else { limit };
    let mut items: Vec<OpenItem> = Vec::new();
    for statement in [LEASED, DUE, LATER] {
        if left == 0 {
            break;
        }
        let rows = sqlx::query(statement).bind(now.0).bind(i64::from(left)).fetch_all(&mut *conn).await?;
        left -= u32::try_from(rows.len()).unwrap_or(left).min(left);
        items.extend(rows.iter().map(to_item).collect::<Result<Vec<_>>>()?);
    }
    let (ready, leased): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM items WHERE state = 'ready'),
                (SELECT count(*) FROM items WHERE state = 'leased')",
    )
    .fetch_one(conn)
    .await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok(Backlog { items, ready: count(ready), leased: count(leased) })
}

fn to_item(row: &PgRow) -> Result<OpenItem> {
    Ok(OpenItem {
        id: ItemId(row.int("id")?),
        run: TestrunId(row.int("run")?),
        state: row.word("state")?,
        executor: row.text("executor")?,
        priority: row.number("priority")?,
        files: row.number("files")?,
        weight: Duration::from_micros(row.number("weight_us")?),
        attempts: row.number("attempts")?,
        pinned: row.maybe_text("pinned_to")?.is_some(),
        not_before: row.time("not_before")?,
        worker: row.maybe_text("worker")?.map(WorkerId),
        lease_until: row.maybe_time("lease_until")?,
    })
}
