//! What can be claimed, and claiming it. Items that another transaction is about to change are passed over, never
//! waited for: whoever holds one of them passes its Testrun's lock next, and sees there what we did.

use std::cmp::Reverse;

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::{Epoch, ItemId, LeaseKey, ProcessId, TestrunId, Timestamp, WorkerId};

use crate::error::Result;
use crate::rows::Cells;

/// Which items a claimer may have.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    executors: Vec<String>,
    shared: bool,
    process: Option<String>,
}

impl Filter {
    pub(crate) fn new(executors: &[String], shared: bool, process: Option<&ProcessId>) -> Self {
        Self { executors: executors.to_vec(), shared, process: process.map(|process| process.0.clone()) }
    }
}

/// An item that could be claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) item: ItemId,
    pub(crate) run: TestrunId,
    pub(crate) priority: i64,
    pub(crate) sort_key: i64,
}

type CandidateRow = (i64, i64, i64, i64);

fn to_candidate((item, run, priority, sort_key): CandidateRow) -> Candidate {
    Candidate { item: ItemId(item), run: TestrunId(run), priority, sort_key }
}

fn to_candidates(rows: Vec<CandidateRow>) -> Vec<Candidate> {
    rows.into_iter().map(to_candidate).collect()
}

/// The first due item in order, held by nobody.
pub(crate) async fn first_due(
    conn: &mut PgConnection,
    now: Timestamp,
    filter: &Filter,
) -> Result<Option<Candidate>> {
    let row: Option<CandidateRow> = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items
         WHERE state = 'ready' AND not_before <= $1 AND executor = ANY($2)
           AND CASE WHEN pinned_to IS NULL THEN $3 ELSE pinned_to = $4 END
         ORDER BY priority DESC, sort_key, id LIMIT 1",
    )
    .bind(now.0)
    .bind(filter.executors.as_slice())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .fetch_optional(conn)
    .await?;
    Ok(row.map(to_candidate))
}

/// The first due items in order but for some, held from here on.
pub(crate) async fn hold_due(
    conn: &mut PgConnection,
    now: Timestamp,
    filter: &Filter,
    max: usize,
    but: &[Candidate],
) -> Result<Vec<Candidate>> {
    let rows = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items
         WHERE state = 'ready' AND not_before <= $1 AND executor = ANY($2)
           AND CASE WHEN pinned_to IS NULL THEN $3 ELSE pinned_to = $4 END
           AND id <> ALL($6)
         ORDER BY priority DESC, sort_key, id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED",
    )
    .bind(now.0)
    .bind(filter.executors.as_slice())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .bind(i64::try_from(max).unwrap_or(i64::MAX))
    .bind(but.iter().map(|candidate| candidate.item.0).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    Ok(to_candidates(rows))
}

/// The first due items of these Testruns, of one priority and up to a sort key, held from here on.
pub(crate) async fn hold_due_of_runs(
    conn: &mut PgConnection,
    now: Timestamp,
    filter: &Filter,
    max: usize,
    runs: &[TestrunId],
    (priority, sort_key): (i64, i64),
) -> Result<Vec<Candidate>> {
    let rows = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items
         WHERE run = ANY($6) AND sort_key <= $8
           AND state = 'ready' AND not_before <= $1 AND priority = $7 AND executor = ANY($2)
           AND CASE WHEN pinned_to IS NULL THEN $3 ELSE pinned_to = $4 END
         ORDER BY sort_key, id LIMIT $5 FOR NO KEY UPDATE SKIP LOCKED",
    )
    .bind(now.0)
    .bind(filter.executors.as_slice())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .bind(i64::try_from(max).unwrap_or(i64::MAX))
    .bind(runs.iter().map(|run| run.0).collect::<Vec<_>>())
    .bind(priority)
    .bind(sort_key)
    .fetch_all(conn)
    .await?;
    Ok(to_candidates(rows))
}

/// Those of these items that are due, in order, held by nobody.
pub(crate) async fn due_of_items(
    conn: &mut PgConnection,
    now: Timestamp,
    filter: &Filter,
    items: &[ItemId],
) -> Result<Vec<Candidate>> {
    // Ordered here: for the order, the planner might go through all that wait.
    let rows = sqlx::query_as(
        "SELECT id, run, priority, sort_key FROM items
         WHERE id = ANY($5) AND state = 'ready' AND not_before <= $1 AND executor = ANY($2)
           AND CASE WHEN pinned_to IS NULL THEN $3 ELSE pinned_to = $4 END",
    )
    .bind(now.0)
    .bind(filter.executors.as_slice())
    .bind(filter.shared)
    .bind(filter.process.as_deref())
    .bind(items.iter().map(|item| item.0).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    let mut found = to_candidates(rows);
    found.sort_unstable_by_key(|it| (Reverse(it.priority), it.sort_key, it.item));
    Ok(found)
}

/// Holds those of these items that still wait for this moment; returns which.
pub(crate) async fn hold(
    conn: &mut PgConnection,
    now: Timestamp,
    items: impl Iterator<Item = ItemId>,
) -> Result<Vec<ItemId>> {
    let held: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM items WHERE id = ANY($1) AND state = 'ready' AND not_before <= $2
         FOR NO KEY UPDATE SKIP LOCKED",
    )
    .bind(items.map(|item| item.0).collect::<Vec<_>>())
    .bind(now.0)
    .fetch_all(conn)
    .await?;
    Ok(held.into_iter().map(ItemId).collect())
}

/// When the next item becomes due that is not yet.
pub(crate) async fn next_due(
    conn: &mut PgConnection,
    now: Timestamp,
    filter: &Filter,
) -> Result<Option<Timestamp>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT not_before FROM items
         WHERE state = 'ready' AND not_before > 0 AND not_before > $1 AND executor = ANY($2)
           AND CASE WHEN pinned_to IS NULL THEN $3 ELSE pinned_to = $4 END
         ORDER BY not_before LIMIT 1",
    )
    .bind(now.0)
    .bind(filter.executors.as_slice())
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
    /// By chance; see the column of that name.
    pub(crate) claim: i64,
}

/// Leases these items (I2), in no particular order. Pinned ones get no end.
pub(crate) async fn take(
    conn: &mut PgConnection,
    items: impl Iterator<Item = ItemId>,
    taker: Taker<'_>,
) -> Result<Vec<Taken>> {
    let rows = sqlx::query(
        "UPDATE items
         SET state = 'leased', epoch = epoch + 1, attempts = attempts + 1, appended_n = 0, worker = $2,
             process = $3, claimed_at = $5, claim = $6, lease_until = CASE WHEN pinned_to IS NULL THEN $4::bigint END
         WHERE id = ANY($1) AND state = 'ready'
         RETURNING id, epoch, attempts, files, pinned_to",
    )
    .bind(items.map(|item| item.0).collect::<Vec<_>>())
    .bind(taker.worker.0.as_str())
    .bind(taker.process.map(|process| process.0.as_str()))
    .bind(taker.until.0)
    .bind(taker.now.0)
    .bind(taker.claim)
    .fetch_all(conn)
    .await?;
    let taken = |row: &PgRow| {
        Ok(Taken {
            key: LeaseKey { item: ItemId(row.int("id")?), epoch: Epoch(row.int("epoch")?) },
            attempt: row.number("attempts")?,
            files: row.numbers("files")?,
            pinned: row.maybe_text("pinned_to")?.is_some(),
        })
    };
    rows.iter().map(taken).collect()
}
