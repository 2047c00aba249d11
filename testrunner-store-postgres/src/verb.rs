//! A writing operation: what it gets, what it answers, and what is to be done after its commit.

use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::PgConnection;
use testrunner_core::{FailReason, Status, TestrunId, Timestamp};

use crate::database::Kind;
use crate::error::Result;
use crate::presence::Presence;
use crate::sql::changes;

/// An operation inside its transaction.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a mut PgConnection,
    /// The time of all that this operation writes.
    pub(crate) now: Timestamp,
    pub(crate) presence: &'a Presence,
    /// What to ring for after the commit.
    pub(crate) rung: Rung,
    changes: Vec<changes::Entry>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: &'a mut PgConnection, now: Timestamp, presence: &'a Presence) -> Self {
        Self { conn, now, presence, rung: Rung::default(), changes: Vec::new() }
    }

    /// Notes that a Testrun has a new status; `None`: it is gone.
    pub(crate) fn changed(&mut self, run: TestrunId, status: Option<Status>, reason: Option<FailReason>) {
        self.changes.push(changes::Entry { run, status, reason });
    }

    /// Writes the changes of statuses; right before the commit, for nobody else may from here on. Returns what to
    /// ring for.
    pub(crate) async fn close(self) -> Result<Rung> {
        let mut rung = self.rung;
        if !self.changes.is_empty() {
            changes::insert(self.conn, self.now, &self.changes).await?;
            rung.changes = true;
        }
        Ok(rung)
    }
}

/// What happened, for the bells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rung {
    pub(crate) work: bool,
    pub(crate) stops: bool,
    /// Testruns with new events, or that are gone.
    pub(crate) runs: BTreeSet<TestrunId>,
    /// Statuses have changed.
    pub(crate) changes: bool,
}

/// A writing operation. May be run more than once when what it did was undone.
#[async_trait]
pub(crate) trait Verb: Send + Sync + 'static {
    type Answer: Send + 'static;
    /// How its transaction begins.
    const KIND: Kind = Kind::Write;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Answer>;

    /// Called before the commit is asked for: from here on it may have happened, whatever is heard of it.
    fn committing(_answer: &mut Self::Answer) {}
}
