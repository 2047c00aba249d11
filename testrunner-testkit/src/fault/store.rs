//! A store behind a bad connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::doorbell::Doorbell;
use testrunner_core::store::{
    Appended, Backlog, Batch, CaseQuery, CaseRecord, ChangePage, ClaimRequest, Claimed, Created, EventLimit,
    EventPage, Finished, History, LeaseStatus, ListPage, ListQuery, NewTestrun, Outcome, Reaped, Retention,
    StatusCounts, StopOutcome, StoreCaps, StoreError, StoreErrorKind, StoreResult, Usage, WorkerNotice,
    WorkerRecord,
};
use testrunner_core::testrun::{FileRecord, StopWhy};
use testrunner_core::{
    Digest, Item, LeaseKey, ProcessId, Seq, Store, Testrun, TestrunId, WorkStore, WorkerId,
};

use super::{Fault, Faults, Verb};

/// How late an answer is.
const LATE: Duration = Duration::from_secs(5);

/// Hands calls on to another store, but for those that its [`Faults`] strike. Bell, name and promises are those
/// of the other one.
#[derive(Debug)]
pub struct FaultStore<S: ?Sized> {
    faults: Faults,
    inner: Arc<S>,
}

impl<S: Store + ?Sized> FaultStore<S> {
    /// A way to this store on which nothing fails yet.
    #[must_use]
    pub fn over(inner: Arc<S>) -> Self {
        Self { faults: Faults::default(), inner }
    }

    /// The hand on its faults.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    async fn call<T: Send, F>(&self, verb: Verb, call: impl FnOnce() -> F + Send) -> StoreResult<T>
    where
        F: Future<Output = StoreResult<T>> + Send,
    {
        let lost =
            || StoreError::new(StoreErrorKind::Unavailable, format!("{verb:?}: nobody answered, on purpose"));
        match self.faults.strike(verb) {
            None => call().await,
            Some(Fault::Busy) => {
                Err(StoreError::new(StoreErrorKind::Busy, format!("{verb:?}: busy, on purpose")))
            }
            Some(Fault::LostCall) => Err(lost()),
            Some(Fault::LateReply) => {
                let answer = call().await;
                tokio::time::sleep(LATE).await;
                answer
            }
            Some(Fault::Silence) => std::future::pending().await,
            Some(Fault::LostReply) => {
                drop(call().await);
                Err(lost())
            }
        }
    }
}

impl<S: Store + ?Sized> fmt::Display for FaultStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} behind a bad connection", self.inner)
    }
}

#[async_trait]
impl<S: Store + ?Sized> WorkStore for FaultStore<S> {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        self.call(Verb::Claim, || self.inner.claim(request)).await
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        self.call(Verb::Renew, || self.inner.renew(keys, ttl)).await
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        self.call(Verb::Append, || self.inner.append(key, batch)).await
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        self.call(Verb::Finish, || self.inner.finish(key, tail, outcome)).await
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        self.call(Verb::Files, || self.inner.files(run)).await
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.call(Verb::Announce, || self.inner.announce(worker)).await
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.call(Verb::Depart, || self.inner.depart(worker)).await
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        self.call(Verb::Blob, || self.inner.blob(digest)).await
    }
}

#[async_trait]
impl<S: Store + ?Sized> Store for FaultStore<S> {
    fn caps(&self) -> StoreCaps {
        self.inner.caps()
    }

    fn process(&self) -> ProcessId {
        self.inner.process()
    }

    fn doorbell(&self) -> Arc<dyn Doorbell> {
        self.inner.doorbell()
    }

    async fn create(&self, new: &NewTestrun) -> StoreResult<Created> {
        self.call(Verb::Create, || self.inner.create(new)).await
    }

    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>> {
        self.call(Verb::Keyed, || self.inner.keyed(username, key)).await
    }

    async fn get(&self, run: TestrunId) -> StoreResult<Testrun> {
        self.call(Verb::Get, || self.inner.get(run)).await
    }

    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage> {
        self.call(Verb::List, || self.inner.list(query)).await
    }

    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts> {
        self.call(Verb::Counts, || self.inner.counts(query)).await
    }

    async fn backlog(&self, limit: u32) -> StoreResult<Backlog> {
        self.call(Verb::Backlog, || self.inner.backlog(limit)).await
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        self.call(Verb::Changes, || self.inner.changes(after, limit)).await
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        self.call(Verb::Workers, || self.inner.workers()).await
    }

    async fn usage(&self) -> StoreResult<Usage> {
        self.call(Verb::Usage, || self.inner.usage()).await
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        self.call(Verb::Items, || self.inner.items(run)).await
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        self.call(Verb::Events, || self.inner.events(run, after, limit)).await
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        self.call(Verb::Cases, || self.inner.cases(run, query)).await
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        self.call(Verb::History, || self.inner.history(suite, paths)).await
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        self.call(Verb::RequestStop, || self.inner.request_stop(run, why, by)).await
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
        self.call(Verb::Delete, || self.inner.delete(run)).await
    }

    async fn reap(&self, limit: u32) -> StoreResult<Reaped> {
        self.call(Verb::Reap, || self.inner.reap(limit)).await
    }

    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        self.call(Verb::Prune, || self.inner.prune(retention, limit)).await
    }

    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>> {
        self.call(Verb::PutBlobs, || self.inner.put_blobs(blobs)).await
    }
}
