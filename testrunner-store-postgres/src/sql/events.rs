//! The event log.

use sqlx::PgConnection;
use sqlx::postgres::PgRow;
use testrunner_core::rules::{Entry, from_stored, to_stored};
use testrunner_core::store::{EventLimit, EventPage};
use testrunner_core::{Epoch, Event, ItemId, Seq, Status, TestrunId};

use crate::error::{Error, Result};
use crate::rows::Cells;

/// What an event says, as it is stored.
fn said(entry: &Entry) -> Result<(String, Option<&[u8]>)> {
    to_stored(&entry.body).map_err(|error| Error::invalid(format!("the event cannot be stored: {error}")))
}

/// Adds entries, whose places are known already.
pub(crate) async fn insert(conn: &mut PgConnection, run: TestrunId, entries: &[Entry]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let said: Vec<_> = entries.iter().map(said).collect::<Result<_>>()?;
    sqlx::query(
        "INSERT INTO events (run, seq, item, epoch, at, v, body, data)
         SELECT $1, e.seq, e.item, e.epoch, e.at, e.v, e.body, e.data
         FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[])
              AS e (v, seq, item, epoch, at, body, data)",
    )
    .bind(run.0)
    .bind(entries.iter().map(|entry| i64::from(entry.v)).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.seq.0).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.lease.map(|lease| lease.item.0)).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.lease.map(|lease| lease.epoch.0)).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.at.0).collect::<Vec<_>>())
    .bind(said.iter().map(|(body, _)| body.as_str()).collect::<Vec<_>>())
    .bind(said.iter().map(|(_, data)| *data).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// A page of the log, with where it ends, all of one moment. `None`: there is no such Testrun.
pub(crate) async fn page(
    conn: &mut PgConnection,
    run: TestrunId,
    after: Seq,
    limit: EventLimit,
) -> Result<Option<EventPage>> {
    // The server sends all that is asked for: what is certainly beyond the limit stays there.
    let rows = sqlx::query(
        "SELECT c.last_seq, t.status, e.seq, e.item, e.epoch, e.at, e.v, e.body, e.data
         FROM testruns t JOIN run_counters c ON c.run = t.id
         LEFT JOIN (
             SELECT *, sum(size) OVER (ORDER BY seq) - size AS before
             FROM (SELECT *, coalesce(octet_length(data), 0) AS size
                   FROM events WHERE run = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS near
         ) e ON e.before <= $4
         WHERE t.id = $1 ORDER BY e.seq",
    )
    .bind(run.0)
    .bind(after.0)
    .bind(i64::from(limit.events.max(1)))
    .bind(i64::try_from(limit.bytes).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await?;
    let Some(first) = rows.first() else { return Ok(None) };
    let terminal = first.word::<Status>("status")?.is_terminal();
    let mut page = EventPage { events: Vec::new(), last_seq: Seq(first.int("last_seq")?), terminal };
    let mut bytes = 0_usize;
    for row in &rows {
        let Some(seq) = row.maybe_int("seq")? else { break };
        let event = to_event(row, run, Seq(seq))?;
        bytes = bytes.saturating_add(event.body.weight());
        if bytes > limit.bytes && !page.events.is_empty() {
            break;
        }
        page.events.push(event);
    }
    Ok(Some(page))
}

pub(crate) fn to_event(row: &PgRow, run: TestrunId, seq: Seq) -> Result<Event> {
    let body = from_stored(&row.text("body")?, row.maybe_bytes("data")?).map_err(|error| {
        Error::Row(format!("what event {seq} of Testrun {run} says cannot be read: {error}"))
    })?;
    Ok(Event {
        v: row.number("v")?,
        run,
        seq,
        at: row.time("at")?,
        item: row.maybe_int("item")?.map(ItemId),
        epoch: row.maybe_int("epoch")?.map(Epoch),
        body,
    })
}
