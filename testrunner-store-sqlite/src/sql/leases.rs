//! Leases: lengthening, using and ending them.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;
use testrunner_core::rules::Lease;
use testrunner_core::{Epoch, FailReason, ItemId, ItemState, LeaseKey, TestrunId, Timestamp};

use crate::error::Result;
use crate::rows::{Cells, from_json, to_json};

/// Lengthens all of these leases that are still held. Returns those.
pub(crate) async fn renew(
    conn: &mut SqliteConnection,
    keys: &[LeaseKey],
    until: Timestamp,
) -> Result<BTreeSet<LeaseKey>> {
    let pairs: Vec<(i64, i64)> = keys.iter().map(|key| (key.item.0, key.epoch.0)).collect();
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "UPDATE items SET lease_until = CASE WHEN pinned_to IS NULL THEN ?2 END
         FROM json_each(?1) AS k
         WHERE items.id = k.value ->> 0 AND items.epoch = k.value ->> 1 AND items.state = 'leased'
         RETURNING items.id, items.epoch",
    )
    .bind(to_json(&pairs, "the list of leases")?)
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

impl Held {
    /// What the rules have to know of it.
    pub(crate) fn lease(&self) -> Lease<'_> {
        let Self { run, key, ref files, appended_n, infra, .. } = *self;
        Lease { key, run, files, appended_n, infra }
    }
}

/// The item of this lease, if the epoch is its newest; leased or not.
pub(crate) async fn held(conn: &mut SqliteConnection, key: LeaseKey) -> Result<Option<Held>> {
    let row = sqlx::query(
        "SELECT run, state, files, lost, infra, appended_n, not_before, pinned_to, worker
         FROM items WHERE id = ?1 AND epoch = ?2",
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
            files: from_json(&row.text("files")?, "files")?,
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
pub(crate) async fn save_appended(conn: &mut SqliteConnection, held: &Held) -> Result<()> {
    sqlx::query("UPDATE items SET appended_n = ?3 WHERE id = ?1 AND epoch = ?2 AND state = 'leased'")
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
pub(crate) async fn end(conn: &mut SqliteConnection, key: LeaseKey, end: End) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE items SET state = ?3, reason = ?4, epoch = epoch + ?5, lost = ?6, infra = ?7, not_before = ?8,
                lease_until = NULL, process = NULL
         WHERE id = ?1 AND epoch = ?2 AND state = 'leased'",
    )
    .bind(key.item.0)
    .bind(key.epoch.0)
    .bind(<&str>::from(end.state))
    .bind(end.reason.map(<&str>::from))
    .bind(end.forced)
    .bind(end.lost)
    .bind(end.infra)
    .bind(end.not_before.0)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
