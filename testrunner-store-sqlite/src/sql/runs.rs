//! Testruns and their counters.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::rules::{Counters, Head};
use testrunner_core::store::NewTestrun;
use testrunner_core::testrun::{FileCounts, ItemCounts, StopMark};
use testrunner_core::{CaseCounts, ItemId, Limits, Options, Seq, Source, TestrunId, Timestamp};

use super::{insert_all, timings};
use crate::error::{Error, Result};
use crate::rows::{Cells, int_list, to_int, to_json};

/// What a lease tells its holder about the Testrun.
#[derive(Clone, Debug)]
pub(crate) struct Brief {
    pub(crate) username: String,
    pub(crate) executor: String,
    pub(crate) source: Source,
    pub(crate) options: Options,
    pub(crate) limits: Limits,
}

/// Times that a new Testrun gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Birth {
    pub(crate) created_at: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
}

pub(crate) async fn head(conn: &mut SqliteConnection, run: TestrunId) -> Result<Option<Head>> {
    let row = sqlx::query(
        "SELECT t.id, t.status, t.reason, t.stop_why, t.stop_by, t.stop_at, t.started_at, t.finished_at,
                t.priority, t.max_fail, t.max_lost, t.max_infra,
                c.last_seq, c.log_bytes, c.failures, c.items_total, c.items_open, c.items_passed,
                c.items_failed, c.items_cancelled, c.files, c.cases
         FROM testruns t JOIN run_counters c ON c.run = t.id WHERE t.id = ?1",
    )
    .bind(run.0)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        Ok(Head {
            id: TestrunId(row.int("id")?),
            status: row.word("status")?,
            reason: row.maybe_word("reason")?,
            stop: stop_mark(&row)?,
            started_at: row.maybe_time("started_at")?,
            finished_at: row.maybe_time("finished_at")?,
            priority: row.number("priority")?,
            max_fail: row.maybe_number("max_fail")?,
            max_lost: row.number("max_lost")?,
            max_infra: row.number("max_infra")?,
            counters: counters(&row)?,
        })
    })
    .transpose()
}

pub(crate) fn counters(row: &SqliteRow) -> Result<Counters> {
    Ok(Counters {
        last_seq: Seq(row.int("last_seq")?),
        log_bytes: row.number("log_bytes")?,
        // The file says what all take.
        bytes: 0,
        failures: row.number("failures")?,
        items: ItemCounts {
            total: row.number("items_total")?,
            open: row.number("items_open")?,
            passed: row.number("items_passed")?,
            failed: row.number("items_failed")?,
            cancelled: row.number("items_cancelled")?,
        },
        files: row.json("files")?,
        cases: row.json("cases")?,
    })
}

pub(crate) fn stop_mark(row: &SqliteRow) -> Result<Option<StopMark>> {
    let Some(why) = row.maybe_word("stop_why")? else { return Ok(None) };
    Ok(Some(StopMark { why, by: row.text("stop_by")?, at: row.time("stop_at")? }))
}

/// Stores status, reason, stop mark and times.
pub(crate) async fn save_status(conn: &mut SqliteConnection, head: &Head) -> Result<()> {
    sqlx::query(
        "UPDATE testruns SET status = ?2, reason = ?3, stop_why = ?4, stop_by = ?5, stop_at = ?6,
                started_at = ?7, finished_at = ?8
         WHERE id = ?1",
    )
    .bind(head.id.0)
    .bind(<&str>::from(head.status))
    .bind(head.reason.map(<&str>::from))
    .bind(head.stop.as_ref().map(|stop| <&str>::from(stop.why)))
    .bind(head.stop.as_ref().map(|stop| stop.by.as_str()))
    .bind(head.stop.as_ref().map(|stop| stop.at.0))
    .bind(head.started_at.map(|at| at.0))
    .bind(head.finished_at.map(|at| at.0))
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn save_counters(conn: &mut SqliteConnection, head: &Head) -> Result<()> {
    let counters = &head.counters;
    sqlx::query(
        "UPDATE run_counters SET last_seq = ?2, log_bytes = ?3, failures = ?4, items_open = ?5,
                items_passed = ?6, items_failed = ?7, items_cancelled = ?8, files = ?9, cases = ?10
         WHERE run = ?1",
    )
    .bind(head.id.0)
    .bind(counters.last_seq.0)
    .bind(to_int(counters.log_bytes, "the bytes of output")?)
    .bind(counters.failures)
    .bind(counters.items.open)
    .bind(counters.items.passed)
    .bind(counters.items.failed)
    .bind(counters.items.cancelled)
    .bind(to_json(&counters.files, "the counts of files")?)
    .bind(to_json(&counters.cases, "the counts of cases")?)
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores a Testrun and its counters; the first event is still to come. Returns its number.
pub(crate) async fn insert(
    conn: &mut SqliteConnection,
    new: &NewTestrun,
    birth: Birth,
    tests: u32,
) -> Result<TestrunId> {
    let suite = timings::suite(conn, &new.suite).await?;
    let key = new.idempotency.as_ref();
    let run = sqlx::query(
        "INSERT INTO testruns (username, executor, source, pinned_to, suite, options, limits, priority,
                max_fail, max_lost, max_infra, retry_of, idempotency_key, request, created_at, deadline, labels, plan, status)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, 'CREATED')",
    )
    .bind(new.username.as_str())
    .bind(new.executor.as_str())
    .bind(to_json(&new.source, "the directory of the source")?)
    .bind(new.pinned_to.as_ref().map(|process| process.0.as_str()))
    .bind(suite)
    .bind(to_json(&new.options, "the options")?)
    .bind(to_json(&new.limits, "the limits")?)
    .bind(new.priority)
    .bind(new.max_fail)
    .bind(new.max_lost)
    .bind(new.max_infra)
    .bind(new.retry_of.map(|run| run.0))
    .bind(key.map(|key| key.key.as_str()))
    .bind(key.map(|key| key.request.0.to_vec()))
    .bind(birth.created_at.0)
    .bind(birth.deadline.map(|at| at.0))
    .bind(to_json(&new.labels, "the labels")?)
    .bind(<&str>::from(new.plan))
    .execute(&mut *conn)
    .await?
    .last_insert_rowid();
    let labels: Vec<_> = new.labels.iter().collect();
    insert_all(conn, "INSERT INTO labels (run, key, value) ", &labels, |tuple, (key, value)| {
        tuple.push_bind(run).push_bind(key.as_str()).push_bind(value.as_str());
    })
    .await?;
    let items = u32::try_from(new.items.len()).map_err(|_| Error::invalid("there are too many items"))?;
    sqlx::query(
        "INSERT INTO run_counters (run, last_seq, log_bytes, failures, items_total, items_open, items_passed,
                items_failed, items_cancelled, files, cases)
         VALUES (?1, 0, 0, 0, ?2, ?2, 0, 0, 0, ?3, ?4)",
    )
    .bind(run)
    .bind(items)
    .bind(to_json(&FileCounts { total: tests, ..FileCounts::default() }, "the counts of files")?)
    .bind(to_json(&CaseCounts::default(), "the counts of cases")?)
    .execute(conn)
    .await?;
    Ok(TestrunId(run))
}

