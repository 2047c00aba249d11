//! The index to the `case` events. A case counts iff its file was committed by the same epoch, after it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use testrunner_core::event::CaseResult;
use testrunner_core::rules::CaseEntry;
use testrunner_core::store::{CaseQuery, CaseRecord};
use testrunner_core::{CaseCounts, Epoch, Seq, TestrunId};

use crate::error::Result;
use crate::rows::Cells;

pub(crate) async fn insert(conn: &mut PgConnection, run: TestrunId, entries: &[CaseEntry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO cases (run, seq, file, epoch, outcome)
         SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[])",
    )
    .bind(run.0)
    .bind(entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| i64::from(entry.file)).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.epoch.0).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| <&str>::from(entry.outcome)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The recorded cases of these files, by file and epoch.
pub(crate) async fn count(
    conn: &mut PgConnection,
    run: TestrunId,
    files: BTreeSet<u32>,
) -> Result<BTreeMap<(u32, Epoch), CaseCounts>> {
    let mut counts = BTreeMap::<_, CaseCounts>::new();
    if files.is_empty() {
        return Ok(counts);
    }
    let rows = sqlx::query(
        "SELECT file, epoch, outcome, count(*) AS n FROM cases WHERE run = $1 AND file = ANY($2)
         GROUP BY file, epoch, outcome",
    )
    .bind(run.0)
    .bind(files.into_iter().map(i64::from).collect::<Vec<_>>())
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
    conn: &mut PgConnection,
    run: TestrunId,
    asked: &CaseQuery,
) -> Result<Vec<CaseRecord>> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT c.seq, e.body FROM cases c
         JOIN files f ON f.run = c.run AND f.idx = c.file AND f.epoch = c.epoch AND c.seq < f.seq
         JOIN events e ON e.run = c.run AND e.seq = c.seq WHERE c.run = ",
    );
    query.push_bind(run.0).push(" AND c.seq > ").push_bind(asked.after.0);
    if let Some(file) = asked.file {
        query.push(" AND c.file = ").push_bind(i64::from(file));
    }
    if let Some(outcome) = asked.outcome {
        query.push(" AND c.outcome = ").push_bind(<&str>::from(outcome));
    }
    let limit = if asked.limit == 0 { 1_000 } else { asked.limit };
    query.push(" ORDER BY c.seq LIMIT ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(conn).await?;
    rows.iter().map(to_record).collect()
}

fn to_record(row: &PgRow) -> Result<CaseRecord> {
    let CaseResult { file, case, kind, outcome, duration, message, line } = row.json("body")?;
    Ok(CaseRecord { seq: Seq(row.int("seq")?), file, case, kind, outcome, duration, message, line })
}
