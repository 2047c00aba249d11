//! All rows of a Testrun but its events, written as they were elsewhere.

use sqlx::PgConnection;
use testrunner_core::store::Record;
use testrunner_core::testrun::FileRecord;
use testrunner_core::{Item, TestrunId, clock};

use crate::error::Result;
use crate::rows::{to_int, to_json};
use crate::sql::{texts, timings};

pub(crate) async fn insert(conn: &mut PgConnection, record: &Record) -> Result<()> {
    testrun(conn, record).await?;
    let run = record.id().0;
    let labels = &record.run.summary.labels;
    sqlx::query("INSERT INTO labels (run, key, value) SELECT $1, * FROM unnest($2::text[], $3::text[])")
        .bind(run)
        .bind(labels.keys().map(String::as_str).collect::<Vec<_>>())
        .bind(labels.values().map(String::as_str).collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
    counters(conn, record).await?;
    files(conn, record).await?;
    texts::insert(conn, record.id(), &record.run.summary.username, labels, &record.run.files).await?;
    items(conn, record).await
}

async fn testrun(conn: &mut PgConnection, record: &Record) -> Result<()> {
    let (run, key) = (&record.run.summary, record.idempotency.as_ref());
    let suite = timings::suite(conn, &run.suite).await?;
    sqlx::query(
        "INSERT INTO testruns (id, username, executor, source, pinned_to, suite, options, limits, plan, labels, priority,
                max_fail, max_lost, max_infra, retry_of, idempotency_key, request, created_at, deadline, status, reason,
                stop_why, stop_by, stop_at, started_at, finished_at)
         OVERRIDING SYSTEM VALUE
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $24, $25, $26)",
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
    .bind(i64::from(run.priority))
    .bind(run.max_fail.map(i64::from))
    .bind(i64::from(record.max_lost))
    .bind(i64::from(record.max_infra))
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

async fn counters(conn: &mut PgConnection, record: &Record) -> Result<()> {
    let run = &record.run.summary;
    // About what it takes, as it is counted where events are appended.
    sqlx::query(
        "INSERT INTO run_counters (run, last_seq, log_bytes, bytes, failures, items_total, items_open, items_passed,
                items_failed, items_cancelled, files, cases)
         SELECT $1, $2, $3, $4 + (SELECT coalesce(sum(96 + octet_length(body) + coalesce(octet_length(data), 0)), 0)
                                  FROM events WHERE run = $1)::bigint,
                $5, $6, $7, $8, $9, $10, $11, $12",
    )
    .bind(run.id.0)
    .bind(run.last_seq.0)
    .bind(to_int(record.log_bytes, "the size of the output")?)
    .bind(size(record))
    .bind(i64::from(record.failures))
    .bind(i64::from(run.items.total))
    .bind(i64::from(run.items.open))
    .bind(i64::from(run.items.passed))
    .bind(i64::from(run.items.failed))
    .bind(i64::from(run.items.cancelled))
    .bind(to_json(&run.files, "the counts of files")?)
    .bind(to_json(&run.cases, "the counts of cases")?)
    .execute(conn)
    .await?;
    Ok(())
}

/// About what the rows take, without events and uploads.
fn size(record: &Record) -> i64 {
    /// A row with its places in the indexes.
    const ROW: usize = 256;
    let paths: usize = record.run.files.iter().map(|file| file.path.len()).sum();
    let rows = 8 + record.run.files.len() + record.items.len();
    i64::try_from(paths + rows * ROW).unwrap_or(i64::MAX)
}

/// A column of all files.
fn of_files<T>(record: &Record, cell: impl Fn(&FileRecord) -> T) -> Vec<T> {
    record.run.files.iter().map(cell).collect()
}

