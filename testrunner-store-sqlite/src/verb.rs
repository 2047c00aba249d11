//! A writing operation: what it gets, what it answers, and how the answer reaches whoever waits for it.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::SqliteConnection;
use testrunner_core::store::{StoreError, StoreResult};
use testrunner_core::{FailReason, Seq, Status, TestrunId, Timestamp};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::presence::Presence;
use crate::sql::changes;

/// An operation inside the writer's transaction.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a mut SqliteConnection,
    /// The time of all that this operation writes.
    pub(crate) now: Timestamp,
    pub(crate) presence: &'a Presence,
    /// What to ring for after the commit.
    pub(crate) rung: Rung,
}

impl Tx<'_> {
    /// Notes that a Testrun has a new status; `None`: it is gone.
    pub(crate) async fn changed(
        &mut self,
        run: TestrunId,
        status: Option<Status>,
        reason: Option<FailReason>,
    ) -> Result<()> {
        let n = changes::insert(self.conn, run, self.now, status, reason).await?;
        self.rung.changes = Some(n);
        Ok(())
    }
}

/// What happened, for the bells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rung {
    pub(crate) work: bool,
    pub(crate) stops: bool,
    /// Testruns with new events, and their newest. -1: the Testrun is gone.
    pub(crate) runs: BTreeMap<TestrunId, Seq>,
    /// The newest change of a status.
    pub(crate) changes: Option<i64>,
}

impl Rung {
    pub(crate) fn merge(&mut self, other: Self) {
        self.work |= other.work;
        self.stops |= other.stops;
        self.runs.extend(other.runs);
        self.changes = self.changes.max(other.changes);
    }
}

/// A writing operation. May be run more than once when what it did was rolled back.
#[async_trait]
pub(crate) trait Verb: Send + Sync + 'static {
    type Answer: Send + 'static;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Answer>;

    /// Called between the commit and the answer.
    fn committed(_answer: &mut Self::Answer) {}
}

/// A verb with whoever waits for its answer.
pub(crate) struct Pending<V: Verb> {
    verb: V,
    answer: Option<StoreResult<V::Answer>>,
    reply: Option<oneshot::Sender<StoreResult<V::Answer>>>,
}

impl<V: Verb> Pending<V> {
    /// With the place where the answer arrives.
    pub(crate) fn new(verb: V) -> (Box<Self>, oneshot::Receiver<StoreResult<V::Answer>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { verb, answer: None, reply: Some(reply) }), answer)
    }

    /// For nobody.
    pub(crate) fn unattended(verb: V) -> Box<Self> {
        Box::new(Self { verb, answer: None, reply: None })
    }
}

/// A [`Pending`] of any verb.
#[async_trait]
pub(crate) trait Job: Send {
    /// Whether somebody still waits, or nobody ever did.
    fn is_wanted(&self) -> bool;
    /// `false`: it was refused, and what it did is to be undone.
    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool>;
    fn settle(self: Box<Self>, failure: Option<StoreError>);
}

#[async_trait]
impl<V: Verb> Job for Pending<V> {
    fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_none_or(|reply| !reply.is_closed())
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let answer = match self.verb.run(tx).await {
            Err(Error::Refused(refusal)) => Err(refusal),
            other => Ok(other?),
        };
        let done = answer.is_ok();
        self.answer = Some(answer);
        Ok(done)
    }

    fn settle(self: Box<Self>, failure: Option<StoreError>) {
        let mut answer = failure.map(Err).or(self.answer);
        if let Some(Ok(answer)) = &mut answer {
            V::committed(answer);
        }
        if let (Some(reply), Some(answer)) = (self.reply, answer) {
            // Nobody waits any more: what was done stays done.
            let _ = reply.send(answer);
        }
    }
}
