//! What can be claimed, and claiming it.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::{Epoch, ItemId, LeaseKey, ProcessId, TestrunId, Timestamp, WorkerId};

use crate::error::Result;
use crate::rows::{Cells, int_list, to_json};

/// Which items a claimer may have.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    executors: String,
    shared: bool,
    process: Option<String>,
}

impl Filter {
    pub(crate) fn new(executors: &[String], shared: bool, process: Option<&ProcessId>) -> Result<Self> {
        let executors = to_json(&executors, "the list of executors")?;
        Ok(Self { executors, shared, process: process.map(|process| process.0.clone()) })
    }
}

/// An item that could be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) item: ItemId,
    pub(crate) run: TestrunId,
    pub(crate) priority: i16,
    pub(crate) sort_key: i64,
}

type CandidateRow = (i64, i64, i16, i64);

fn to_candidates(rows: Vec<CandidateRow>) -> Vec<Candidate> {
    let candidate = |(item, run, priority, sort_key)| Candidate {
        item: ItemId(item),
        run: TestrunId(run),
        priority,
        sort_key,
    };
    rows.into_iter().map(candidate).collect()
}

/// The first due items in order.
pub(crate) async fn due(
    conn: &mut SqliteConnection,
    now: Timestamp,
    filter: &Filter,
    max: u32,
) -> Result<Vec<Candidate>> {
    // The index holds the order; without the hint the planner may sort all that is ready instead.
    let rows = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items INDEXED BY items_ready
         WHERE state = 'ready' AND not_before <= ?1
           AND executor IN (SELECT value FROM json_each(?2))
           AND CASE WHEN pinned_to IS NULL THEN ?3 ELSE pinned_to IS ?4 END
         ORDER BY priority DESC, sort_key, id LIMIT ?5",
    )
    .bind(now.0)
    .bind(filter.executors.as_str())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .bind(max)
    .fetch_all(conn)
    .await?;
    Ok(to_candidates(rows))
}

/// The first due items of these Testruns, of one priority and up to a sort key.
pub(crate) async fn due_of_runs(
    conn: &mut SqliteConnection,
    now: Timestamp,
    filter: &Filter,
    max: u32,
    runs: &[TestrunId],
    (priority, sort_key): (i16, i64),
) -> Result<Vec<Candidate>> {
    let rows = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items INDEXED BY items_by_run
         WHERE run IN (SELECT value FROM json_each(?6)) AND sort_key <= ?8
           AND state = 'ready' AND not_before <= ?1 AND priority = ?7
           AND executor IN (SELECT value FROM json_each(?2))
           AND CASE WHEN pinned_to IS NULL THEN ?3 ELSE pinned_to IS ?4 END
         ORDER BY sort_key, id LIMIT ?5",
    )
    .bind(now.0)
    .bind(filter.executors.as_str())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .bind(max)
    .bind(int_list(runs.iter().map(|run| run.0)))
    .bind(priority)
    .bind(sort_key)
    .fetch_all(conn)
    .await?;
    Ok(to_candidates(rows))
}

/// Those of these items that are due, in order.
pub(crate) async fn due_of_items(
    conn: &mut SqliteConnection,
    now: Timestamp,
    filter: &Filter,
    items: &[ItemId],
) -> Result<Vec<Candidate>> {
    let rows = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items
         WHERE id IN (SELECT value FROM json_each(?5)) AND state = 'ready' AND not_before <= ?1
           AND executor IN (SELECT value FROM json_each(?2))
           AND CASE WHEN pinned_to IS NULL THEN ?3 ELSE pinned_to IS ?4 END
         ORDER BY priority DESC, sort_key, id",
    )
    .bind(now.0)
    .bind(filter.executors.as_str())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .bind(int_list(items.iter().map(|item| item.0)))
    .fetch_all(conn)
    .await?;
    Ok(to_candidates(rows))
}

/// When the next item becomes due that is not yet.
pub(crate) async fn next_due(
    conn: &mut SqliteConnection,
    now: Timestamp,
    filter: &Filter,
) -> Result<Option<Timestamp>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT not_before FROM items INDEXED BY items_due
         WHERE state = 'ready' AND not_before > ?1
           AND executor IN (SELECT value FROM json_each(?2))
           AND CASE WHEN pinned_to IS NULL THEN ?3 ELSE pinned_to IS ?4 END
         ORDER BY not_before LIMIT 1",
    )
    .bind(now.0)
    .bind(filter.executors.as_str())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .fetch_optional(conn)
    .await?;
    Ok(next.map(Timestamp))
}

/// An item that was just leased.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) key: LeaseKey,
    pub(crate) attempt: u32,
    pub(crate) files: Vec<u32>,
    pub(crate) pinned: bool,
}

/// Who takes leases, and until when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taker<'a> {
    pub(crate) worker: &'a WorkerId,
    /// The process that dies with the worker.
    pub(crate) process: Option<&'a ProcessId>,
    pub(crate) until: Timestamp,
    pub(crate) now: Timestamp,
}

/// Leases these items (I2), in no particular order. Pinned ones get no end.
pub(crate) async fn take(
    conn: &mut SqliteConnection,
    items: impl Iterator<Item = ItemId>,
    taker: Taker<'_>,
) -> Result<Vec<Taken>> {
    let rows = sqlx::query(
        "UPDATE items
         SET state = 'leased', epoch = epoch + 1, attempts = attempts + 1, appended_n = 0, worker = ?2,
             process = ?3, claimed_at = ?5, lease_until = CASE WHEN pinned_to IS NULL THEN ?4 END
         WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'ready'
         RETURNING id, epoch, attempts, files, pinned_to",
    )
    .bind(int_list(items.map(|item| item.0)))
    .bind(taker.worker.0.as_str())
    .bind(taker.process.map(|process| process.0.as_str()))
    .bind(taker.until.0)
    .bind(taker.now.0)
    .fetch_all(conn)
    .await?;
    let taken = |row: &SqliteRow| {
        Ok(Taken {
            key: LeaseKey { item: ItemId(row.int("id")?), epoch: Epoch(row.int("epoch")?) },
            attempt: row.number("attempts")?,
            files: row.json("files")?,
            pinned: row.maybe_text("pinned_to")?.is_some(),
        })
    };
    rows.iter().map(taken).collect()
}
