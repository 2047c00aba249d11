//! The engine: submit, watch, stop; and the worker and janitor that make it happen.

mod builder;
mod changes;
mod error;
mod forecast;
mod janitor;
mod progress;
mod rerun;
mod retention;
mod submit;
mod subscribe;
mod suite;
mod timings;
mod work;

use std::sync::Arc;
use std::time::Duration;

pub use builder::EngineBuilder;
pub use changes::{ChangeNotice, Changes};
pub use error::EngineError;
pub use forecast::{FilePreview, Preview};
pub use progress::Progress;
pub use rerun::Rerun;
pub use retention::RetentionPolicy;
pub use subscribe::Subscription;

use crate::clock::Timestamp;
use crate::doorbell::{Doorbell, Topic};
use crate::executor::Executor;
use crate::id::{ProcessId, Seq, TestrunId};
use crate::item::Item;
use crate::queue::Queue;
use crate::store::{
    CaseQuery, CaseRecord, EventLimit, ListPage, ListQuery, StatusCounts, StopOutcome, Store, StoreError,
};
use crate::testrun::{StopWhy, Testrun};
use crate::worker::{Drained, Executors, Settings, Worker, WorkerStatus};

type Result<T> = std::result::Result<T, EngineError>;

/// A store, a queue, a doorbell and executors, put to work. Clones are the same engine.
///
/// Without [`Engine::start`] it only submits and watches. When the last clone is dropped, the worker takes
/// no more items and ends when those it has are done; use [`Engine::shutdown`] to end in order.
#[derive(Clone, Debug)]
pub struct Engine {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Arc<dyn Store>,
    queue: Arc<dyn Queue>,
    bell: Arc<dyn Doorbell>,
    executors: Arc<Executors>,
    settings: Arc<Settings>,
    retention: RetentionPolicy,
    worker: Worker,
}

impl Engine {
    /// Begins to put an engine together over a store.
    pub fn builder(store: impl Store) -> EngineBuilder {
        EngineBuilder::new(Arc::new(store))
    }

    /// As [`Engine::builder`], over a store that others use too.
    pub fn builder_shared(store: Arc<dyn Store>) -> EngineBuilder {
        EngineBuilder::new(store)
    }

    /// Starts the worker (with as many slots as were set) and the janitor. Doing it twice changes nothing.
    /// Must be called within a tokio runtime.
    pub fn start(&self) {
        let inner = &self.inner;
        let Some(running) = inner.worker.begin() else { return };
        let clock = || Arc::clone(&inner.settings.clock);
        janitor::start(&running, Arc::clone(&inner.store), clock());
        retention::start(&running, Arc::clone(&inner.store), clock(), inner.retention);
    }

    /// Takes no more items, gives those that run `grace` to end, hands the rest back to the queue, and returns
    /// when nothing of it runs any more. Directory Testruns that are handed back can be run by nobody else:
    /// cancel them, or wait for them, first.
    ///
    /// A store that does not answer is not waited for longer than tests get to clean up and a few seconds: then what
    /// is held is left, and goes to others when its leases have run out.
    pub async fn shutdown(&self, grace: Duration) -> Drained {
        self.inner.worker.shutdown(grace).await
    }

    /// Kills everything that runs here, now. Items of stopped Testruns end as cancelled, others go back.
    pub fn halt(&self) {
        self.inner.worker.halt();
    }

    /// Returns when the worker had to give up on its store (see [`EngineBuilder::give_up_after`]); what it could
    /// not write is lost.
    pub async fn fault(&self) -> Arc<StoreError> {
        self.inner.worker.fault().await
    }

