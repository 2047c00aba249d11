//! Items: reading them, and the steps that do not start from a lease.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::queue::Ticket;
use testrunner_core::store::NewTestrun;
use testrunner_core::{Epoch, Item, ItemId, LeaseKey, TestrunId, Timestamp, WorkerId};

use super::insert_all;
use crate::error::Result;
use crate::rows::{Cells, to_json};

/// Microseconds that one place in the order of a Testrun is worth.
const RANK_US: i64 = 1_000_000;

/// Stores the items of a new Testrun, as ready. Returns their numbers in the same order.
pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    run: TestrunId,
    new: &NewTestrun,
    now: Timestamp,
) -> Result<Vec<ItemId>> {
    // The numbers are chosen here, so that those of one Testrun follow each other in the order of its items.
    let newest: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = 'items'")
        .fetch_optional(&mut *conn)
        .await?;
    let first = newest.unwrap_or(0) + 1;
    let rows: Vec<_> = (first..)
        .zip(&new.items)
        .map(|(id, item)| Ok((id, to_json(&item.files, "the list of files")?, item)))
        .collect::<Result<_>>()?;
    let into = "INSERT INTO items (id, run, files, weight_us, executor, pinned_to, priority, sort_key, \
                state, not_before) ";
    insert_all(conn, into, &rows, |tuple, (id, files, item)| {
        tuple
            .push_bind(*id)
            .push_bind(run.0)
            .push_bind(files.as_str())
            .push_bind(item.weight_us)
            .push_bind(new.executor.as_str())
            .push_bind(new.pinned_to.as_ref().map(|process| process.0.as_str()))
            .push_bind(new.priority)
            .push_bind(now.0.saturating_add(i64::from(item.rank) * RANK_US))
            .push("'ready'")
            .push_bind(Item::AT_ONCE.0);
    })
    .await?;
    Ok(rows.iter().map(|(id, ..)| ItemId(*id)).collect())
}

/// All items of a Testrun in order of rank.
pub(crate) async fn of_run(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "SELECT id, run, files, weight_us, state, reason, epoch, attempts, lost, infra, worker, not_before,
                lease_until
         FROM items WHERE run = ?1 ORDER BY sort_key, id",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(to_item).collect()
}

fn to_item(row: &SqliteRow) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.int("id")?),
        run: TestrunId(row.int("run")?),
        files: row.json("files")?,
        weight_us: row.int("weight_us")?,
        state: row.word("state")?,
        reason: row.maybe_word("reason")?,
        epoch: Epoch(row.int("epoch")?),
        attempts: row.number("attempts")?,
        lost: row.number("lost")?,
        infra: row.number("infra")?,
        worker: row.maybe_text("worker")?.map(WorkerId),
        not_before: row.time("not_before")?,
        lease_until: row.maybe_time("lease_until")?,
    })
}

/// Tickets for the items of a Testrun that wait.
pub(crate) async fn waiting(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<Ticket>> {
    let rows: Vec<(i64, i16)> = sqlx::query_as(
        "SELECT id, priority FROM items WHERE run = ?1 AND state = 'ready' ORDER BY sort_key, id",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(id, priority)| Ticket { item: ItemId(id), run, priority }).collect())
}

/// Cancels all items of a Testrun that wait (I3). Returns them with their epochs, in order of rank.
pub(crate) async fn cancel_ready(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<LeaseKey>> {
    let mut rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "UPDATE items SET state = 'cancelled' WHERE run = ?1 AND state = 'ready'
         RETURNING sort_key, id, epoch",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    rows.sort_unstable();
    Ok(rows.into_iter().map(|(_, id, epoch)| LeaseKey { item: ItemId(id), epoch: Epoch(epoch) }).collect())
}

/// Items of a Testrun that failed for (lost workers, infrastructure).
pub(crate) async fn broken(conn: &mut SqliteConnection, run: TestrunId) -> Result<(u32, u32)> {
    Ok(sqlx::query_as(
        "SELECT count(*) FILTER (WHERE reason = 'worker_lost'), count(*) FILTER (WHERE reason = 'infra')
         FROM items WHERE run = ?1 AND state = 'failed'",
    )
    .bind(run.0)
    .fetch_one(conn)
    .await?)
}