async fn files(conn: &mut PgConnection, record: &Record) -> Result<()> {
    let sizes = record.run.files.iter().map(|file| to_int(file.size, "the size of a file"));
    let mut counts = Vec::with_capacity(record.run.files.len());
    let mut messages = Vec::with_capacity(record.run.files.len());
    for file in &record.run.files {
        let (result, message) =
            (file.result.as_ref(), file.result.as_ref().and_then(|it| it.message.as_ref()));
        counts.push(result.map(|result| to_json(&result.counts, "the counts of cases")).transpose()?);
        messages.push(message.map(|text| to_json(text, "a message")).transpose()?);
    }
    sqlx::query(
        "INSERT INTO files (run, idx, path, role, size, digest, outcome, epoch, seq, duration_us, collected, reported,
                counts, message)
         SELECT $1, f.n - 1, f.path, f.role, f.size, f.digest, f.outcome, f.epoch, f.seq, f.duration_us, f.collected,
                f.reported, f.counts, f.message
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::bigint[], $8::bigint[],
                     $9::bigint[], $10::bigint[], $11::bigint[], $12::text[], $13::text[]) WITH ORDINALITY
              AS f (path, role, size, digest, outcome, epoch, seq, duration_us, collected, reported, counts, message, n)",
    )
    .bind(record.id().0)
    .bind(record.run.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>())
    .bind(of_files(record, |file| <&str>::from(file.role)))
    .bind(sizes.collect::<Result<Vec<_>>>()?)
    .bind(of_files(record, |file| file.digest.map(|digest| digest.0.to_vec())))
    .bind(of_files(record, |file| file.result.as_ref().map(|result| <&str>::from(result.outcome))))
    .bind(record.commits.iter().map(|commit| commit.map(|commit| commit.epoch.0)).collect::<Vec<_>>())
    .bind(record.commits.iter().map(|commit| commit.map(|commit| commit.seq.0)).collect::<Vec<_>>())
    .bind(of_files(record, |file| file.result.as_ref().map(|result| clock::micros(result.duration))))
    .bind(of_files(record, |file| file.result.as_ref().map(|result| i64::from(result.collected))))
    .bind(of_files(record, |file| file.result.as_ref().map(|result| i64::from(result.reported))))
    .bind(counts)
    .bind(messages)
    .execute(conn)
    .await?;
    Ok(())
}

/// A column of all items.
fn of_items<T>(record: &Record, cell: impl Fn(&Item) -> T) -> Vec<T> {
    record.items.iter().map(|row| cell(&row.item)).collect()
}

async fn items(conn: &mut PgConnection, record: &Record) -> Result<()> {
    let run = &record.run.summary;
    let appended = record.items.iter().map(|row| to_int(row.appended_n, "the number of events"));
    // An array of arrays would have to be a rectangle: the files of all items stand in one, with their item's number.
    let files: Vec<(i64, i64)> = record
        .items
        .iter()
        .flat_map(|row| row.item.files.iter().map(|file| (row.item.id.0, i64::from(*file))))
        .collect();
    sqlx::query(
        "INSERT INTO items (id, run, files, weight_us, executor, pinned_to, priority, sort_key, state, reason, epoch,
                attempts, lost, infra, worker, not_before, lease_until, appended_n, claimed_at)
         SELECT i.id, $1, f.files, i.weight_us, $2, $3, $4, i.sort_key, i.state, i.reason, i.epoch, i.attempts, i.lost,
                i.infra, i.worker, i.not_before, i.lease_until, i.appended_n, i.claimed_at
         FROM unnest($5::bigint[], $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::bigint[], $11::bigint[],
                     $12::bigint[], $13::bigint[], $14::text[], $15::bigint[], $16::bigint[], $17::bigint[],
                     $18::bigint[])
              AS i (id, weight_us, sort_key, state, reason, epoch, attempts, lost, infra, worker, not_before,
                    lease_until, appended_n, claimed_at)
         JOIN (SELECT item, array_agg(file ORDER BY n) AS files
               FROM unnest($19::bigint[], $20::bigint[]) WITH ORDINALITY AS f (item, file, n)
               GROUP BY item) AS f ON f.item = i.id",
    )
    .bind(run.id.0)
    .bind(run.executor.as_str())
    .bind(run.pinned_to.as_ref().map(|process| process.0.as_str()))
    .bind(i64::from(run.priority))
    .bind(of_items(record, |item| item.id.0))
    .bind(of_items(record, |item| item.weight_us))
    .bind(record.items.iter().map(|row| row.sort_key).collect::<Vec<_>>())
    .bind(of_items(record, |item| <&str>::from(item.state)))
    .bind(of_items(record, |item| item.reason.map(<&str>::from)))
    .bind(of_items(record, |item| item.epoch.0))
    .bind(of_items(record, |item| i64::from(item.attempts)))
    .bind(of_items(record, |item| i64::from(item.lost)))
    .bind(of_items(record, |item| i64::from(item.infra)))
    .bind(of_items(record, |item| item.worker.as_ref().map(|worker| worker.0.clone())))
    .bind(of_items(record, |item| item.not_before.0))
    .bind(of_items(record, |item| item.lease_until.map(|at| at.0)))
    .bind(appended.collect::<Result<Vec<_>>>()?)
    .bind(record.items.iter().map(|row| row.claimed_at.map(|at| at.0)).collect::<Vec<_>>())
    .bind(files.iter().map(|(item, _)| *item).collect::<Vec<_>>())
    .bind(files.iter().map(|(_, file)| *file).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes all of that away again, and leaves the events, which refer to nothing.
pub(crate) async fn remove(conn: &mut PgConnection, run: TestrunId) -> Result<()> {
    texts::remove(conn, run).await?;
    sqlx::query("DELETE FROM testruns WHERE id = $1").bind(run.0).execute(conn).await?;
    Ok(())
}
