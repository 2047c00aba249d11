//! The changes of all Testruns' statuses.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::store::{CHANGES_KEPT, Change, ChangePage};
use testrunner_core::{FailReason, Status, TestrunId, Timestamp};

use crate::error::Result;
use crate::rows::Cells;

/// After so many new ones, old ones are removed.
const SWEEP: i64 = 256;

/// Notes a change; returns its number.
pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    run: TestrunId,
    at: Timestamp,
    status: Option<Status>,
    reason: Option<FailReason>,
) -> Result<i64> {
    let n = sqlx::query("INSERT INTO changes (run, at, status, reason) VALUES (?1, ?2, ?3, ?4)")
        .bind(run.0)
        .bind(at.0)
        .bind(status.map(<&str>::from))
        .bind(reason.map(<&str>::from))
        .execute(&mut *conn)
        .await?
        .last_insert_rowid();
    if n % SWEEP == 0 {
        sqlx::query("DELETE FROM changes WHERE n <= ?1").bind(n - kept()).execute(conn).await?;
    }
    Ok(n)
}

/// The newest number; 0: there is none.
pub(crate) async fn last(conn: &mut SqliteConnection) -> Result<i64> {
    Ok(sqlx::query_scalar("SELECT coalesce(max(n), 0) FROM changes").fetch_one(conn).await?)
}

/// Those after `after`, in order. To be read in a transaction.
pub(crate) async fn page(conn: &mut SqliteConnection, after: u64, limit: u32) -> Result<ChangePage> {
    let last = u64::try_from(last(conn).await?).unwrap_or(0);
    if ChangePage::misses(after, last) {
        return Ok(ChangePage { changes: Vec::new(), last, missed: true });
    }
    let rows = sqlx::query("SELECT n, run, at, status, reason FROM changes WHERE n > ?1 ORDER BY n LIMIT ?2")
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(if limit == 0 { 1_000 } else { limit })
        .fetch_all(conn)
        .await?;
    let changes = rows.iter().map(to_change).collect::<Result<_>>()?;
    Ok(ChangePage { changes, last, missed: false })
}

fn to_change(row: &SqliteRow) -> Result<Change> {
    Ok(Change {
        n: row.number("n")?,
        run: TestrunId(row.int("run")?),
        at: row.time("at")?,
        status: row.maybe_word("status")?,
        reason: row.maybe_word("reason")?,
    })
}

fn kept() -> i64 {
    i64::try_from(CHANGES_KEPT).unwrap_or(i64::MAX)
}
