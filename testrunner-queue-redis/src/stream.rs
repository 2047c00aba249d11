//! The commands that the queue sends, and the shapes of their answers.

use redis::aio::MultiplexedConnection;
use redis::{Value, cmd, pipe};
use std::time::Duration;
use testrunner_core::queue::{Ticket, Unreadable};

use crate::error::Result;

/// The group that all workers are in.
const GROUP: &str = "workers";
/// The field of an entry that holds the ticket.
const FIELD: &str = "ticket";
/// Entries beyond about this number push out the oldest: when so many wait, nobody who takes is without work.
const MOST_TICKETS: usize = 100_000;
/// Entries that are taken over at once.
const AT_ONCE: usize = 100;

/// An entry of the stream.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) ticket: std::result::Result<Ticket, Unreadable>,
}

/// A stream, as one worker sees it.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    pub(crate) key: String,
    pub(crate) consumer: String,
}

impl Stream {
    /// Makes stream and group when they are not there.
    pub(crate) async fn make(&self, on: &mut MultiplexedConnection) -> Result<()> {
        let made: std::result::Result<(), redis::RedisError> = cmd("XGROUP")
            .arg("CREATE")
            .arg(&self.key)
            .arg(GROUP)
            .arg("0")
            .arg("MKSTREAM")
            .query_async(on)
            .await;
        match made {
            Err(error) if error.code() == Some("BUSYGROUP") => Ok(()),
            made => Ok(made?),
        }
    }

    /// Adds tickets, all or none.
    pub(crate) async fn add(&self, on: &mut MultiplexedConnection, tickets: &[Ticket]) -> Result<()> {
        let mut adding = pipe();
        adding.atomic();
        for ticket in tickets {
            self.xadd(&mut adding, *ticket);
        }
        Ok(adding.query_async::<()>(on).await?)
    }

    fn xadd(&self, to: &mut redis::Pipeline, ticket: Ticket) {
        let xadd = to.cmd("XADD").arg(&self.key).arg("MAXLEN").arg("~").arg(MOST_TICKETS);
        xadd.arg("*").arg(FIELD).arg(ticket.to_message()).ignore();
    }

    /// Waits up to `wait` for up to `count` entries.
    pub(crate) async fn read(
        &self,
        on: &mut MultiplexedConnection,
        count: usize,
        wait: Duration,
    ) -> Result<Vec<Entry>> {
        let mut read = cmd("XREADGROUP");
        read.arg("GROUP").arg(GROUP).arg(&self.consumer).arg("COUNT").arg(count);
        read.arg("BLOCK").arg(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        let answer: Value = read.arg("STREAMS").arg(&self.key).arg(">").query_async(on).await?;
        // One stream was asked for: [[key, entries]], or nothing in time.
        Ok(elements(answer)
            .into_iter()
            .filter_map(|stream| elements(stream).pop())
            .flat_map(entries)
            .collect())
    }

    /// Removes an entry for good.
    pub(crate) async fn remove(&self, on: &mut MultiplexedConnection, id: &str) -> Result<()> {
        let mut removing = pipe();
        self.acknowledge(&mut removing, &[id]);
        Ok(removing.query_async::<()>(on).await?)
    }

    fn acknowledge(&self, on: &mut redis::Pipeline, ids: &[&str]) {
        on.cmd("XACK").arg(&self.key).arg(GROUP).arg(ids).ignore();
        on.cmd("XDEL").arg(&self.key).arg(ids).ignore();
    }

    /// Gives entries to whoever reads next: a stream knows no other way back than to begin again.
    pub(crate) async fn give_back(&self, on: &mut MultiplexedConnection, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut giving = pipe();
        giving.atomic();
        for ticket in entries.iter().filter_map(|entry| entry.ticket.as_ref().ok()) {
            self.xadd(&mut giving, *ticket);
        }
        let ids: Vec<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        self.acknowledge(&mut giving, &ids);
        Ok(giving.query_async::<()>(on).await?)
    }

    /// Takes over what was delivered to anybody and not settled for so long.
    pub(crate) async fn take_over(
        &self,
        on: &mut MultiplexedConnection,
        idle: Duration,
    ) -> Result<Vec<Entry>> {
        let idle = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        let mut claim = cmd("XAUTOCLAIM");
        claim.arg(&self.key).arg(GROUP).arg(&self.consumer).arg(idle).arg("0-0").arg("COUNT").arg(AT_ONCE);
        let answer: Value = claim.query_async(on).await?;
        // [cursor, entries, numbers of entries that are gone]
        Ok(elements(answer).into_iter().nth(1).map(entries).unwrap_or_default())
    }

    /// Removes entries older than this, by the server's clock.
    pub(crate) async fn trim(&self, on: &mut MultiplexedConnection, age: Duration) -> Result<()> {
        let (seconds, _): (u64, u64) = cmd("TIME").query_async(on).await?;
        let oldest = seconds.saturating_sub(age.as_secs()) * 1_000;
        Ok(cmd("XTRIM").arg(&self.key).arg("MINID").arg(oldest).query_async::<()>(on).await?)
    }

    /// Consumers of dead processes: idle for so long, and nothing is delivered to them.
    pub(crate) async fn forget_consumers(
        &self,
        on: &mut MultiplexedConnection,
        idle: Duration,
    ) -> Result<()> {
        let idle = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        let answer: Value = cmd("XINFO").arg("CONSUMERS").arg(&self.key).arg(GROUP).query_async(on).await?;
        for consumer in elements(answer) {
            let Some((name, pending, silent)) = consumer_of(consumer) else { continue };
            if name != self.consumer && pending == 0 && silent >= idle {
                let mut delete = cmd("XGROUP");
                delete.arg("DELCONSUMER").arg(&self.key).arg(GROUP).arg(&name).query_async::<()>(on).await?;
            }
        }
        Ok(())
    }
}

/// Name, deliveries that are not settled, and idle milliseconds.
fn consumer_of(answer: Value) -> Option<(String, u64, u64)> {
    let (mut name, mut pending, mut idle) = (None, None, None);
    let mut fields = elements(answer).into_iter();
    while let (Some(field), Some(value)) = (fields.next(), fields.next()) {
        match bytes(field)?.as_slice() {
            b"name" => name = bytes(value).and_then(|name| String::from_utf8(name).ok()),
            b"pending" => pending = number(&value),
            b"idle" => idle = number(&value),
            _ => {}
        }
    }
    Some((name?, pending?, idle?))
}

/// `[[id, [field, value, …]], …]`; whatever the fields are. An entry that is gone has none.
fn entries(answer: Value) -> Vec<Entry> {
    let entry = |entry| {
        let mut parts = elements(entry).into_iter();
        let id = String::from_utf8(bytes(parts.next()?)?).ok()?;
        let mut fields = parts.next().map(elements).unwrap_or_default().into_iter();
        let mut ticket = Err(Unreadable::Form);
        while let (Some(field), Some(value)) = (fields.next(), fields.next()) {
            if bytes(field).is_some_and(|field| field == FIELD.as_bytes()) {
                ticket = bytes(value).ok_or(Unreadable::Form).and_then(|value| Ticket::from_message(&value));
            }
        }
        Some(Entry { id, ticket })
    };
    elements(answer).into_iter().filter_map(entry).collect()
}

fn elements(value: Value) -> Vec<Value> {
    if let Value::Array(elements) = value { elements } else { Vec::new() }
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

fn number(value: &Value) -> Option<u64> {
    if let Value::Int(number) = value { u64::try_from(*number).ok() } else { None }
}
