//! Where Testruns are: stored here, or on a server. What reads and shows them does not know which.

mod events;
mod local;
mod remote;

use testrunner_api::CaseDocument;
use testrunner_core::report::Report;
use testrunner_core::store::{ListQuery, StopOutcome};
use testrunner_core::testrun::{ScheduleDocument, Summary, Testrun};
use testrunner_core::{Seq, TestrunId};

pub(crate) use self::events::{Events, Step};
pub(crate) use self::local::{Local, cases};
pub(crate) use self::remote::Remote;
use crate::failure::Result;
use crate::place::Place;

/// All Testruns of one place.
#[derive(Debug)]
pub(crate) enum Ledger {
    /// In a database.
    Local(Local),
    /// On a server.
    Remote(Box<Remote>),
}

/// Some of a listing.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) rows: Vec<Summary>,
    /// There are older ones.
    pub(crate) more: bool,
}

impl Ledger {
    /// The ledger that was asked for. Looking at what is stored here makes nothing.
    ///
    /// # Errors
    /// The database cannot be opened, or the address or the token of the server cannot be used.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        Ok(match place.server() {
            Some(url) => Self::Remote(Box::new(Remote::at(url, place)?)),
            None => Self::Local(Local::open(place).await?),
        })
    }

    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) async fn get(&self, id: TestrunId) -> Result<Testrun> {
        match self {
            Self::Local(local) => local.get(id).await,
            Self::Remote(remote) => remote.get(id).await,
        }
    }

    /// As [`Ledger::get`], after it was followed: a server may have been away just now.
    ///
    /// # Errors
    /// As [`Ledger::get`].
    pub(crate) async fn get_patiently(&self, id: TestrunId) -> Result<Testrun> {
        match self {
            Self::Local(local) => local.get(id).await,
            Self::Remote(remote) => remote.get_patiently(id).await,
        }
    }

    /// The newest so many that match; `None` when nothing was ever stored.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) async fn list(&self, query: &ListQuery, number: u32) -> Result<Option<Listed>> {
        match self {
            Self::Local(local) => local.list(query, number).await,
            Self::Remote(remote) => remote.list(query, number).await.map(Some),
        }
    }

    /// Every case that counts.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) async fn cases(&self, run: &Testrun) -> Result<Vec<CaseDocument>> {
        match self {
            Self::Local(local) => local.cases(run).await,
            Self::Remote(remote) => remote.cases(run).await,
        }
    }

    /// What became of the schedule of an ended Testrun; `None` while it runs. Who has its report need not have the log
    /// read again.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn schedule(
        &self,
        run: &Testrun,
        report: Option<&Report>,
    ) -> Result<Option<ScheduleDocument>> {
        if !run.status().is_terminal() {
            return Ok(None);
        }
        match self {
            Self::Local(local) => local.schedule(run, report).await,
            Self::Remote(remote) => remote.schedule(run.id()).await,
        }
    }

    /// All that has happened until now.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) async fn report(&self, run: &Testrun) -> Result<Report> {
        let mut report = Report::default();
        let mut events = self.events(run.id())?;
        while report.last_seq < run.summary.last_seq
            && let Some(step) = events.next().await
        {
            if let Step::Event(event) = step? {
                report.apply(&event);
            }
        }
        Ok(report)
    }

    /// The events from the first on, to the last that there will be.
    ///
    /// # Errors
    /// There is no such Testrun, because nothing was ever stored.
    pub(crate) fn events(&self, id: TestrunId) -> Result<Events> {
        match self {
            Self::Local(local) => local.events(id, Seq(0)),
            Self::Remote(remote) => remote.events(id, Seq(0)),
        }
    }

    /// # Errors
    /// There is none, or it could not be asked.
    pub(crate) async fn cancel(&self, id: TestrunId) -> Result<StopOutcome> {
        match self {
            Self::Local(local) => local.cancel(id).await,
            Self::Remote(remote) => remote.cancel(id).await,
        }
    }

    /// # Errors
    /// There is none, it has not ended, or it could not be removed.
    pub(crate) async fn delete(&self, id: TestrunId, place: &Place) -> Result<()> {
        match self {
            Self::Local(local) => local.delete(id, place).await,
            Self::Remote(remote) => remote.delete(id, place).await,
        }
    }

    /// The JUnit document.
    ///
    /// # Errors
    /// There is no such Testrun, or it cannot be read.
    pub(crate) async fn junit(&self, id: TestrunId) -> Result<Vec<u8>> {
        match self {
            Self::Local(_) => {
                let run = self.get(id).await?;
                Ok(testrunner_junit::document(&run, &self.report(&run).await?)?)
            }
            Self::Remote(remote) => remote.junit(id).await,
        }
    }

    /// Leaves it in order.
    pub(crate) async fn close(self) {
        if let Self::Local(local) = self {
            local.close().await;
        }
    }
}