    /// What the worker does at the moment; `None` before [`Engine::start`].
    #[must_use]
    pub fn worker_status(&self) -> Option<WorkerStatus> {
        self.inner.worker.status()
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The bell that is rung after each commit.
    #[must_use]
    pub fn doorbell(&self) -> &Arc<dyn Doorbell> {
        &self.inner.bell
    }

    /// The process that directory Testruns submitted here are pinned to.
    #[must_use]
    pub fn process(&self) -> ProcessId {
        self.inner.store.process()
    }

    /// An executor by name.
    ///
    /// # Errors
    /// There is none of this name; says which there are.
    pub fn executor(&self, name: &str) -> Result<&Arc<dyn Executor>> {
        self.inner.executors.get(name).ok_or_else(|| EngineError::UnknownExecutor {
            name: name.to_owned(),
            known: self.inner.executors.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }

    /// The time, by the engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.settings.clock.now()
    }

    /// One Testrun with its files.
    ///
    /// # Errors
    /// There is no such Testrun, or the store failed.
    pub async fn get(&self, run: TestrunId) -> Result<Testrun> {
        Ok(self.inner.store.get(run).await?)
    }

    /// Testruns, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn list(&self, query: &ListQuery) -> Result<ListPage> {
        Ok(self.inner.store.list(query).await?)
    }

    /// How many Testruns there are of each status; see [`Store::counts`].
    ///
    /// # Errors
    /// The store failed.
    pub async fn counts(&self, query: &ListQuery) -> Result<StatusCounts> {
        Ok(self.inner.store.counts(query).await?)
    }

    /// The items of a Testrun, in order of rank.
    ///
    /// # Errors
    /// There is no such Testrun, or the store failed.
    pub async fn items(&self, run: TestrunId) -> Result<Vec<Item>> {
        Ok(self.inner.store.items(run).await?)
    }

    /// Cases that count.
    ///
    /// # Errors
    /// There is no such Testrun, or the store failed.
    pub async fn cases(&self, run: TestrunId, query: &CaseQuery) -> Result<Vec<CaseRecord>> {
        Ok(self.inner.store.cases(run, query).await?)
    }

    /// All events after `after`, those stored and those to come, until the Testrun has ended.
    #[must_use]
    pub fn subscribe(&self, run: TestrunId, after: Seq) -> Subscription {
        Subscription::new(Arc::clone(&self.inner.store), &self.inner.bell, run, after)
    }

    /// The changes of all Testruns' statuses after the one numbered `after`, those stored and those to come. A
    /// follower who has just read the list begins after the `last` of [`Store::changes`], asked before the list.
    #[must_use]
    pub fn changes(&self, after: u64) -> Changes {
        Changes::new(Arc::clone(&self.inner.store), &self.inner.bell, after)
    }

    /// How far a Testrun has come, as it goes on: summaries, a few a second at the most.
    #[must_use]
    pub fn progress(&self, run: TestrunId) -> Progress {
        Progress::new(Arc::clone(&self.inner.store), &self.inner.bell, run)
    }

    /// Waits until the Testrun has ended.
    ///
    /// # Errors
    /// There is no such Testrun (any more), or the store failed.
    pub async fn wait(&self, run: TestrunId) -> Result<Testrun> {
        let mut bell = self.inner.bell.listen(Topic::Run(run));
        let newest = EventLimit { events: 1, bytes: 1 };
        while !self.inner.store.events(run, Seq(i64::MAX), newest).await?.terminal {
            bell.rung(Duration::from_secs(1)).await;
        }
        self.get(run).await
    }

    /// Asks a Testrun to stop. When this returns, the request cannot be lost, and this engine's own worker has
    /// heard of it.
    ///
    /// # Errors
    /// There is no such Testrun, or the store failed.
    pub async fn cancel(&self, run: TestrunId, by: &str) -> Result<StopOutcome> {
        let outcome = self.inner.store.request_stop(run, StopWhy::Cancel, by).await?;
        self.inner.bell.ring(&[Topic::Stops, Topic::Run(run), Topic::Runs]);
        if let Some(worker) = self.inner.worker.running() {
            worker.renew_once().await;
        }
        Ok(outcome)
    }

    /// Removes an ended Testrun.
    ///
    /// # Errors
    /// There is no such Testrun, it has not ended, or the store failed.
    pub async fn delete(&self, run: TestrunId) -> Result<()> {
        self.inner.store.delete(run).await?;
        self.inner.bell.ring(&[Topic::Run(run), Topic::Runs]);
        Ok(())
    }
}
