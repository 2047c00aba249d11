//! The index to the `case` events. A case counts iff its file was committed by the same epoch, after it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use testrunner_core::event::CaseResult;
use testrunner_core::rules::CaseEntry;
use testrunner_core::store::{CaseQuery, CaseRecord};
use testrunner_core::{CaseCounts, Epoch, Seq, TestrunId};

use super::insert_all;
use crate::error::Result;
use crate::rows::{Cells, int_list};

pub(crate) async fn insert(conn: &mut SqliteConnection, run: TestrunId, entries: &[CaseEntry]) -> Result<()> {
    let into = "INSERT INTO cases (run, seq, file, epoch, outcome) ";
    insert_all(conn, into, entries, |tuple, entry| {
        tuple
            .push_bind(run.0)
            .push_bind(entry.seq.0)
            .push_bind(entry.file)
            .push_bind(entry.epoch.0)
            .push_bind(<&str>::from(entry.outcome));
    })
    .await
}

/// The recorded cases of these files, by file and epoch.
pub(crate) async fn count(
    conn: &mut SqliteConnection,
    run: TestrunId,
    files: BTreeSet<u32>,
) -> Result<BTreeMap<(u32, Epoch), CaseCounts>> {
    let mut counts = BTreeMap::<_, CaseCounts>::new();
    if files.is_empty() {
        return Ok(counts);
    }
    let rows = sqlx::query(
        "SELECT file, epoch, outcome, count(*) AS n FROM cases
         WHERE run = ?1 AND file IN (SELECT value FROM json_each(?2)) GROUP BY file, epoch, outcome",
    )
    .bind(run.0)
    .bind(int_list(files.into_iter().map(i64::from)))
    .fetch_all(conn)
    .await?;
    for row in &rows {
        let of = (row.number("file")?, Epoch(row.int("epoch")?));
        counts.entry(of).or_default().add(row.word("outcome")?, row.number("n")?);
    }
    Ok(counts)
}

/// Cases that count, in the order of their events.
pub(crate) async fn list(
    conn: &mut SqliteConnection,
    run: TestrunId,
    asked: &CaseQuery,
) -> Result<Vec<CaseRecord>> {
    // CROSS JOIN keeps the order of the loops: from the file where one is named, else along the log.
    let mut query = QueryBuilder::<Sqlite>::new("SELECT c.seq, e.body FROM ");
    query.push(match asked.file {
        Some(_) => "files f CROSS JOIN cases c INDEXED BY cases_by_file",
        None => "cases c CROSS JOIN files f",
    });
    query.push(
        " ON f.run = c.run AND f.idx = c.file AND f.epoch = c.epoch AND c.seq < f.seq
         CROSS JOIN events e ON e.run = c.run AND e.seq = c.seq WHERE ",
    );
    match asked.file {
        Some(file) => query.push("f.run = ").push_bind(run.0).push(" AND f.idx = ").push_bind(file),
        None => query.push("c.run = ").push_bind(run.0),
    };
    query.push(" AND c.seq > ").push_bind(asked.after.0);
    if let Some(outcome) = asked.outcome {
        query.push(" AND c.outcome = ").push_bind(<&str>::from(outcome));
    }
    let limit = if asked.limit == 0 { 1_000 } else { asked.limit };
    query.push(" ORDER BY c.seq LIMIT ").push_bind(limit);
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(to_record).collect()
}

fn to_record(row: &SqliteRow) -> Result<CaseRecord> {
    let CaseResult { file, case, kind, outcome, duration, message, line } = row.json("body")?;
    Ok(CaseRecord { seq: Seq(row.int("seq")?), file, case, kind, outcome, duration, message, line })
}
