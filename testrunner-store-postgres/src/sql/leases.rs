//! Leases: lengthening, using and ending them.

use std::collections::BTreeSet;

use sqlx::PgConnection;
use testrunner_core::{Epoch, FailReason, ItemId, ItemState, LeaseKey, TestrunId, Timestamp};

use crate::error::Result;
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
         UPDATE items SET lease_until = CASE WHEN pinned_to IS NULL THEN $3 END
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

/// What a write by a holder has to know of its item.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) run: TestrunId,
    pub(crate) key: LeaseKey,
    pub(crate) state: ItemState,
    pub(crate) files: Vec<u32>,
    pub(crate) lost: u32,
    pub(crate) infra: u32,
    pub(crate) appended_n: u64,
    pub(crate) not_before: Timestamp,
    pub(crate) pinned: bool,
    pub(crate) worker: Option<String>,
}

/// The item of this lease, if the epoch is its newest; leased or not. Nobody else changes it until the end of the
/// transaction.
pub(crate) async fn held(conn: &mut PgConnection, key: LeaseKey) -> Result<Option<Held>> {
    let row = sqlx::query(
        "SELECT run, state, files, lost, infra, appended_n, not_before, pinned_to, worker
         FROM items WHERE id = $1 AND epoch = $2 FOR NO KEY UPDATE",
    )
    .bind(key.item.0)
    .bind(key.epoch.0)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Held {
            run: TestrunId(row.int("run")?),
            key,
            state: row.word("state")?,
            files: row.numbers("files")?,
            lost: row.number("lost")?,
            infra: row.number("infra")?,
            appended_n: row.number("appended_n")?,
            not_before: row.time("not_before")?,
            pinned: row.maybe_text("pinned_to")?.is_some(),
            worker: row.maybe_text("worker")?,
        })
    })
    .transpose()
}

/// Remembers how many events of this lease are stored.
pub(crate) async fn save_appended(conn: &mut PgConnection, held: &Held) -> Result<()> {
    sqlx::query("UPDATE items SET appended_n = $3 WHERE id = $1 AND epoch = $2 AND state = 'leased'")
        .bind(held.key.item.0)
        .bind(held.key.epoch.0)
        .bind(i64::try_from(held.appended_n).unwrap_or(i64::MAX))
        .execute(conn)
        .await?;
    Ok(())
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

/// Whether this is the lease that the claim with this mark gave. Of a claim whose commit was not heard of, the key
/// alone does not say so: undone, its keys are given anew.
pub(crate) async fn is_of_claim(conn: &mut PgConnection, key: LeaseKey, claim: i64) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT id FROM items WHERE id = $1 AND epoch = $2 AND claim = $3 FOR NO KEY UPDATE",
    )
    .bind(key.item.0)
    .bind(key.epoch.0)
    .bind(claim)
    .fetch_optional(conn)
    .await?;
    Ok(found.is_some())
}
