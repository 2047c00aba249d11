//! Who has the store open. All times here are the server's own: whatever clock the store was given, a process that
//! lives is not to be taken for dead.

use sqlx::PgConnection;

use crate::error::Result;

/// Says that this process lives; returns when that was.
pub(crate) async fn beat(conn: &mut PgConnection, id: &str, lock: Option<i64>) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "INSERT INTO processes (id, lock, beat_at)
         VALUES ($1, $2, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
         ON CONFLICT (id) DO UPDATE SET lock = excluded.lock, beat_at = excluded.beat_at
         RETURNING beat_at",
    )
    .bind(id)
    .bind(lock)
    .fetch_one(conn)
    .await?)
}

/// Gives the name up.
pub(crate) async fn leave(conn: &mut PgConnection, id: &str) -> Result<()> {
    sqlx::query("DELETE FROM processes WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Strikes out who has said nothing for so long and whose lock, if it has one, is free. Whoever just says that it
/// lives is passed over.
pub(crate) async fn condemn(conn: &mut PgConnection, silent_us: i64) -> Result<u64> {
    let done = sqlx::query(
        "DELETE FROM processes WHERE id IN (
             SELECT p.id FROM processes p
             WHERE p.beat_at < (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - $1
               AND (p.lock IS NULL OR NOT EXISTS (
                   SELECT 1 FROM pg_locks l
                   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
                     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                     AND (l.classid::bigint << 32 | l.objid::bigint) = p.lock))
             FOR UPDATE SKIP LOCKED)",
    )
    .bind(silent_us)
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Processes that hold leases or that Testruns are pinned to, and that are not there.
pub(crate) async fn missing(conn: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "SELECT named.id FROM (
             SELECT process AS id FROM items WHERE state = 'leased' AND process IS NOT NULL
             UNION SELECT pinned_to FROM testruns WHERE finished_at IS NULL AND pinned_to IS NOT NULL) AS named
         WHERE NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = named.id)",
    )
    .fetch_all(conn)
    .await?)
}
