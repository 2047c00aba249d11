//! Uploaded bytes.

use sqlx::PgConnection;
use testrunner_core::{Digest, Timestamp};

use crate::error::Result;
use crate::lock::{Lock, Use};

/// Keeps bytes, in the order of their digests. Known ones are only marked as wanted anew.
pub(crate) async fn put(conn: &mut PgConnection, blobs: &[(Digest, &[u8])], now: Timestamp) -> Result<()> {
    let digests: Vec<&[u8]> = blobs.iter().map(|(digest, _)| digest.0.as_slice()).collect();
    // Locked in order, so that two who hand in the same never wait for each other.
    let known: Vec<Vec<u8>> = sqlx::query_scalar(
        "WITH known AS MATERIALIZED (
             SELECT digest FROM blobs WHERE digest = ANY($1) ORDER BY digest FOR UPDATE)
         UPDATE blobs b SET put_at = greatest(b.put_at, $2) FROM known WHERE b.digest = known.digest
         RETURNING b.digest",
    )
    .bind(&digests)
    .bind(now.0)
    .fetch_all(&mut *conn)
    .await?;
    for (digest, bytes) in blobs.iter().filter(|(digest, _)| !known.iter().any(|it| *it == digest.0)) {
        sqlx::query(
            "INSERT INTO blobs (digest, put_at, data) VALUES ($1, $2, $3)
             ON CONFLICT (digest) DO UPDATE SET put_at = greatest(blobs.put_at, excluded.put_at)",
        )
        .bind(digest.0.as_slice())
        .bind(now.0)
        .bind(*bytes)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

pub(crate) async fn get(conn: &mut PgConnection, digest: Digest) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar("SELECT data FROM blobs WHERE digest = $1")
        .bind(digest.0.as_slice())
        .fetch_optional(conn)
        .await?)
}

/// The first of these digests of which there are no bytes. Until the end of the transaction nobody removes any.
pub(crate) async fn missing(conn: &mut PgConnection, digests: &[Digest]) -> Result<Option<Digest>> {
    Lock::Common.take(conn, Use::Shared).await?;
    let bytes: Vec<&[u8]> = digests.iter().map(|digest| digest.0.as_slice()).collect();
    let missing: Option<i64> = sqlx::query_scalar(
        "SELECT d.n - 1 FROM unnest($1::bytea[]) WITH ORDINALITY AS d (digest, n)
         WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest = d.digest) ORDER BY d.n LIMIT 1",
    )
    .bind(bytes)
    .fetch_optional(conn)
    .await?;
    Ok(missing.and_then(|n| digests.get(usize::try_from(n).ok()?).copied()))
}

/// Removes those of these bytes that no Testrun uses and that nobody handed in after this moment.
///
/// To be called under [`Lock::Common`], alone.
pub(crate) async fn drop_unused(conn: &mut PgConnection, digests: &[Digest], since: Timestamp) -> Result<()> {
    if digests.is_empty() {
        return Ok(());
    }
    let digests: Vec<&[u8]> = digests.iter().map(|digest| digest.0.as_slice()).collect();
    sqlx::query(
        "DELETE FROM blobs WHERE digest = ANY($1) AND put_at <= $2
            AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = blobs.digest)",
    )
    .bind(digests)
    .bind(since.0)
    .execute(conn)
    .await?;
    Ok(())
}

/// As [`drop_unused`], of all bytes.
pub(crate) async fn drop_all_unused(conn: &mut PgConnection, since: Timestamp) -> Result<()> {
    Lock::Common.take(conn, Use::Alone).await?;
    sqlx::query(
        "DELETE FROM blobs WHERE put_at <= $1
            AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = blobs.digest)",
    )
    .bind(since.0)
    .execute(conn)
    .await?;
    Ok(())
}
