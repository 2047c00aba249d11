//! The changes of all Testruns' statuses.

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::store::{CHANGES_KEPT, Change, ChangePage};
use testrunner_core::{FailReason, Status, TestrunId, Timestamp};

use crate::error::Result;
use crate::rows::Cells;

/// After so many new ones, old ones are removed.
const SWEEP: i64 = 256;

/// A change on its way into the table. Without a status the Testrun is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) run: TestrunId,
    pub(crate) status: Option<Status>,
    pub(crate) reason: Option<FailReason>,
}

/// Notes changes, in this order. From here to the commit nobody else notes any: to be called last.
pub(crate) async fn insert(conn: &mut PgConnection, at: Timestamp, entries: &[Entry]) -> Result<()> {
    let count = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let last: i64 = sqlx::query_scalar(
        "WITH counter AS (UPDATE change_counter SET last = last + $1 RETURNING last),
              noted AS (INSERT INTO changes (n, run, at, status, reason)
                        SELECT counter.last - $1 + e.ord, e.run, $2, e.status, e.reason
                        FROM counter, unnest($3::bigint[], $4::text[], $5::text[])
                             WITH ORDINALITY AS e (run, status, reason, ord))
         SELECT last FROM counter",
    )
    .bind(count)
    .bind(at.0)
    .bind(entries.iter().map(|entry| entry.run.0).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.status.map(<&str>::from)).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.reason.map(<&str>::from)).collect::<Vec<_>>())
    .fetch_one(&mut *conn)
    .await?;
    if last / SWEEP != (last - count) / SWEEP {
        sqlx::query("DELETE FROM changes WHERE n <= $1").bind(last - kept()).execute(conn).await?;
    }
    Ok(())
}

/// Those after `after`, in order. To be read in a transaction of one moment.
pub(crate) async fn page(conn: &mut PgConnection, after: u64, limit: u32) -> Result<ChangePage> {
    let last: i64 = sqlx::query_scalar("SELECT last FROM change_counter").fetch_one(&mut *conn).await?;
    let last = u64::try_from(last).unwrap_or(0);
    if ChangePage::misses(after, last) {
        return Ok(ChangePage { changes: Vec::new(), last, missed: true });
    }
    let rows = sqlx::query("SELECT n, run, at, status, reason FROM changes WHERE n > $1 ORDER BY n LIMIT $2")
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::from(if limit == 0 { 1_000 } else { limit }))
        .fetch_all(conn)
        .await?;
    let changes = rows.iter().map(to_change).collect::<Result<_>>()?;
    Ok(ChangePage { changes, last, missed: false })
}

fn to_change(row: &PgRow) -> Result<Change> {
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
