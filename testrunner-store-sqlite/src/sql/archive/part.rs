//! Events of Testruns that are not there yet.

use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;
use testrunner_core::rules::{CaseEntry, Entry};
use testrunner_core::store::{EventLimit, StoreError, StoreErrorKind, StoreResult};
use testrunner_core::{Event, EventBody, Seq, TestrunId};

use crate::error::{Error, Result};
use crate::rows::Cells;
use crate::sql::{cases, events};

/// Testruns of which there are only events.
pub(crate) async fn all(conn: &mut SqliteConnection) -> Result<Vec<TestrunId>> {
    // From one Testrun to the next by the index, not along every event.
    let runs: Vec<i64> = sqlx::query_scalar(
        "WITH RECURSIVE logs (run) AS (
             SELECT min(run) FROM events
             UNION ALL SELECT (SELECT min(run) FROM events WHERE run > logs.run) FROM logs WHERE logs.run IS NOT NULL)
         SELECT run FROM logs WHERE run IS NOT NULL AND NOT EXISTS (SELECT 1 FROM testruns WHERE id = logs.run)",
    )
    .fetch_all(conn)
    .await?;
    Ok(runs.into_iter().map(TestrunId).collect())
}

/// Events after `after`, in order; at least one, if there is one.
pub(crate) async fn page(
    conn: &mut SqliteConnection,
    run: TestrunId,
    after: Seq,
    limit: EventLimit,
) -> Result<Vec<Event>> {
    let mut rows = sqlx::query(
        "SELECT seq, item, epoch, at, v, body, data FROM events WHERE run = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )
    .bind(run.0)
    .bind(after.0)
    .bind(limit.events.max(1))
    .fetch(conn);
    let mut page = Vec::new();
    let mut bytes = 0_usize;
    while let Some(row) = rows.try_next().await? {
        let event = events::to_event(&row, run, Seq(row.int("seq")?))?;
        bytes = bytes.saturating_add(event.body.weight());
        if bytes > limit.bytes && !page.is_empty() {
            break;
        }
        page.push(event);
    }
    Ok(page)
}

/// Where the log ends so far.
pub(crate) async fn last(conn: &mut SqliteConnection, run: TestrunId) -> Result<Seq> {
    let last: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM events WHERE run = ?1")
        .bind(run.0)
        .fetch_one(conn)
        .await?;
    Ok(Seq(last))
}

/// Adds the events that follow `after`, with their place among the cases. Those that are there are compared.
pub(crate) async fn add(
    conn: &mut SqliteConnection,
    run: TestrunId,
    after: Seq,
    events: &[Event],
) -> Result<()> {
    check_order(run, after, events)?;
    let stored = last(conn, run).await?;
    if stored < after {
        return Err(Error::invalid(format!(
            "event {after} of Testrun {run} is missing; {stored} is the newest"
        )));
    }
    let known = events.iter().take_while(|event| event.seq <= stored).count();
    let (known, fresh) = events.split_at(known);
    let mut from = after;
    while from.0 < after.0 + known.len() as i64 {
        for event in page(conn, run, from, EventLimit::default()).await? {
            let place = usize::try_from(event.seq.0 - after.0 - 1).unwrap_or(usize::MAX);
            if known.get(place).is_some_and(|known| *known != event) {
                let message =
                    format!("event {} of Testrun {run} is there already, and says something else", event.seq);
                return Err(StoreError::new(StoreErrorKind::Conflict, message).into());
            }
            from = event.seq;
        }
    }
    let entries = fresh.iter().map(Entry::stored).collect::<StoreResult<Vec<_>>>()?;
    events::insert(conn, run, &entries).await?;
    let cases: Vec<_> = fresh.iter().filter_map(to_case).collect();
    cases::insert(conn, run, &cases).await
}

/// Dense and of this Testrun: whatever else would leave a hole for ever.
fn check_order(run: TestrunId, after: Seq, events: &[Event]) -> Result<()> {
    let wrong = (after.0 + 1..).zip(events).find(|(seq, event)| event.seq.0 != *seq || event.run != run);
    match wrong {
        None => Ok(()),
        Some((seq, _)) => {
            Err(Error::invalid(format!("event {seq} of Testrun {run} is not where it belongs")))
        }
    }
}

fn to_case(event: &Event) -> Option<CaseEntry> {
    let EventBody::Case(case) = &event.body else { return None };
    let (file, outcome) = (case.file, case.outcome);
    Some(CaseEntry { seq: event.seq, file, epoch: event.epoch?, outcome })
}

/// Forgets the events, which are nobody's.
pub(crate) async fn remove(conn: &mut SqliteConnection, run: TestrunId) -> Result<()> {
    for statement in ["DELETE FROM events WHERE run = ?1", "DELETE FROM cases WHERE run = ?1"] {
        sqlx::query(statement).bind(run.0).execute(&mut *conn).await?;
    }
    Ok(())
}
