//! One ledger by two ways: a worker's verbs go over HTTP, all others straight to the store.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use testrunner_client::RemoteStore;
use testrunner_core::doorbell::Doorbell;
use testrunner_core::store::{
    Appended, Backlog, Batch, CaseQuery, CaseRecord, ChangePage, ClaimRequest, Claimed, Created, EventLimit,
    EventPage, Finished, History, LeaseStatus, ListPage, ListQuery, NewTestrun, Outcome, Reaped, Retention,
    StatusCounts, StopOutcome, StoreCaps, StoreResult, Usage, WorkerNotice, WorkerRecord,
};
use testrunner_core::testrun::{FileRecord, StopWhy};
use testrunner_core::{
    Digest, EventBody, Item, LeaseKey, ProcessId, Seq, Store, StoreErrorKind, Testrun, TestrunId, WorkStore,
    WorkerId,
};

use super::fleet::{BOT, Fleet};

#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) remote: RemoteStore,
    /// Leases on directory Testruns, which are claimed by their own process beside the server.
    pinned: Mutex<HashSet<LeaseKey>>,
    _fleet: Fleet,
}

impl Over {
    pub(crate) fn new(inner: Arc<dyn Store>, remote: RemoteStore, fleet: Fleet) -> Self {
        Self { inner, remote, pinned: Mutex::default(), _fleet: fleet }
    }

    /// The way of a lease.
    fn way(&self, key: LeaseKey) -> &dyn WorkStore {
        let pinned = self.pinned.lock().unwrap_or_else(PoisonError::into_inner).contains(&key);
        if pinned { &*self.inner } else { &self.remote }
    }

    /// Whether a claim is about directories: nobody claims those over HTTP.
    async fn is_pinned(&self, request: &ClaimRequest) -> StoreResult<bool> {
        if request.process.is_none() {
            return Ok(false);
        }
        Ok(!request.shared || self.inner.backlog(10_000).await?.items.iter().any(|item| item.pinned))
    }
}

/// The name as the worker itself gave it.
fn own_name(worker: &mut WorkerId) {
    if let Some(name) = worker.0.strip_prefix(BOT).and_then(|name| name.strip_prefix('/')) {
        worker.0 = name.to_owned();
    }
}

impl fmt::Display for Over {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} over HTTP", self.inner)
    }
}

#[async_trait]
impl WorkStore for Over {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        if !self.is_pinned(request).await? {
            return self.remote.claim(request).await;
        }
        let claimed = self.inner.claim(request).await?;
        let mut pinned = self.pinned.lock().unwrap_or_else(PoisonError::into_inner);
        pinned.extend(claimed.leases.iter().map(|lease| lease.key));
        Ok(claimed)
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        let pinned = self.pinned.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if pinned.is_empty() {
            return self.remote.renew(keys, ttl).await;
        }
        let mut answers = Vec::new();
        for key in keys {
            answers.extend(self.way(*key).renew(&[*key], ttl).await?);
        }
        Ok(answers)
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        self.way(key).append(key, batch).await
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        self.way(key).finish(key, tail, outcome).await
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        match self.remote.files(run).await {
            // Asked by somebody who holds nothing of it.
            Err(error) if error.kind() == StoreErrorKind::NotFound => self.inner.files(run).await,
            answer => answer,
        }
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.remote.announce(worker).await
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.remote.depart(worker).await
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        match self.remote.blob(digest).await {
            Err(error) if error.kind() == StoreErrorKind::NotFound => self.inner.blob(digest).await,
            answer => answer,
        }
    }
}

#[async_trait]
impl Store for Over {
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
        self.inner.create(new).await
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
        let mut backlog = self.inner.backlog(limit).await?;
        backlog.items.iter_mut().filter_map(|item| item.worker.as_mut()).for_each(own_name);
        Ok(backlog)
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        self.inner.changes(after, limit).await
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        let mut workers = self.inner.workers().await?;
        workers.iter_mut().for_each(|record| own_name(&mut record.notice.id));
        Ok(workers)
    }

    async fn usage(&self) -> StoreResult<Usage> {
        self.inner.usage().await
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        let mut items = self.inner.items(run).await?;
        items.iter_mut().filter_map(|item| item.worker.as_mut()).for_each(own_name);
        Ok(items)
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        let mut page = self.inner.events(run, after, limit).await?;
        for event in &mut page.events {
            if let EventBody::ItemStarted { worker, .. } = &mut event.body {
                own_name(worker);
            }
        }
        Ok(page)
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        self.inner.cases(run, query).await
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        self.inner.history(suite, paths).await
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        self.inner.request_stop(run, why, by).await
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
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
