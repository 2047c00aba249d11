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
pub(crate) async fn missing(conn: &mut SqliteConnection, digests: &[Digest]) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(
        "SELECT d.value FROM json_each(?1) AS d
         WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest = unhex(d.value)) LIMIT 1",
    )
    .bind(to_json(&digests, "the list of digests")?)
    .fetch_optional(conn)
    .await?)
}

/// Removes those of these bytes that no Testrun uses and that nobody handed in after this moment.
pub(crate) async fn drop_unused(
    conn: &mut SqliteConnection,
    digests: &[Digest],
    since: Timestamp,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM blobs WHERE digest IN (SELECT unhex(value) FROM json_each(?1)) AND put_at <= ?2
            AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = blobs.digest)",
    )
    .bind(to_json(&digests, "the list of digests")?)
    .bind(since.0)
    .execute(conn)
    .await?;
    Ok(())
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