/// The Testrun that was submitted under this key, with the digest of what was asked for.
pub(crate) async fn by_key(
    conn: &mut SqliteConnection,
    username: &str,
    key: &str,
) -> Result<Option<(TestrunId, Vec<u8>)>> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT id, request FROM testruns WHERE username = ?1 AND idempotency_key = ?2")
            .bind(username)
            .bind(key)
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(run, request)| (TestrunId(run), request)))
}

pub(crate) async fn brief(conn: &mut SqliteConnection, run: TestrunId) -> Result<Brief> {
    let row = sqlx::query("SELECT username, executor, source, options, limits FROM testruns WHERE id = ?1")
        .bind(run.0)
        .fetch_one(conn)
        .await?;
    Ok(Brief {
        username: row.text("username")?,
        executor: row.text("executor")?,
        source: row.json("source")?,
        options: row.json("options")?,
        limits: row.json("limits")?,
    })
}

pub(crate) async fn exists(conn: &mut SqliteConnection, run: TestrunId) -> Result<bool> {
    let found: i64 =
        sqlx::query_scalar("SELECT count(*) FROM testruns WHERE id = ?1").bind(run.0).fetch_one(conn).await?;
    Ok(found > 0)
}

/// Stop marks of the Testruns of these items; those without one are absent.
pub(crate) async fn stops(
    conn: &mut SqliteConnection,
    items: impl Iterator<Item = ItemId>,
) -> Result<Vec<(ItemId, StopMark)>> {
    let rows = sqlx::query(
        "SELECT i.id, t.stop_why, t.stop_by, t.stop_at
         FROM json_each(?1) AS k CROSS JOIN items i ON i.id = k.value JOIN testruns t ON t.id = i.run
         WHERE t.stop_why IS NOT NULL",
    )
    .bind(int_list(items.map(|item| item.0)))
    .fetch_all(conn)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        found.extend(stop_mark(row)?.map(|mark| (row.int("id").map(ItemId), mark)));
    }
    found.into_iter().map(|(item, mark)| Ok((item?, mark))).collect()
}

/// Removes a Testrun; all that belongs to it goes along, but for the timings.
pub(crate) async fn delete(conn: &mut SqliteConnection, run: TestrunId) -> Result<()> {
    sqlx::query("DELETE FROM testruns WHERE id = ?1").bind(run.0).execute(conn).await?;
    Ok(())
}

/// The Testrun that ended first, and when.
pub(crate) async fn first_ended(conn: &mut SqliteConnection) -> Result<Option<(TestrunId, Timestamp)>> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT id, finished_at FROM testruns INDEXED BY testruns_by_end
         WHERE finished_at IS NOT NULL ORDER BY finished_at, id LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(run, at)| (TestrunId(run), Timestamp(at))))
}

/// How many have ended.
pub(crate) async fn count_ended(conn: &mut SqliteConnection) -> Result<u64> {
    let ended: i64 = sqlx::query_scalar("SELECT count(*) FROM testruns WHERE finished_at IS NOT NULL")
        .fetch_one(conn)
        .await?;
    Ok(u64::try_from(ended).unwrap_or(0))
}
