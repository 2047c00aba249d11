//! The numbers that are given.

use sqlx::PgConnection;
use testrunner_core::store::{CHANGES_KEPT, Numbers};
use testrunner_core::{Digest, ItemId, TestrunId, Timestamp};

use crate::error::{Error, Result};
use crate::rows::{Cells, to_int};

/// The newest ones.
pub(crate) async fn newest(conn: &mut PgConnection) -> Result<Numbers> {
    let (run, item) = given(conn).await?;
    let change: i64 = sqlx::query_scalar("SELECT last FROM change_counter").fetch_one(conn).await?;
    Ok(Numbers { run: TestrunId(run), item: ItemId(item), change: u64::try_from(change).unwrap_or(0) })
}

/// To Testruns and items. A sequence that was never asked says 1 before it gives it.
async fn given(conn: &mut PgConnection) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(
        "SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM testruns_id_seq),
                (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM items_id_seq)",
    )
    .fetch_one(conn)
    .await?)
}

/// Gives none up to these any more.
pub(crate) async fn reserve(conn: &mut PgConnection, numbers: Numbers) -> Result<()> {
    // Whoever takes a number stores a Testrun in the same transaction, and first: nobody does in between.
    sqlx::query("LOCK TABLE testruns IN SHARE ROW EXCLUSIVE MODE").execute(&mut *conn).await?;
    let (run, item) = given(conn).await?;
    for (sequence, given, newest) in
        [("testruns_id_seq", run, numbers.run.0), ("items_id_seq", item, numbers.item.0)]
    {
        if given < newest {
            sqlx::query("SELECT setval($1::regclass, $2)")
                .bind(sequence)
                .bind(newest)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

/// The Testruns that have these items.
pub(crate) async fn holders(conn: &mut PgConnection, items: &[ItemId]) -> Result<Vec<(ItemId, TestrunId)>> {
    let rows: Vec<(i64, i64)> = sqlx::query_as("SELECT id, run FROM items WHERE id = ANY($1) ORDER BY id")
        .bind(items.iter().map(|item| item.0).collect::<Vec<_>>())
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|(item, run)| (ItemId(item), TestrunId(run))).collect())
}

/// Those of these digests of which there are no bytes.
pub(crate) async fn lacking(conn: &mut PgConnection, digests: &[Digest]) -> Result<Vec<Digest>> {
    let missing: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT d.digest FROM unnest($1::bytea[]) AS d (digest)
         WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest = d.digest)",
    )
    .bind(digests.iter().map(|digest| digest.0.as_slice()).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    let digest = |bytes: Vec<u8>| bytes.try_into().map(Digest);
    missing
        .into_iter()
        .map(|bytes| digest(bytes).map_err(|_| Error::Row("a digest has another length".to_owned())))
        .collect()
}

/// Goes on with the numbers of changes so far ahead that everybody who knows one of these, or of ours, has missed some.
/// Says whether there is anything that a change can be about.
pub(crate) async fn miss_changes(conn: &mut PgConnection, known: u64, now: Timestamp) -> Result<bool> {
    let newest = sqlx::query("SELECT id, status, reason FROM testruns ORDER BY id DESC LIMIT 1")
        .fetch_optional(&mut *conn)
        .await?;
    let (run, status, reason) = match newest {
        Some(row) => (row.int("id")?, row.maybe_text("status")?, row.maybe_text("reason")?),
        // All that ever were are gone.
        None => (given(conn).await?.0, None, None),
    };
    if run == 0 {
        return Ok(false);
    }
    let n: i64 =
        sqlx::query_scalar("UPDATE change_counter SET last = greatest(last, $1) + $2 RETURNING last")
            .bind(to_int(known, "the number of a change")?)
            .bind(to_int(CHANGES_KEPT, "the number of changes")? + 1)
            .fetch_one(&mut *conn)
            .await?;
    sqlx::query("DELETE FROM changes").execute(&mut *conn).await?;
    sqlx::query("INSERT INTO changes (n, run, at, status, reason) VALUES ($1, $2, $3, $4, $5)")
        .bind(n)
        .bind(run)
        .bind(now.0)
        .bind(status)
        .bind(reason)
        .execute(conn)
        .await?;
    Ok(true)
}
