//! Testruns as they are shown.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Postgres, QueryBuilder};
use testrunner_core::store::{ListPage, ListQuery};
use testrunner_core::testrun::Summary;
use testrunner_core::{ProcessId, TestrunId};

use super::listing;
use super::runs::{counters, stop_mark};
use crate::error::Result;
use crate::rows::Cells;

fn select_summary() -> QueryBuilder<Postgres> {
    QueryBuilder::new(
        "SELECT t.id, t.username, t.executor, t.source, t.pinned_to, s.name AS suite, t.options, t.limits,
                t.priority, t.max_fail, t.retry_of, t.created_at, t.deadline, t.status, t.reason, t.stop_why,
                t.stop_by, t.stop_at, t.started_at, t.finished_at, t.labels, t.plan, c.last_seq, c.log_bytes, c.bytes, c.failures,
                c.items_total, c.items_open, c.items_passed, c.items_failed, c.items_cancelled, c.files, c.cases
         FROM testruns t JOIN run_counters c ON c.run = t.id JOIN suites s ON s.id = t.suite WHERE ",
    )
}

/// One Testrun without its files.
pub(crate) async fn get(conn: &mut PgConnection, run: TestrunId) -> Result<Option<Summary>> {
    let mut query = select_summary();
    query.push("t.id = ").push_bind(run.0);
    let row = query.build().fetch_optional(conn).await?;
    row.map(|row| to_summary(&row)).transpose()
}

/// Testruns, newest first. To be read in a transaction.
pub(crate) async fn list(conn: &mut PgConnection, asked: &ListQuery) -> Result<ListPage> {
    let limit = if asked.limit == 0 { 100 } else { asked.limit };
    // One more than asked for says whether there are more.
    let mut ids = listing::ids(conn, asked, i64::from(limit) + 1).await?;
    let more = ids.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    ids.truncate(ids.len() - usize::from(more));
    let mut query = select_summary();
    query.push("t.id = ANY(").push_bind(ids).push(") ORDER BY t.id DESC");
    let rows = query.build().fetch_all(conn).await?;
    let rows: Vec<Summary> = rows.iter().map(to_summary).collect::<Result<_>>()?;
    let next = rows.last().map(|last| last.id).filter(|_| more);
    Ok(ListPage { rows, next })
}

fn to_summary(row: &PgRow) -> Result<Summary> {
    let counters = counters(row)?;
    Ok(Summary {
        id: TestrunId(row.int("id")?),
        username: row.text("username")?,
        status: row.word("status")?,
        reason: row.maybe_word("reason")?,
        executor: row.text("executor")?,
        source: row.json("source")?,
        pinned_to: row.maybe_text("pinned_to")?.map(ProcessId),
        suite: row.text("suite")?,
        options: row.json("options")?,
        limits: row.json("limits")?,
        plan: row.word("plan")?,
        items: counters.items,
        files: counters.files,
        cases: counters.cases,
        priority: row.number("priority")?,
        max_fail: row.maybe_number("max_fail")?,
        stop: stop_mark(row)?,
        deadline: row.maybe_time("deadline")?,
        retry_of: row.maybe_int("retry_of")?.map(TestrunId),
        created_at: row.time("created_at")?,
        started_at: row.maybe_time("started_at")?,
        finished_at: row.maybe_time("finished_at")?,
        last_seq: counters.last_seq,
        labels: row.json("labels")?,
    })
}
