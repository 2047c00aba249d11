//! The files of Testruns and their results. Files are looked for by an array, not by a join: for that, the planner might
//! go through all files of the Testrun.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::rules::FileEntry;
use testrunner_core::store::NewTestrun;
use testrunner_core::testrun::{FileRecord, FileResult};
use testrunner_core::{CaseCounts, Digest, FileOutcome, ItemId, TestrunId, clock};

use crate::error::{Error, Result};
use crate::rows::{Cells, from_json, to_int, to_json};

/// Stores the files of a new Testrun.
pub(crate) async fn insert(conn: &mut PgConnection, run: TestrunId, new: &NewTestrun) -> Result<()> {
    let sizes = new.files.iter().map(|file| to_int(file.size, "the size of a file"));
    sqlx::query(
        "INSERT INTO files (run, idx, path, role, size, digest)
         SELECT $1, f.n - 1, f.path, f.role, f.size, f.digest
         FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bytea[])
              WITH ORDINALITY AS f (path, role, size, digest, n)",
    )
    .bind(run.0)
    .bind(new.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>())
    .bind(new.files.iter().map(|file| <&str>::from(file.role)).collect::<Vec<_>>())
    .bind(sizes.collect::<Result<Vec<_>>>()?)
    .bind(new.files.iter().map(|file| file.digest.map(|digest| digest.0.to_vec())).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// All files of a Testrun, in the order of submission.
pub(crate) async fn of_run(conn: &mut PgConnection, run: TestrunId) -> Result<Vec<FileRecord>> {
    let rows = sqlx::query(
        "SELECT path, role, size, digest, outcome, duration_us, collected, reported, counts, message
         FROM files WHERE run = $1 ORDER BY idx",
    )
    .bind(run.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(to_record).collect()
}

fn to_record(row: &PgRow) -> Result<FileRecord> {
    let outcome = row.maybe_word("outcome")?;
    let result = |outcome| {
        Ok::<_, Error>(FileResult {
            outcome,
            duration: Duration::from_micros(row.number("duration_us")?),
            collected: row.number("collected")?,
            reported: row.number("reported")?,
            counts: row.json("counts")?,
            message: row.maybe_text("message")?.map(|text| from_json(&text, "message")).transpose()?,
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

/// Gives files their results.
///
/// # Errors
/// One of them has a result already.
pub(crate) async fn commit(conn: &mut PgConnection, run: TestrunId, results: &[FileEntry]) -> Result<()> {
    if results.is_empty() {
        return Ok(());
    }
    let counts = results.iter().map(|result| to_json(&result.cases, "the counts of cases"));
    let message = |result: &FileEntry| {
        result.finish.message.as_ref().map(|text| to_json(text, "a message")).transpose()
    };
    let (counts, messages) =
        (counts.collect::<Result<Vec<_>>>()?, results.iter().map(message).collect::<Result<Vec<_>>>()?);
    let done = sqlx::query(
        "UPDATE files SET outcome = r.outcome, epoch = r.epoch, seq = r.seq, duration_us = r.duration_us,
                collected = r.collected, reported = r.reported, counts = r.counts, message = r.message
         FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
                     $9::text[], $10::text[])
              AS r (idx, outcome, epoch, seq, duration_us, collected, reported, counts, message)
         WHERE files.run = $1 AND files.idx = ANY($2) AND files.idx = r.idx AND files.outcome IS NULL",
    )
    .bind(run.0)
    .bind(column(results, |result| i64::from(result.finish.file)))
    .bind(column(results, |result| <&str>::from(result.finish.outcome)))
    .bind(column(results, |result| result.key.epoch.0))
    .bind(column(results, |result| result.seq.0))
    .bind(column(results, |result| clock::micros(result.finish.duration)))
    .bind(column(results, |result| i64::from(result.finish.collected)))
    .bind(column(results, |result| i64::from(result.finish.reported)))
    .bind(counts)
    .bind(messages)
    .execute(conn)
    .await?;
    if done.rows_affected() == results.len() as u64 {
        return Ok(());
    }
    Err(Error::Row(format!("a file of Testrun {run} got a result twice")))
}

fn column<'r, T>(results: &'r [FileEntry], cell: impl Fn(&'r FileEntry) -> T) -> Vec<T> {
    results.iter().map(cell).collect()
}

/// The outcomes of those of these files that have a result.
pub(crate) async fn outcomes(
    conn: &mut PgConnection,
    run: TestrunId,
    files: BTreeSet<u32>,
) -> Result<BTreeMap<u32, FileOutcome>> {
    if files.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query(
        "SELECT idx, outcome FROM files WHERE run = $1 AND idx = ANY($2) AND outcome IS NOT NULL",
    )
    .bind(run.0)
    .bind(files.into_iter().map(i64::from).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.number("idx")?, row.word("outcome")?))).collect()
}

/// Files of ended items that have no result were not run. Returns how many.
pub(crate) async fn not_run(
    conn: &mut PgConnection,
    run: TestrunId,
    items: impl Iterator<Item = ItemId>,
) -> Result<u32> {
    let done = sqlx::query(
        "UPDATE files SET outcome = 'not_run', duration_us = 0, collected = 0, reported = 0, counts = $3
         WHERE run = $1 AND outcome IS NULL AND idx = ANY(ARRAY(
             SELECT unnest(files) FROM items WHERE id = ANY($2)))",
    )
    .bind(run.0)
    .bind(items.map(|item| item.0).collect::<Vec<_>>())
    .bind(to_json(&CaseCounts::default(), "the counts of cases")?)
    .execute(conn)
    .await?;
    Ok(u32::try_from(done.rows_affected()).unwrap_or(u32::MAX))
}

/// The files of an item in the order of execution, each with its outcome.
pub(crate) async fn of_item(
    conn: &mut PgConnection,
    run: TestrunId,
    item: ItemId,
) -> Result<Vec<(u32, Option<FileOutcome>)>> {
    let rows = sqlx::query(
        "SELECT idx, outcome FROM files
         WHERE run = $1 AND idx = ANY(ARRAY(SELECT unnest(files) FROM items WHERE id = $2))
         ORDER BY array_position((SELECT files FROM items WHERE id = $2), idx)",
    )
    .bind(run.0)
    .bind(item.0)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok((row.number("idx")?, row.maybe_word("outcome")?))).collect()
}

/// Digests of the files of a Testrun.
pub(crate) async fn digests(conn: &mut PgConnection, run: TestrunId) -> Result<Vec<Digest>> {
    let rows = sqlx::query("SELECT DISTINCT digest FROM files WHERE run = $1 AND digest IS NOT NULL")
        .bind(run.0)
        .fetch_all(conn)
        .await?;
    rows.iter().filter_map(|row| row.maybe_digest("digest").transpose()).collect()
}
