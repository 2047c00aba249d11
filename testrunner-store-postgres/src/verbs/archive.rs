//! What is put in as it was in another ledger.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgConnection;
use testrunner_core::store::{Numbers, Record, StoreError, StoreErrorKind, Timing};
use testrunner_core::{Digest, Event, ItemState, Seq, Source, TestrunId};

use crate::error::{Error, Result};
use crate::lock::{Lock, Use};
use crate::sql::archive::{numbers, part, rows, timings};
use crate::sql::{blobs, runs, summaries};
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Reserve(pub(crate) Numbers);

#[async_trait]
impl Verb for Reserve {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        numbers::reserve(tx.conn, self.0).await
    }
}

/// A Testrun with its last events.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) record: Arc<Record>,
    pub(crate) after: Seq,
    pub(crate) tail: Vec<Event>,
}

#[async_trait]
impl Verb for Put {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        let (record, run) = (self.record.as_ref(), self.record.id());
        let stored = summaries::get(tx.conn, run).await?;
        if !record.is_wanted_beside(stored.as_ref())? {
            return Ok(());
        }
        check_items(tx.conn, record).await?;
        check_uploads(tx.conn, record).await?;
        // The rows come last: what all of it takes is counted there.
        part::add(tx.conn, run, self.after, &self.tail).await?;
        let last = part::last(tx.conn, run).await?;
        if last != record.last_seq() {
            let message = format!("Testrun {run} has {} events, and {last} are here", record.last_seq());
            return Err(Error::invalid(message));
        }
        rows::insert(tx.conn, record).await?;
        let summary = &record.run.summary;
        tx.rung.runs.insert(run);
        tx.rung.work |= record.items.iter().any(|row| row.item.state == ItemState::Ready);
        tx.changed(run, Some(summary.status), summary.reason);
        Ok(())
    }
}

async fn check_items(conn: &mut PgConnection, record: &Record) -> Result<()> {
    let items: Vec<_> = record.items.iter().map(|row| row.item.id).collect();
    match numbers::holders(conn, &items).await?.first() {
        None => Ok(()),
        Some((item, holder)) => {
            let message = format!("item {item} of Testrun {} is one of Testrun {holder} here", record.id());
            Err(StoreError::new(StoreErrorKind::Conflict, message).into())
        }
    }
}

/// Until the end of the transaction nobody removes what Testruns have in common.
async fn check_uploads(conn: &mut PgConnection, record: &Record) -> Result<()> {
    if !matches!(record.run.summary.source, Source::Upload) {
        return Lock::Common.take(conn, Use::Shared).await;
    }
    let digests: Vec<Digest> = record.run.files.iter().filter_map(|file| file.digest).collect();
    match blobs::missing(conn, &digests).await? {
        None => Ok(()),
        Some(digest) => {
            Err(Error::invalid(format!("the bytes {digest} are not in the store; put them again")))
        }
    }
}

#[derive(Debug)]
pub(crate) struct PutTimings(pub(crate) Vec<Timing>);

#[async_trait]
impl Verb for PutTimings {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        timings::put(tx.conn, &self.0).await
    }
}

#[derive(Debug)]
pub(crate) struct MissChanges(pub(crate) u64);

#[async_trait]
impl Verb for MissChanges {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.rung.changes = numbers::miss_changes(tx.conn, self.0, tx.now).await?;
        Ok(())
    }
}

/// What is done to events without their Testrun.
#[derive(Debug)]
pub(crate) enum Loose {
    Add(Seq, Vec<Event>),
    Remove,
    /// The Testrun goes, and its events stay.
    TakeApart(Seq),
}

#[derive(Debug)]
pub(crate) struct OfPart(pub(crate) TestrunId, pub(crate) Loose);

#[async_trait]
impl Verb for OfPart {
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<()> {
        let Self(run, what) = self;
        let head = runs::lock(tx.conn, *run).await?;
        let conflict = |message| Err(StoreError::new(StoreErrorKind::Conflict, message).into());
        match (what, head) {
            (Loose::Add(..) | Loose::Remove, Some(_)) => conflict(format!("Testrun {run} is there already")),
            (Loose::Add(after, events), None) => part::add(tx.conn, *run, *after, events).await,
            (Loose::Remove, None) => part::remove(tx.conn, *run).await,
            (Loose::TakeApart(_), None) => Err(StoreError::no_testrun(*run).into()),
            (Loose::TakeApart(last), Some(head)) => {
                if head.status.is_terminal() || head.counters.last_seq != *last {
                    return conflict(format!("Testrun {run} has gone on"));
                }
                rows::remove(tx.conn, *run).await
            }
        }
    }
}
