//! What is stored. Room that was freed cannot be told from room in use, so that what is counted are the rows, not the
//! pages of the server.

use sqlx::PgConnection;
use testrunner_core::TestrunId;

use crate::error::Result;

/// Bytes of all Testruns and of the uploads that they use.
pub(crate) async fn used(conn: &mut PgConnection) -> Result<u64> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT (SELECT coalesce(sum(bytes), 0) FROM run_counters)::bigint
              + (SELECT coalesce(sum(octet_length(data)), 0) FROM blobs b
                 WHERE EXISTS (SELECT 1 FROM files f WHERE f.digest = b.digest))::bigint",
    )
    .fetch_one(conn)
    .await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// Bytes that go with this Testrun: its own, and those of the uploads that no other one uses.
pub(crate) async fn of_run(conn: &mut PgConnection, run: TestrunId) -> Result<u64> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT (SELECT coalesce(sum(bytes), 0) FROM run_counters WHERE run = $1)::bigint
              + (SELECT coalesce(sum(octet_length(data)), 0) FROM blobs b
                 WHERE b.digest IN (SELECT digest FROM files WHERE run = $1)
                   AND NOT EXISTS (SELECT 1 FROM files f WHERE f.digest = b.digest AND f.run <> $1))::bigint",
    )
    .bind(run.0)
    .fetch_one(conn)
    .await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
