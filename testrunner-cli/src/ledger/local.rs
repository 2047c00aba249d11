//! What is stored here.

use testrunner_api::CaseDocument;
use testrunner_core::store::{CaseQuery, ListQuery, StopOutcome, StoreResult};
use testrunner_core::testrun::{ScheduleDocument, Testrun};
use testrunner_core::{
    Engine, EngineError, Report, Seq, SlotUse, Store, StoreError, StoreErrorKind, TestrunId,
};

use super::{Events, Listed};
use crate::failure::{Failure, Result};
use crate::place::Place;
use crate::storage::Storage;

/// Most Testruns that are asked for at once.
const PAGE: u32 = 100;

/// The database; none when nothing was ever stored.
#[derive(Debug)]
pub(crate) struct Local(Option<Storage>);

impl Local {
    pub(super) async fn open(place: &Place) -> Result<Self> {
        place.open_existing().await.map(Self)
    }

    /// The store, to look for a Testrun in it.
    fn storage(&self, id: TestrunId) -> Result<&Storage> {
        Ok(self.0.as_ref().ok_or_else(|| StoreError::no_testrun(id))?)
    }

    fn store(&self, id: TestrunId) -> Result<&dyn Store> {
        self.storage(id).map(Storage::store)
    }

    fn engine(&self, id: TestrunId) -> Result<Engine> {
        Ok(Engine::builder_shared(self.storage(id)?.shared()).build()?)
    }

    pub(super) async fn get(&self, id: TestrunId) -> Result<Testrun> {
        Ok(self.store(id)?.get(id).await?)
    }

    pub(super) async fn list(&self, query: &ListQuery, number: u32) -> Result<Option<Listed>> {
        let Some(store) = &self.0 else { return Ok(None) };
        let wanted = usize::try_from(number).unwrap_or(usize::MAX);
        let mut query = ListQuery { limit: PAGE.min(number), ..query.clone() };
        let mut rows = Vec::new();
        loop {
            let page = store.store().list(&query).await?;
            rows.extend(page.rows);
            query.before = page.next;
            if page.next.is_none() || rows.len() >= wanted {
                let more = page.next.is_some() || rows.len() > wanted;
                rows.truncate(wanted);
                return Ok(Some(Listed { rows, more }));
            }
        }
    }

    pub(super) async fn cases(&self, run: &Testrun) -> Result<Vec<CaseDocument>> {
        Ok(cases(self.store(run.id())?, run).await?)
    }

    pub(super) async fn schedule(
        &self,
        run: &Testrun,
        report: Option<&Report>,
    ) -> Result<Option<ScheduleDocument>> {
        let store = self.store(run.id())?;
        let items = store.items(run.id()).await?;
        Ok(match report {
            Some(report) => report.slot_use.against(&items),
            None => SlotUse::read(store, run.id(), run.summary.last_seq).await?.against(&items),
        })
    }

    pub(super) fn events(&self, id: TestrunId, after: Seq) -> Result<Events> {
        Ok(Events::of_store(self.engine(id)?, id, after))
    }

    pub(super) async fn cancel(&self, id: TestrunId) -> Result<StopOutcome> {
        Ok(self.engine(id)?.cancel(id, &crate::place::user()).await?)
    }

    pub(super) async fn delete(&self, id: TestrunId, place: &Place) -> Result<()> {
        self.engine(id)?.delete(id).await.map_err(|error| {
            let running =
                matches!(&error, EngineError::Store(error) if error.kind() == StoreErrorKind::Conflict);
            let failure = Failure::from(error);
            if running { failure.hint(stop_first(id, place)) } else { failure }
        })
    }

    pub(super) async fn close(self) {
        if let Some(store) = self.0 {
            store.close().await;
        }
    }
}

/// What to do about a Testrun that runs.
pub(super) fn stop_first(id: TestrunId, place: &Place) -> String {
    format!("stop it first: {}", place.command(&format!("cancel {id}")))
}

/// The cases of a Testrun, page by page, with the paths of their files.
///
/// # Errors
/// The store failed.
pub(crate) async fn cases(store: &dyn Store, run: &Testrun) -> StoreResult<Vec<CaseDocument>> {
    let mut cases = Vec::new();
    let mut query = CaseQuery::default();
    loop {
        let page = store.cases(run.id(), &query).await?;
        let Some(last) = page.last() else { return Ok(cases) };
        query.after = last.seq;
        cases.extend(page.into_iter().map(|case| {
            let record = usize::try_from(case.file).ok().and_then(|index| run.files.get(index));
            CaseDocument { path: record.map_or_else(String::new, |file| file.path.clone()), case }
        }));
    }
}
