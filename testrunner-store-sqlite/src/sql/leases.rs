//! Leases: lengthening, using and ending them.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::SqliteConnection;
use testrunner_core::rules::Holding;
use testrunner_core::{Epoch, FailReason, ItemId, ItemState, LeaseKey, TestrunId, Timestamp};

use crate::error::{Error, Result};
use crate::rows::{Cells, from_json, int_list, to_json};

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

/// What has to be known of a lease to take it back.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) lost: u32,
    pub(crate) infra: u32,
    pub(crate) not_before: Timestamp,
    pub(crate) pinned: bool,
    pub(crate) worker: Option<String>,
}

/// The item of this lease, if the epoch is its newest.
pub(crate) async fn held(conn: &mut SqliteConnection, key: LeaseKey) -> Result<Option<Held>> {
    let row = sqlx::query(
        "SELECT lost, infra, not_before, pinned_to, worker FROM items WHERE id = ?1 AND epoch = ?2",
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

/// These items, leased or not.
pub(crate) async fn hold(
    conn: &mut SqliteConnection,
    items: impl Iterator<Item = ItemId> + Send,
) -> Result<BTreeMap<ItemId, Holding>> {
    let rows = sqlx::query(
        "SELECT id, run, epoch, state, reason, files, infra, appended_n, not_before
         FROM items WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(int_list(items.map(|item| item.0)))
    .fetch_all(conn)
    .await?;
    let held = rows.iter().map(|row| {
        let key = LeaseKey { item: ItemId(row.int("id")?), epoch: Epoch(row.int("epoch")?) };
        let held = Holding {
            key,
            run: TestrunId(row.int("run")?),
            state: row.word("state")?,
            reason: row.maybe_word("reason")?,
            files: from_json(&row.text("files")?, "files")?,
            infra: row.number("infra")?,
            appended_n: row.number("appended_n")?,
            not_before: row.time("not_before")?,
            claim: None,
        };
        Ok((key.item, held))
    });
    held.collect()
}

/// Writes back what their holders have changed of items.
///
/// # Errors
/// One of them is not leased.
pub(crate) async fn save(conn: &mut SqliteConnection, changed: &[&Holding]) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let rows = changed.iter().map(|held| {
        let (item, epoch) = (held.key.item.0, held.key.epoch.0);
        let (state, reason) = (<&str>::from(held.state), held.reason.map(<&str>::from));
        (item, epoch, state, reason, held.infra, held.appended_n, held.not_before.0)
    });
    let done = sqlx::query(
        "UPDATE items SET state = h.value ->> 2, reason = h.value ->> 3, infra = h.value ->> 4,
                appended_n = h.value ->> 5, not_before = h.value ->> 6,
                lease_until = CASE WHEN h.value ->> 2 = 'leased' THEN lease_until END,
                process = CASE WHEN h.value ->> 2 = 'leased' THEN process END
         FROM json_each(?1) AS h
         WHERE items.id = h.value ->> 0 AND items.epoch = h.value ->> 1 AND items.state = 'leased'",
    )
    .bind(to_json(&rows.collect::<Vec<_>>(), "the list of items")?)
    .execute(conn)
    .await?;
    if done.rows_affected() == changed.len() as u64 {
        return Ok(());
    }
    Err(Error::Row("an item that is held was changed by another".to_owned()))
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
