//! Small things that servers share.

use sqlx::PgConnection;

use crate::error::Result;

/// The newest version of a document, with its number.
pub(crate) async fn get(conn: &mut PgConnection, name: &str) -> Result<Option<(i64, Vec<u8>)>> {
    Ok(sqlx::query_as("SELECT version, bytes FROM documents WHERE name = $1")
        .bind(name)
        .fetch_optional(conn)
        .await?)
}

/// Puts these bytes in the place of this version, or of none; says whether it was the newest.
pub(crate) async fn replace(
    conn: &mut PgConnection,
    name: &str,
    expected: Option<i64>,
    bytes: &[u8],
) -> Result<bool> {
    let done = match expected {
        Some(version) => {
            sqlx::query(
                "UPDATE documents SET version = version + 1, bytes = $3 WHERE name = $1 AND version = $2",
            )
            .bind(name)
            .bind(version)
            .bind(bytes)
            .execute(conn)
            .await?
        }
        None => sqlx::query(
            "INSERT INTO documents (name, version, bytes) VALUES ($1, 1, $2) ON CONFLICT (name) DO NOTHING",
        )
        .bind(name)
        .bind(bytes)
        .execute(conn)
        .await?,
    };
    Ok(done.rows_affected() == 1)
}
