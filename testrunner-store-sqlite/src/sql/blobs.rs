//! Uploaded bytes.

use sqlx::SqliteConnection;
use testrunner_core::{Digest, Timestamp};

use crate::error::Result;
use crate::rows::to_json;

/// Keeps bytes. Known ones are only marked as wanted anew.
pub(crate) async fn put(
    conn: &mut SqliteConnection,
    digest: Digest,
    bytes: &[u8],
    now: Timestamp,
) -> Result<()> {
    let known = sqlx::query("UPDATE blobs SET put_at = max(put_at, ?2) WHERE digest = ?1")
        .bind(digest.0.to_vec())
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    if known.rows_affected() == 0 {
        sqlx::query("INSERT INTO blobs (digest, put_at, data) VALUES (?1, ?2, ?3)")
            .bind(digest.0.to_vec())
            .bind(now.0)
            .bind(bytes)
            .execute(conn)
            .await?;
    }
    Ok(())
}

pub(crate) async fn get(conn: &mut SqliteConnection, digest: Digest) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar("SELECT data FROM blobs WHERE digest = ?1")
        .bind(digest.0.to_vec())
        .fetch_optional(conn)
        .await?)
}

/// The first of these digests of which there are no bytes.
pub(crate) async fn missing(conn: &mut SqliteConnection, digests: &[Digest]) -> Result<Option<Digest>> {
    let place: Option<i64> = sqlx::query_scalar(
        "SELECT d.key FROM json_each(?1) AS d
         WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest = unhex(d.value)) LIMIT 1",
    )
    .bind(to_json(&digests, "the list of digests")?)
    .fetch_optional(conn)
    .await?;
    Ok(place.and_then(|place| digests.get(usize::try_from(place).ok()?)).copied())
}

/// Removes those of these bytes that no Testrun uses and that nobody handed in after this moment. Returns the room
/// that the others take which no Testrun uses.
pub(crate) async fn drop_unused(
    conn: &mut SqliteConnection,
    digests: &[Digest],
    since: Timestamp,
) -> Result<u64> {
    let digests = to_json(&digests, "the list of digests")?;
    sqlx::query(
        "DELETE FROM blobs WHERE digest IN (SELECT unhex(value) FROM json_each(?1)) AND put_at <= ?2
            AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = blobs.digest)",
    )
    .bind(digests.as_str())
    .bind(since.0)
    .execute(&mut *conn)
    .await?;
    let spared = sqlx::query_as(
        "SELECT count(*), coalesce(sum(length(data)), 0), coalesce(sum(min(length(data), 4096)), 0) FROM blobs
         WHERE digest IN (SELECT unhex(value) FROM json_each(?1))
           AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = blobs.digest)",
    );
    Ok(room(spared.bind(digests).fetch_one(conn).await?))
}

/// The room that those bytes take which no Testrun uses.
pub(crate) async fn unused(conn: &mut SqliteConnection) -> Result<u64> {
    // The inner query needs the indexes only: there may be many bytes, and few of them unused.
    let unused = sqlx::query_as(
        "SELECT count(*), coalesce(sum(length(data)), 0), coalesce(sum(min(length(data), 4096)), 0) FROM blobs
         WHERE rowid IN (SELECT b.rowid FROM blobs b
                         WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = b.digest))",
    );
    Ok(room(unused.fetch_one(conn).await?))
}

/// About what so many bytes take in pages of 4096: their number, their sum, and the sum of what of each would fit on
/// one page. Rather too much: too little would be paid for with Testruns.
fn room((count, bytes, last_pages): (i64, i64, i64)) -> u64 {
    /// The digest in its index, the rest of the row.
    const ROW: i64 = 128;
    u64::try_from(count * ROW + bytes + last_pages).unwrap_or(0)
}

/// As [`drop_unused`], of all bytes.
pub(crate) async fn drop_all_unused(conn: &mut SqliteConnection, since: Timestamp) -> Result<()> {
    sqlx::query(
        "DELETE FROM blobs WHERE put_at <= ?1
            AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = blobs.digest)",
    )
    .bind(since.0)
    .execute(conn)
    .await?;
    Ok(())
}
