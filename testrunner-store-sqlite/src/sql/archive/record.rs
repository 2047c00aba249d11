//! All that is stored of a Testrun, read as one.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::store::{Commit, Idempotency, ItemRecord, Record};
use testrunner_core::{Epoch, Seq, Testrun, TestrunId};

use crate::error::{Error, Result};
use crate::rows::Cells;
use crate::sql::{files, items, summaries};

/// `None`: there is no such Testrun. To be read in a transaction.
pub(crate) async fn read(conn: &mut SqliteConnection, run: TestrunId) -> Result<Option<Record>> {
    let Some(summary) = summaries::get(conn, run).await? else { return Ok(None) };
    let files = files::of_run(conn, run).await?;
    let row = sqlx::query(
        "SELECT t.idempotency_key, t.request, t.max_lost, t.max_infra, c.failures, c.log_bytes
         FROM testruns t JOIN run_counters c ON c.run = t.id WHERE t.id = ?1",
    )
    .bind(run.0)
    .fetch_one(&mut *conn)
    .await?;
    Ok(Some(Record {
        run: Testrun { summary, files },
        idempotency: idempotency(&row)?,
        max_lost: row.number("max_lost")?,
        max_infra: row.number("max_infra")?,
        failures: row.number("failures")?,
        log_bytes: row.number("log_bytes")?,
        commits: commits(conn, run).await?,
        items: item_records(conn, run).await?,
    }))
}

fn idempotency(row: &SqliteRow) -> Result<Option<Idempotency>> {
    let Some(key) = row.maybe_text("idempotency_key")? else { return Ok(None) };
    let request =
        row.maybe_digest("request")?.ok_or_else(|| Error::Row("a key has no request".to_owned()))?;
    Ok(Some(Idempotency { key, request }))
}

async fn commits(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<Option<Commit>>> {
    let rows: Vec<(Option<i64>, Option<i64>)> =
        sqlx::query_as("SELECT epoch, seq FROM files WHERE run = ?1 ORDER BY idx")
            .bind(run.0)
            .fetch_all(conn)
            .await?;
    let commit =
        |(epoch, seq): (Option<i64>, Option<i64>)| Some(Commit { epoch: Epoch(epoch?), seq: Seq(seq?) });
    Ok(rows.into_iter().map(commit).collect())
}

async fn item_records(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<ItemRecord>> {
    let items = items::of_run(conn, run).await?;
    let rows = sqlx::query(
        "SELECT sort_key, claimed_at, appended_n FROM items WHERE run = ?1 ORDER BY sort_key, id",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    let record = |(item, row): (_, &SqliteRow)| {
        Ok(ItemRecord {
            item,
            sort_key: row.int("sort_key")?,
            claimed_at: row.maybe_time("claimed_at")?,
            appended_n: row.number("appended_n")?,
        })
    };
    items.into_iter().zip(&rows).map(record).collect()
}
