//! The numbers that are given.

use sqlx::SqliteConnection;
use testrunner_core::store::{CHANGES_KEPT, Numbers};
use testrunner_core::{Digest, ItemId, TestrunId, Timestamp};

use crate::error::{Error, Result};
use crate::rows::{Cells, int_list, to_int, to_json};
use crate::sql::changes;

/// The newest ones.
pub(crate) async fn newest(conn: &mut SqliteConnection) -> Result<Numbers> {
    let (run, item) = (given(conn, "testruns").await?, given(conn, "items").await?);
    let change = u64::try_from(changes::last(conn).await?).unwrap_or(0);
    Ok(Numbers { run: TestrunId(run), item: ItemId(item), change })
}

async fn given(conn: &mut SqliteConnection, table: &str) -> Result<i64> {
    let given: Option<i64> = sqlx::query_scalar("SELECT seq FROM sqlite_sequence WHERE name = ?1")
        .bind(table)
        .fetch_optional(conn)
        .await?;
    Ok(given.unwrap_or(0))
}

/// Gives none up to these any more.
pub(crate) async fn reserve(conn: &mut SqliteConnection, numbers: Numbers) -> Result<()> {
    for (table, newest) in [("testruns", numbers.run.0), ("items", numbers.item.0)] {
        if given(conn, table).await? >= newest {
            continue;
        }
        // The table of sequences has no key: a row is there from the first number on.
        let known = sqlx::query("UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1")
            .bind(table)
            .bind(newest)
            .execute(&mut *conn)
            .await?;
        if known.rows_affected() == 0 {
            sqlx::query("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)")
                .bind(table)
                .bind(newest)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

/// The Testruns that have these items.
pub(crate) async fn holders(
    conn: &mut SqliteConnection,
    items: &[ItemId],
) -> Result<Vec<(ItemId, TestrunId)>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT i.id, i.run FROM json_each(?1) AS k CROSS JOIN items i ON i.id = k.value ORDER BY i.id",
    )
    .bind(int_list(items.iter().map(|item| item.0)))
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|(item, run)| (ItemId(item), TestrunId(run))).collect())
}

/// Those of these digests of which there are no bytes.
pub(crate) async fn lacking(conn: &mut SqliteConnection, digests: &[Digest]) -> Result<Vec<Digest>> {
    let missing: Vec<String> = sqlx::query_scalar(
        "SELECT d.value FROM json_each(?1) AS d
         WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest = unhex(d.value))",
    )
    .bind(to_json(&digests, "the list of digests")?)
    .fetch_all(conn)
    .await?;
    let parse = |text: String| text.parse().map_err(|_| Error::Row(format!("{text:?} is not a digest")));
    missing.into_iter().map(parse).collect()
}

/// Goes on with the numbers of changes so far ahead that everybody who knows one of these, or of ours, has missed some.
/// Returns the newest number, if there is anything that a change can be about.
pub(crate) async fn miss_changes(
    conn: &mut SqliteConnection,
    known: u64,
    now: Timestamp,
) -> Result<Option<i64>> {
    let newest = sqlx::query("SELECT id, status, reason FROM testruns ORDER BY id DESC LIMIT 1")
        .fetch_optional(&mut *conn)
        .await?;
    let (run, status, reason) = match newest {
        Some(row) => (row.int("id")?, row.maybe_text("status")?, row.maybe_text("reason")?),
        // All that ever were are gone.
        None => (given(conn, "testruns").await?, None, None),
    };
    if run == 0 {
        return Ok(None);
    }
    let last = changes::last(conn).await?.max(to_int(known, "the number of a change")?);
    let n = last + to_int(CHANGES_KEPT, "the number of changes")? + 1;
    sqlx::query("DELETE FROM changes").execute(&mut *conn).await?;
    sqlx::query("INSERT INTO changes (n, run, at, status, reason) VALUES (?1, ?2, ?3, ?4, ?5)")
        .bind(n)
        .bind(run)
        .bind(now.0)
        .bind(status)
        .bind(reason)
        .execute(conn)
        .await?;
    Ok(Some(n))
}
