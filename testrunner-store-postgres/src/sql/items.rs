//! Items: reading them, and the steps that do not start from a lease.

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::queue::Ticket;
use testrunner_core::store::NewTestrun;
use testrunner_core::{Epoch, Item, ItemId, LeaseKey, TestrunId, Timestamp, WorkerId};

use crate::error::Result;
use crate::rows::Cells;

/// Microseconds that one place in the order of a Testrun is worth.
const RANK_US: i64 = 1_000_000;

/// Stores the items of a new Testrun, as ready. Returns their numbers in the same order.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    run: TestrunId,
    new: &NewTestrun,
    now: Timestamp,
) -> Result<Vec<ItemId>> {
    let count = i64::try_from(new.items.len()).unwrap_or(i64::MAX);
    // The numbers are taken first, so that those of one Testrun stand in the order of its items.
    let mut ids: Vec<i64> = sqlx::query_scalar(
        "SELECT nextval(pg_get_serial_sequence('items', 'id')) FROM generate_series(1, $1)",
    )
    .bind(count)
    .fetch_all(&mut *conn)
    .await?;
    ids.sort_unstable();
    // An array of arrays would have to be a rectangle: the files of all items stand in one, with their item's place.
    let files: Vec<(i64, i64)> = (0..)
        .zip(&new.items)
        .flat_map(|(place, item)| item.files.iter().map(move |file| (place, i64::from(*file))))
        .collect();
    sqlx::query(
        "INSERT INTO items (id, run, files, weight_us, executor, pinned_to, priority, sort_key, state, not_before)
         SELECT i.id, $1, f.files, i.weight_us, $2, $3, $4, i.sort_key, 'ready', $5
         FROM unnest($6::bigint[], $7::bigint[], $8::bigint[]) WITH ORDINALITY AS i (id, weight_us, sort_key, n)
         JOIN (SELECT place, array_agg(file ORDER BY n) AS files
               FROM unnest($9::bigint[], $10::bigint[]) WITH ORDINALITY AS f (place, file, n)
               GROUP BY place) AS f ON f.place = i.n - 1",
    )
    .bind(run.0)
    .bind(new.executor.as_str())
    .bind(new.pinned_to.as_ref().map(|process| process.0.as_str()))
    .bind(i64::from(new.priority))
    .bind(Item::AT_ONCE.0)
    .bind(ids.as_slice())
    .bind(new.items.iter().map(|item| item.weight_us).collect::<Vec<_>>())
    .bind(new.items.iter().map(|item| sort_key(now, item.rank)).collect::<Vec<_>>())
    .bind(files.iter().map(|(place, _)| *place).collect::<Vec<_>>())
    .bind(files.iter().map(|(_, file)| *file).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(ids.into_iter().map(ItemId).collect())
}

fn sort_key(now: Timestamp, rank: u32) -> i64 {
    now.0.saturating_add(i64::from(rank) * RANK_US)
}

/// All items of a Testrun in order of rank.
pub(crate) async fn of_run(conn: &mut PgConnection, run: TestrunId) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "SELECT id, run, files, weight_us, state, reason, epoch, attempts, lost, infra, worker, not_before,
                lease_until
         FROM items WHERE run = $1 ORDER BY sort_key, id",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(to_item).collect()
}

fn to_item(row: &PgRow) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.int("id")?),
        run: TestrunId(row.int("run")?),
        files: row.numbers("files")?,
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
pub(crate) async fn waiting(conn: &mut PgConnection, run: TestrunId) -> Result<Vec<Ticket>> {
    let rows = sqlx::query(
        "SELECT id, priority FROM items WHERE run = $1 AND state = 'ready' ORDER BY sort_key, id",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    let ticket =
        |row: &PgRow| Ok(Ticket { item: ItemId(row.int("id")?), run, priority: row.number("priority")? });
    rows.iter().map(ticket).collect()
}

/// Cancels all items of a Testrun that wait (I3). Returns them with their epochs, in order of rank.
///
/// Those that another transaction holds are passed over: it waits for the Testrun's lock, which is ours, and will
/// find there why they have to be cancelled. To wait for it would be to wait for each other.
pub(crate) async fn cancel_ready(conn: &mut PgConnection, run: TestrunId) -> Result<Vec<LeaseKey>> {
    let mut rows: Vec<(i64, i64, i64)> = sqlx::query_as(
        "UPDATE items SET state = 'cancelled'
         WHERE id IN (SELECT id FROM items WHERE run = $1 AND state = 'ready' FOR NO KEY UPDATE SKIP LOCKED)
         RETURNING sort_key, id, epoch",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    rows.sort_unstable();
    Ok(rows.into_iter().map(|(_, id, epoch)| LeaseKey { item: ItemId(id), epoch: Epoch(epoch) }).collect())
}

/// Items of a Testrun that failed for (lost workers, infrastructure).
pub(crate) async fn broken(conn: &mut PgConnection, run: TestrunId) -> Result<(u32, u32)> {
    let (worker_lost, infra): (i64, i64) = sqlx::query_as(
        "SELECT count(*) FILTER (WHERE reason = 'worker_lost'), count(*) FILTER (WHERE reason = 'infra')
         FROM items WHERE run = $1 AND state = 'failed'",
    )
    .bind(run.0)
    .fetch_one(conn)
    .await?;
    let narrow = |count| u32::try_from(count).unwrap_or(u32::MAX);
    Ok((narrow(worker_lost), narrow(infra)))
}
