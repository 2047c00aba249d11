//! Leases: lengthening, using and ending them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use testrunner_core::rules::Holding;
use testrunner_core::{Epoch, FailReason, ItemId, ItemState, LeaseKey, TestrunId, Timestamp};

use crate::error::{Error, Result};
use crate::rows::Cells;

/// Lengthens all of these leases that are still held, locked in the order of their items. Returns those.
pub(crate) async fn renew(
    conn: &mut PgConnection,
    keys: &[LeaseKey],
    until: Timestamp,
) -> Result<BTreeSet<LeaseKey>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "WITH held AS MATERIALIZED (
             SELECT i.id FROM unnest($1::bigint[], $2::bigint[]) AS k (item, epoch)
             JOIN items i ON i.id = k.item AND i.epoch = k.epoch
             WHERE i.state = 'leased' ORDER BY i.id FOR NO KEY UPDATE OF i)
         UPDATE items SET lease_until = CASE WHEN pinned_to IS NULL THEN $3::bigint END
         FROM held WHERE items.id = held.id
         RETURNING items.id, items.epoch",
    )
    .bind(keys.iter().map(|key| key.item.0).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.epoch.0).collect::<Vec<_>>())
    .bind(until.0)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(item, epoch)| LeaseKey { item: ItemId(item), epoch: Epoch(epoch) }).collect())
}

/// What has to be known of a lease to take it back.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) lost: u32,
    pub(crate) infra: u32,
    pub(crate) not_before: Timestamp,
    pub(crate) pinned: bool,
    pub(crate) worker: Option<String>,
}

/// The item of this lease, if the epoch is its newest. Nobody else changes it until the end of the transaction.
pub(crate) async fn held(conn: &mut PgConnection, key: LeaseKey) -> Result<Option<Held>> {
    let row = sqlx::query(
        "SELECT lost, infra, not_before, pinned_to, worker
         FROM items WHERE id = $1 AND epoch = $2 FOR NO KEY UPDATE",
    )
    .bind(key.item.0)
    .bind(key.epoch.0)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Held {
            lost: row.number("lost")?,
            infra: row.number("infra")?,
            not_before: row.time("not_before")?,
            pinned: row.maybe_text("pinned_to")?.is_some(),
            worker: row.maybe_text("worker")?,
        })
    })
    .transpose()
}

/// These items, leased or not. Nobody else changes them until the end of the transaction; they are locked in the order
/// of their numbers.
pub(crate) async fn hold(
    conn: &mut PgConnection,
    items: impl Iterator<Item = ItemId> + Send,
) -> Result<BTreeMap<ItemId, Holding>> {
    let rows = sqlx::query(
        "SELECT id, run, epoch, state, reason, files, infra, appended_n, not_before, claim
         FROM items WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
    )
    .bind(items.map(|item| item.0).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    let held = rows.iter().map(|row| {
        let key = LeaseKey { item: ItemId(row.int("id")?), epoch: Epoch(row.int("epoch")?) };
        let held = Holding {
            key,
            run: TestrunId(row.int("run")?),
            state: row.word("state")?,
            reason: row.maybe_word("reason")?,
            files: row.numbers("files")?,
            infra: row.number("infra")?,
            appended_n: row.number("appended_n")?,
            not_before: row.time("not_before")?,
            claim: row.maybe_int("claim")?,
        };
        Ok((key.item, held))
    });
    held.collect()
}

/// Writes back what their holders have changed of items that are held by this transaction.
///
/// # Errors
/// One of them is not leased.
pub(crate) async fn save(conn: &mut PgConnection, changed: &[&Holding]) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let done = sqlx::query(
        "UPDATE items SET state = h.state, reason = h.reason, infra = h.infra, appended_n = h.appended_n,
                not_before = h.not_before,
                lease_until = CASE WHEN h.state = 'leased' THEN lease_until END,
                process = CASE WHEN h.state = 'leased' THEN process END
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[])
              AS h (id, epoch, state, reason, infra, appended_n, not_before)
         WHERE items.id = ANY($1) AND items.id = h.id AND items.epoch = h.epoch AND items.state = 'leased'",
    )
    .bind(column(changed, |held| held.key.item.0))
    .bind(column(changed, |held| held.key.epoch.0))
    .bind(column(changed, |held| <&str>::from(held.state)))
    .bind(column(changed, |held| held.reason.map(<&str>::from)))
    .bind(column(changed, |held| i64::from(held.infra)))
    .bind(column(changed, |held| i64::try_from(held.appended_n).unwrap_or(i64::MAX)))
    .bind(column(changed, |held| held.not_before.0))
    .execute(conn)
    .await?;
    if done.rows_affected() == changed.len() as u64 {
        return Ok(());
    }
    Err(Error::Row("an item that is held was changed by another".to_owned()))
}

fn column<T>(held: &[&Holding], cell: impl Fn(&Holding) -> T) -> Vec<T> {
    held.iter().map(|held| cell(held)).collect()
}

/// The Testrun of an item, if there is one.
pub(crate) async fn run_of(conn: &mut PgConnection, item: ItemId) -> Result<Option<TestrunId>> {
    let run = sqlx::query_scalar("SELECT run FROM items WHERE id = $1").bind(item.0).fetch_optional(conn);
    Ok(run.await?.map(TestrunId))
}

/// How a lease ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) state: ItemState,
    pub(crate) reason: Option<FailReason>,
    /// Somebody else ends it: the epoch grows, so that the holder is fenced.
    pub(crate) forced: bool,
    pub(crate) lost: u32,
    pub(crate) infra: u32,
    pub(crate) not_before: Timestamp,
}

/// Ends a lease if it is still that lease; says whether it was.
pub(crate) async fn end(conn: &mut PgConnection, key: LeaseKey, end: End) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE items SET state = $3, reason = $4, epoch = epoch + $5, lost = $6, infra = $7, not_before = $8,
                lease_until = NULL, process = NULL
         WHERE id = $1 AND epoch = $2 AND state = 'leased'",
    )
    .bind(key.item.0)
    .bind(key.epoch.0)
    .bind(<&str>::from(end.state))
    .bind(end.reason.map(<&str>::from))
    .bind(i64::from(end.forced))
    .bind(i64::from(end.lost))
    .bind(i64::from(end.infra))
    .bind(end.not_before.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
