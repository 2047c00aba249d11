//! The event log.

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use testrunner_core::event::{LogChunk, SCHEMA_VERSION, Stream};
use testrunner_core::store::{EventLimit, EventPage};
use testrunner_core::{Epoch, Event, EventBody, ItemId, LeaseKey, Seq, Status, TestrunId, Timestamp};

use super::insert_all;
use crate::error::{Error, Result};
use crate::rows::{Cells, to_json};

/// An event on its way into the log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) seq: Seq,
    pub(crate) at: Timestamp,
    pub(crate) lease: Option<LeaseKey>,
    v: u16,
    body: String,
    data: Option<Vec<u8>>,
}

/// A piece of output without its bytes, which are stored beside.
#[derive(Serialize, Deserialize)]
struct LogPlace {
    file: u32,
    case: Option<String>,
    stream: Stream,
    offset: u64,
}

impl Entry {
    pub(crate) fn new(seq: Seq, at: Timestamp, lease: Option<LeaseKey>, body: &EventBody) -> Result<Self> {
        let (body, data) = match body {
            EventBody::Log(LogChunk { file, case, stream, offset, data }) => {
                let place = LogPlace { file: *file, case: case.clone(), stream: *stream, offset: *offset };
                (to_json(&place, "the event")?, Some(data.clone()))
            }
            other => (to_json(other, "the event")?, None),
        };
        Ok(Self { seq, at, lease, v: SCHEMA_VERSION, body, data })
    }

    /// An event as it stands in another ledger.
    pub(crate) fn stored(event: &Event) -> Result<Self> {
        let lease = match (event.item, event.epoch) {
            (Some(item), Some(epoch)) => Some(LeaseKey { item, epoch }),
            (None, None) => None,
            _ => return Err(Error::invalid(format!("event {} has half a lease", event.seq))),
        };
        Ok(Self { v: event.v, ..Self::new(event.seq, event.at, lease, &event.body)? })
    }
}

pub(crate) async fn insert(conn: &mut SqliteConnection, run: TestrunId, entries: &[Entry]) -> Result<()> {
    let into = "INSERT INTO events (run, seq, item, epoch, at, v, body, data) ";
    insert_all(conn, into, entries, |tuple, entry| {
        tuple
            .push_bind(run.0)
            .push_bind(entry.seq.0)
            .push_bind(entry.lease.map(|lease| lease.item.0))
            .push_bind(entry.lease.map(|lease| lease.epoch.0))
            .push_bind(entry.at.0)
            .push_bind(entry.v)
            .push_bind(entry.body.as_str())
            .push_bind(entry.data.as_deref());
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
    let body = match row.maybe_bytes("data")? {
        Some(data) => {
            let LogPlace { file, case, stream, offset } = row.json("body")?;
            EventBody::Log(LogChunk { file, case, stream, offset, data })
        }
        None => row.json("body")?,
    };
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
