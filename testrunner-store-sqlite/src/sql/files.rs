//! The files of Testruns and their results.

use std::time::Duration;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet};
use testrunner_core::rules::FileEntry;
use testrunner_core::store::NewTestrun;
use testrunner_core::testrun::{FileRecord, FileResult};
use testrunner_core::{CaseCounts, Digest, FileOutcome, ItemId, TestrunId, clock};

use super::insert_all;
use crate::error::{Error, Result};
use crate::rows::{Cells, int_list, to_int, to_json};

/// Stores the files of a new Testrun.
pub(crate) async fn insert(conn: &mut SqliteConnection, run: TestrunId, new: &NewTestrun) -> Result<()> {
    let rows: Vec<_> = (0_i64..)
        .zip(&new.files)
        .map(|(index, file)| Ok((index, to_int(file.size, "the size of a file")?, file)))
        .collect::<Result<_>>()?;
    let into = "INSERT INTO files (run, idx, path, role, size, digest) ";
    insert_all(conn, into, &rows, |tuple, (index, size, file)| {
        tuple
            .push_bind(run.0)
            .push_bind(*index)
            .push_bind(file.path.as_str())
            .push_bind(<&str>::from(file.role))
            .push_bind(*size)
            .push_bind(file.digest.map(|digest| digest.0.to_vec()));
    })
    .await
}

/// All files of a Testrun, in the order of submission.
pub(crate) async fn of_run(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<FileRecord>> {
    let rows = sqlx::query(
        "SELECT path, role, size, digest, outcome, duration_us, collected, reported, counts, message
         FROM files WHERE run = ?1 ORDER BY idx",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(to_record).collect()
}

fn to_record(row: &SqliteRow) -> Result<FileRecord> {
    let outcome = row.maybe_word("outcome")?;
    let result = |outcome| {
        Ok::<_, Error>(FileResult {
            outcome,
            duration: Duration::from_micros(row.number("duration_us")?),
            collected: row.number("collected")?,
            reported: row.number("reported")?,
            counts: row.json("counts")?,
            message: row.maybe_text("message")?,
        })
    };
    Ok(FileRecord {
        path: row.text("path")?,
        role: row.word("role")?,
        size: row.number("size")?,
        digest: row.maybe_digest("digest")?,
        result: outcome.map(result).transpose()?,
    })
}

/// Gives a file its result.
///
/// # Errors
/// It has one already.
pub(crate) async fn commit(conn: &mut SqliteConnection, run: TestrunId, result: &FileEntry) -> Result<()> {
    let finish = &result.finish;
    let done = sqlx::query(
        "UPDATE files SET outcome = ?3, epoch = ?4, seq = ?5, duration_us = ?6, collected = ?7, reported = ?8,
                counts = ?9, message = ?10
         WHERE run = ?1 AND idx = ?2 AND outcome IS NULL",
    )
    .bind(run.0)
    .bind(finish.file)
    .bind(<&str>::from(finish.outcome))
    .bind(result.key.epoch.0)
    .bind(result.seq.0)
    .bind(clock::micros(finish.duration))
    .bind(finish.collected)
    .bind(finish.reported)
    .bind(to_json(&result.cases, "the counts of cases")?)
    .bind(finish.message.as_deref())
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(());
    }
    Err(Error::Row(format!("file {} of Testrun {run} got a result twice", finish.file)))
}

/// The outcomes of those of these files that have a result.
pub(crate) async fn outcomes(
    conn: &mut SqliteConnection,
    run: TestrunId,
    files: BTreeSet<u32>,
) -> Result<BTreeMap<u32, FileOutcome>> {
    if files.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query(
        "SELECT idx, outcome FROM files
         WHERE run = ?1 AND idx IN (SELECT value FROM json_each(?2)) AND outcome IS NOT NULL",
    )
    .bind(run.0)
    .bind(int_list(files.into_iter().map(i64::from)))
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.number("idx")?, row.word("outcome")?))).collect()
}

/// Files of ended items that have no result were not run. Returns how many.
pub(crate) async fn not_run(
    conn: &mut SqliteConnection,
    run: TestrunId,
    items: impl Iterator<Item = ItemId>,
) -> Result<u32> {
    let done = sqlx::query(
        "UPDATE files SET outcome = 'not_run', duration_us = 0, collected = 0, reported = 0, counts = ?3
         WHERE run = ?1 AND outcome IS NULL AND idx IN (
             SELECT f.value FROM json_each(?2) AS k CROSS JOIN items i ON i.id = k.value
             CROSS JOIN json_each(i.files) AS f)",
    )
    .bind(run.0)
    .bind(int_list(items.map(|item| item.0)))
    .bind(to_json(&CaseCounts::default(), "the counts of cases")?)
    .execute(conn)
    .await?;
    Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
}

/// The files of an item in the order of execution, each with its outcome.
pub(crate) async fn of_item(
    conn: &mut SqliteConnection,
    run: TestrunId,
    item: ItemId,
) -> Result<Vec<(u32, Option<FileOutcome>)>> {
    // CROSS JOIN keeps the order of the loops; else all files of the Testrun may be gone through.
    let rows = sqlx::query(
        "SELECT f.idx, f.outcome FROM items i CROSS JOIN json_each(i.files) AS j
         CROSS JOIN files f ON f.run = ?1 AND f.idx = j.value
         WHERE i.id = ?2 ORDER BY j.key",
    )
    .bind(run.0)
    .bind(item.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.number("idx")?, row.maybe_word("outcome")?))).collect()
}

/// Digests of the files of a Testrun.
pub(crate) async fn digests(conn: &mut SqliteConnection, run: TestrunId) -> Result<Vec<Digest>> {
    let rows = sqlx::query("SELECT DISTINCT digest FROM files WHERE run = ?1 AND digest IS NOT NULL")
        .bind(run.0)
        .fetch_all(conn)
        .await?;
    rows.iter().filter_map(|row| row.maybe_digest("digest").transpose()).collect()
}
