//! A store that keeps a trail of who did what, in front of any other store.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
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

/// Hands every verb on to another store.
///
/// What somebody did is written to the trail before it is answered. A trail that cannot be written is to the caller as a lost reply: `Unavailable`, and it asks again.
pub struct AuditStore<S> {
    inner: S,
    trail: Arc<Mutex<dyn Write + Send>>,
}

impl<S: Store> AuditStore<S> {
    /// Puts a trail in front of a store. It is only written to, a line at a time.
    pub fn over(inner: S, trail: impl Write + Send + 'static) -> Self {
        Self { inner, trail: Arc::new(Mutex::new(trail)) }
    }

    fn note(&self, what: impl fmt::Display) -> StoreResult<()> {
        let mut trail = self.trail.lock().unwrap_or_else(PoisonError::into_inner);
        trail.write_all(format!("{what}\n").as_bytes()).and_then(|()| trail.flush()).map_err(|error| {
            let message = format!("the audit trail cannot be written ({error}); make room for it");
            StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
        })
    }
}

impl<S: Store> fmt::Debug for AuditStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditStore").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S: Store> fmt::Display for AuditStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with an audit trail", self.inner)
    }
}

#[async_trait]
impl<S: Store> WorkStore for AuditStore<S> {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        let claimed = self.inner.claim(request).await?;
        for lease in &claimed.leases {
            self.note(format_args!("{} of Testrun {} to {}", lease.key, lease.run, request.worker.0))?;
        }
        Ok(claimed)
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        self.inner.renew(keys, ttl).await
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        self.inner.append(key, batch).await
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        let finished = self.inner.finish(key, tail, outcome).await?;
        self.note(format_args!("{key} is {}, its Testrun {}", finished.item, finished.run))?;
        Ok(finished)
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        self.inner.files(run).await
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.inner.announce(worker).await
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.inner.depart(worker).await
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        self.inner.blob(digest).await
    }
}

#[async_trait]
impl<S: Store> Store for AuditStore<S> {
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
        let created = self.inner.create(new).await?;
        self.note(format_args!("Testrun {} by {}", created.run.id(), new.username))?;
        Ok(created)
    }

    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>> {
        self.inner.keyed(username, key).await
    }

    async fn get(&self, run: TestrunId) -> StoreResult<Testrun> {
        self.inner.get(run).await
    }

    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage> {
        self.inner.list(query).await
    }

    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts> {
        self.inner.counts(query).await
    }

    async fn backlog(&self, limit: u32) -> StoreResult<Backlog> {
        self.inner.backlog(limit).await
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        self.inner.changes(after, limit).await
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        self.inner.workers().await
    }

    async fn usage(&self) -> StoreResult<Usage> {
        self.inner.usage().await
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        self.inner.items(run).await
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        self.inner.events(run, after, limit).await
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        self.inner.cases(run, query).await
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        self.inner.history(suite, paths).await
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        let outcome = self.inner.request_stop(run, why, by).await?;
        self.note(format_args!("Testrun {run} stopped by {by}: {why}"))?;
        Ok(outcome)
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
        // Before it is done: asked again, it would not be found.
        self.note(format_args!("Testrun {run} to be deleted"))?;
        self.inner.delete(run).await
    }

    async fn reap(&self, limit: u32) -> StoreResult<Reaped> {
        self.inner.reap(limit).await
    }

    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        self.inner.prune(retention, limit).await
    }

    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>> {
        self.inner.put_blobs(blobs).await
    }
}
