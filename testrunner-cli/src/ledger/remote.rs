//! What is on a server.

use std::time::Duration;

use testrunner_api::{CaseDocument, Created, NewTestrun, RerunRequest};
use testrunner_client::{CaseFilter, Client, Upload};
use testrunner_core::store::{ListQuery, StopOutcome};
use testrunner_core::testrun::{ScheduleDocument, Testrun};
use testrunner_core::{Seq, TestrunId};

use super::local::stop_first;
use super::{Events, Listed};
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::server::token;

/// Most Testruns that are asked for at once.
const PAGE: u32 = 100;
/// How long a server may be away before a command gives up.
const PATIENCE: Duration = Duration::from_secs(3);
/// The same while a Testrun is followed: a server is updated, a machine starts.
const LONG_PATIENCE: Duration = Duration::from_secs(10 * 60);

/// A server and the token for it.
#[derive(Debug)]
pub(crate) struct Remote {
    client: Client,
    /// Waits longer: for what has begun.
    patient: Client,
}

impl Remote {
    /// The server at an address.
    ///
    /// # Errors
    /// Address or token cannot be used.
    pub(crate) fn at(url: &str, place: &Place) -> Result<Self> {
        let token = token::find(url, place)?;
        let client = |patience| {
            let mut builder = Client::builder(url).patience(patience);
            if let Some(token) = &token {
                builder = builder.token(token.as_str());
            }
            builder.build()
        };
        Ok(Self { client: client(PATIENCE)?, patient: client(LONG_PATIENCE)? })
    }

    /// The address, for people.
    pub(crate) fn url(&self) -> &str {
        self.client.url().trim_end_matches('/')
    }

    /// For calls that nothing has begun before.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) async fn submit(&self, request: &NewTestrun, upload: &Upload) -> Result<Created> {
        Ok(self.client.submit(request, upload).await?)
    }

    pub(crate) async fn rerun(&self, id: TestrunId, failed: bool) -> Result<Testrun> {
        Ok(self.client.rerun(id, RerunRequest { failed }).await?.into())
    }

    pub(super) async fn get(&self, id: TestrunId) -> Result<Testrun> {
        Ok(self.client.testrun(id).await?.into())
    }

    /// As it is after it was followed: the server may have been away just now.
    pub(super) async fn get_patiently(&self, id: TestrunId) -> Result<Testrun> {
        Ok(self.patient.testrun(id).await?.into())
    }

    pub(super) async fn schedule(&self, id: TestrunId) -> Result<Option<ScheduleDocument>> {
        Ok(self.client.testrun(id).await?.schedule)
    }

    pub(super) async fn list(&self, query: &ListQuery, number: u32) -> Result<Listed> {
        let wanted = usize::try_from(number).unwrap_or(usize::MAX);
        let query = ListQuery { limit: PAGE.min(number), ..query.clone() };
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.client.list(&query, cursor.as_deref()).await?;
            rows.extend(page.testruns.into_iter().map(|document| Testrun::from(document).summary));
            cursor = page.next_cursor;
            if cursor.is_none() || rows.len() >= wanted {
                let more = cursor.is_some() || rows.len() > wanted;
                rows.truncate(wanted);
                return Ok(Listed { rows, more });
            }
        }
    }

    pub(super) async fn cases(&self, run: &Testrun) -> Result<Vec<CaseDocument>> {
        let mut cases = Vec::new();
        let mut filter = CaseFilter::default();
        loop {
            let page = self.client.cases(run.id(), &filter).await?;
            cases.extend(page.cases);
            match page.next_after {
                Some(after) => filter.after = after,
                None => return Ok(cases),
            }
        }
    }

    pub(super) fn events(&self, id: TestrunId, after: Seq) -> Result<Events> {
        Ok(Events::of_server(self.patient.follow(id, after)?))
    }

    pub(super) async fn cancel(&self, id: TestrunId) -> Result<StopOutcome> {
        match self.client.cancel(id).await {
            Ok(cancelled) => Ok(cancelled.outcome),
            Err(error) if error.status() == Some(409) => {
                let run = self.client.testrun(id).await?;
                if run.status.is_terminal() {
                    return Ok(StopOutcome::AlreadyTerminal { status: run.status });
                }
                Err(error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn delete(&self, id: TestrunId, place: &Place) -> Result<()> {
        self.client.delete(id).await.map_err(|error| {
            let running = error.status() == Some(409);
            let failure = Failure::from(error);
            if running { failure.hint(stop_first(id, place)) } else { failure }
        })
    }

    pub(super) async fn junit(&self, id: TestrunId) -> Result<Vec<u8>> {
        Ok(self.client.junit(id).await?.to_vec())
    }
}
