//! The files of Testruns and their results. Files are looked for by an array, not by a join: for that, the planner might
//! go through all files of the Testrun.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::event::FileFinish;
use testrunner_core::store::NewTestrun;
use testrunner_core::testrun::{FileRecord, FileResult};
use testrunner_core::{CaseCounts, Digest, FileOutcome, ItemId, LeaseKey, Seq, TestrunId, clock};

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

/// Where a file's result was committed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commit {
    pub(crate) run: TestrunId,
    pub(crate) key: LeaseKey,
    pub(crate) seq: Seq,
}

/// Gives a file its result, if it has none; says whether it had none.
pub(crate) async fn commit(
    conn: &mut PgConnection,
    commit: Commit,
    finish: &FileFinish,
    counts: &CaseCounts,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE files SET outcome = $3, epoch = $4, seq = $5, duration_us = $6, collected = $7, reported = $8,
                counts = $9, message = $10
         WHERE run = $1 AND idx = $2 AND outcome IS NULL",
    )
    .bind(commit.run.0)
    .bind(i64::from(finish.file))
    .bind(<&str>::from(finish.outcome))
    .bind(commit.key.epoch.0)
    .bind(commit.seq.0)
    .bind(clock::micros(finish.duration))
    .bind(i64::from(finish.collected))
    .bind(i64::from(finish.reported))
    .bind(to_json(counts, "the counts of cases")?)
    .bind(finish.message.as_ref().map(|text| to_json(text, "a message")).transpose()?)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The first of these files that has a result.
pub(crate) async fn first_done(
    conn: &mut PgConnection,
    run: TestrunId,
    files: BTreeSet<u32>,
) -> Result<Option<u32>> {
    if files.is_empty() {
        return Ok(None);
    }
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT idx FROM files
         WHERE run = $1 AND idx = ANY($2) AND outcome IS NOT NULL LIMIT 1",
    )
    .bind(run.0)
    .bind(files.into_iter().map(i64::from).collect::<Vec<_>>())
    .fetch_optional(conn)
    .await?;
    Ok(found.and_then(|file| u32::try_from(file).ok()))
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
