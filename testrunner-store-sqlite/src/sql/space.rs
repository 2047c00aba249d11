//! What the file takes.

use sqlx::SqliteConnection;

use crate::error::Result;

/// Bytes of all pages but those that wait to be used again. Also of uploads that no Testrun uses.
pub(crate) async fn used(conn: &mut SqliteConnection) -> Result<u64> {
    let bytes: i64 = sqlx::query_scalar(
        "SELECT (a.page_count - f.freelist_count) * s.page_size
         FROM pragma_page_count AS a, pragma_freelist_count AS f, pragma_page_size AS s",
    )
    .fetch_one(conn)
    .await?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}
