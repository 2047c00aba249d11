//! All rows of a Testrun but its events, written as they were elsewhere.

use sqlx::SqliteConnection;
use testrunner_core::TestrunId;
use testrunner_core::clock;
use testrunner_core::store::Record;

use crate::error::Result;
use crate::rows::{to_int, to_json};
use crate::sql::{insert_all, timings};

pub(crate) async fn insert(conn: &mut SqliteConnection, record: &Record) -> Result<()> {
    testrun(conn, record).await?;
    let run = record.id().0;
    let labels: Vec<_> = record.run.summary.labels.iter().collect();
    insert_all(conn, "INSERT INTO labels (run, key, value) ", &labels, |tuple, (key, value)| {
        tuple.push_bind(run).push_bind(key.as_str()).push_bind(value.as_str());
    })
    .await?;
    counters(conn, record).await?;
    files(conn, record).await?;
    items(conn, record).await
}

async fn testrun(conn: &mut SqliteConnection, record: &Record) -> Result<()> {
    let (run, key) = (&record.run.summary, record.idempotency.as_ref());
    let suite = timings::suite(conn, &run.suite).await?;
    sqlx::query(
        "INSERT INTO testruns (id, username, executor, source, pinned_to, suite, options, limits, plan, labels, priority,
                max_fail, max_lost, max_infra, retry_of, idempotency_key, request, created_at, deadline, status, reason,
                stop_why, stop_by, stop_at, started_at, finished_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                 ?23, ?24, ?25, ?26)",
    )
    .bind(run.id.0)
    .bind(run.username.as_str())
    .bind(run.executor.as_str())
    .bind(to_json(&run.source, "the directory of the source")?)
    .bind(run.pinned_to.as_ref().map(|process| process.0.as_str()))
    .bind(suite)
    .bind(to_json(&run.options, "the options")?)
    .bind(to_json(&run.limits, "the limits")?)
    .bind(<&str>::from(run.plan))
    .bind(to_json(&run.labels, "the labels")?)
    .bind(run.priority)
    .bind(run.max_fail)
    .bind(record.max_lost)
    .bind(record.max_infra)
    .bind(run.retry_of.map(|run| run.0))
    .bind(key.map(|key| key.key.as_str()))
    .bind(key.map(|key| key.request.0.to_vec()))
    .bind(run.created_at.0)
    .bind(run.deadline.map(|at| at.0))
    .bind(<&str>::from(run.status))
    .bind(run.reason.map(<&str>::from))
    .bind(run.stop.as_ref().map(|stop| <&str>::from(stop.why)))
    .bind(run.stop.as_ref().map(|stop| stop.by.as_str()))
    .bind(run.stop.as_ref().map(|stop| stop.at.0))
    .bind(run.started_at.map(|at| at.0))
    .bind(run.finished_at.map(|at| at.0))
    .execute(conn)
    .await?;
    Ok(())
}

async fn counters(conn: &mut SqliteConnection, record: &Record) -> Result<()> {
    let run = &record.run.summary;
    sqlx::query(
        "INSERT INTO run_counters (run, last_seq, log_bytes, failures, items_total, items_open, items_passed,
                items_failed, items_cancelled, files, cases)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(run.id.0)
    .bind(run.last_seq.0)
    .bind(to_int(record.log_bytes, "the size of the output")?)
    .bind(record.failures)
    .bind(run.items.total)
    .bind(run.items.open)
    .bind(run.items.passed)
    .bind(run.items.failed)
    .bind(run.items.cancelled)
    .bind(to_json(&run.files, "the counts of files")?)
    .bind(to_json(&run.cases, "the counts of cases")?)
    .execute(conn)
    .await?;
    Ok(())
}

async fn files(conn: &mut SqliteConnection, record: &Record) -> Result<()> {
    let run = record.id().0;
    let mut rows = Vec::with_capacity(record.run.files.len());
    for ((index, file), commit) in (0_i64..).zip(&record.run.files).zip(&record.commits) {
        let counts = file.result.as_ref().map(|result| to_json(&result.counts, "the counts of cases"));
        rows.push((index, file, to_int(file.size, "the size of a file")?, commit, counts.transpose()?));
    }
    let into = "INSERT INTO files (run, idx, path, role, size, digest, outcome, epoch, seq, duration_us, collected, \
                reported, counts, message) ";
    insert_all(conn, into, &rows, |tuple, (index, file, size, commit, counts)| {
        let result = file.result.as_ref();
        tuple
            .push_bind(run)
            .push_bind(*index)
            .push_bind(file.path.as_str())
            .push_bind(<&str>::from(file.role))
            .push_bind(*size)
            .push_bind(file.digest.map(|digest| digest.0.to_vec()))
            .push_bind(result.map(|result| <&str>::from(result.outcome)))
            .push_bind(commit.map(|commit| commit.epoch.0))
            .push_bind(commit.map(|commit| commit.seq.0))
            .push_bind(result.map(|result| clock::micros(result.duration)))
            .push_bind(result.map(|result| result.collected))
            .push_bind(result.map(|result| result.reported))
            .push_bind(counts.as_deref())
            .push_bind(result.and_then(|result| result.message.as_deref()));
    })
    .await
}

async fn items(conn: &mut SqliteConnection, record: &Record) -> Result<()> {
    let run = &record.run.summary;
    let mut rows = Vec::with_capacity(record.items.len());
    for row in &record.items {
        let files = to_json(&row.item.files, "the list of files")?;
        rows.push((row, files, to_int(row.appended_n, "the number of events")?));
    }
    let into = "INSERT INTO items (id, run, files, weight_us, executor, pinned_to, priority, sort_key, state, reason, \
                epoch, attempts, lost, infra, worker, not_before, lease_until, appended_n, claimed_at) ";
    insert_all(conn, into, &rows, |tuple, (row, files, appended_n)| {
        let item = &row.item;
        tuple
            .push_bind(item.id.0)
            .push_bind(run.id.0)
            .push_bind(files.as_str())
            .push_bind(item.weight_us)
            .push_bind(run.executor.as_str())
            .push_bind(run.pinned_to.as_ref().map(|process| process.0.as_str()))
            .push_bind(run.priority)
            .push_bind(row.sort_key)
            .push_bind(<&str>::from(item.state))
            .push_bind(item.reason.map(<&str>::from))
            .push_bind(item.epoch.0)
            .push_bind(item.attempts)
            .push_bind(item.lost)
            .push_bind(item.infra)
            .push_bind(item.worker.as_ref().map(|worker| worker.0.as_str()))
            .push_bind(item.not_before.0)
            .push_bind(item.lease_until.map(|at| at.0))
            .push_bind(*appended_n)
            .push_bind(row.claimed_at.map(|at| at.0));
    })
    .await
}

/// Takes all of that away again, and leaves the events. For a connection that does not follow references.
pub(crate) async fn remove(conn: &mut SqliteConnection, run: TestrunId) -> Result<()> {
    for statement in [
        "DELETE FROM labels WHERE run = ?1",
        "DELETE FROM run_counters WHERE run = ?1",
        "DELETE FROM files WHERE run = ?1",
        "DELETE FROM items WHERE run = ?1",
        "DELETE FROM testruns WHERE id = ?1",
    ] {
        sqlx::query(statement).bind(run.0).execute(&mut *conn).await?;
    }
    Ok(())
}
