//! The event log.

use futures_util::TryStreamExt as _;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::rules::{Entry, from_stored, to_stored};
use testrunner_core::store::{EventLimit, EventPage};
use testrunner_core::{Epoch, Event, ItemId, Seq, Status, TestrunId};

use super::insert_all;
use crate::error::{Error, Result};
use crate::rows::Cells;

/// What an event says, as it is stored.
fn said(entry: &Entry) -> Result<(String, Option<&[u8]>)> {
    to_stored(&entry.body).map_err(|error| Error::invalid(format!("the event cannot be stored: {error}")))
}

pub(crate) async fn insert(conn: &mut SqliteConnection, run: TestrunId, entries: &[Entry]) -> Result<()> {
    let rows: Vec<_> = entries.iter().map(|entry| Ok((entry, said(entry)?))).collect::<Result<_>>()?;
    let into = "INSERT INTO events (run, seq, item, epoch, at, v, body, data) ";
    insert_all(conn, into, &rows, |tuple, (entry, (body, data))| {
        tuple
            .push_bind(run.0)
            .push_bind(entry.seq.0)
            .push_bind(entry.lease.map(|lease| lease.item.0))
            .push_bind(entry.lease.map(|lease| lease.epoch.0))
            .push_bind(entry.at.0)
            .push_bind(entry.v)
            .push_bind(body.as_str())
            .push_bind(*data);
    })
    .await
}

/// A page of the log, with where it ends, all of one moment. `None`: there is no such Testrun.
pub(crate) async fn page(
    conn: &mut SqliteConnection,
    run: TestrunId,
    after: Seq,
    limit: EventLimit,
) -> Result<Option<EventPage>> {
    let mut rows = sqlx::query(
        "SELECT c.last_seq, t.status, e.seq, e.item, e.epoch, e.at, e.v, e.body, e.data
         FROM testruns t JOIN run_counters c ON c.run = t.id
         LEFT JOIN events e ON e.run = t.id AND e.seq > ?2
         WHERE t.id = ?1 ORDER BY e.seq LIMIT ?3",
    )
    .bind(run.0)
    .bind(after.0)
    .bind(limit.events.max(1))
    .fetch(conn);
    let mut page: Option<EventPage> = None;
    let mut bytes = 0_usize;
    while let Some(row) = rows.try_next().await? {
        let page = match &mut page {
            Some(page) => page,
            none => {
                let terminal = row.word::<Status>("status")?.is_terminal();
                let last_seq = Seq(row.int("last_seq")?);
                none.insert(EventPage { events: Vec::new(), last_seq, terminal })
            }
        };
        let Some(seq) = row.maybe_int("seq")? else { break };
        let event = to_event(&row, run, Seq(seq))?;
        bytes = bytes.saturating_add(event.body.weight());
        if bytes > limit.bytes && !page.events.is_empty() {
            break;
        }
        page.events.push(event);
    }
    Ok(page)
}

pub(crate) fn to_event(row: &SqliteRow, run: TestrunId, seq: Seq) -> Result<Event> {
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
