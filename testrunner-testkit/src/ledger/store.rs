//! The ledger as a store, so that the suite can be run over it and over its mutants.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::doorbell::{Doorbell, LocalBell};
use testrunner_core::store::{
    Appended, Backlog, Batch, CaseQuery, CaseRecord, ChangePage, ClaimRequest, Claimed, Created, EventLimit,
    EventPage, Finished, History, LeaseStatus, ListPage, ListQuery, NewTestrun, Outcome, Reaped, Retention,
    StatusCounts, StopOutcome, StoreCaps, StoreResult, Usage, WorkerNotice, WorkerRecord,
};
use testrunner_core::testrun::{FileRecord, StopWhy};
use testrunner_core::{
    Clock, Digest, Item, LeaseKey, ProcessId, Seq, Store, Testrun, TestrunId, Timestamp, WorkStore, WorkerId,
};

use super::{Ledger, Mutant};

/// A [`Ledger`] behind a lock, with a clock. Clones share it.
#[derive(Clone)]
pub struct LedgerStore {
    ledger: Arc<Mutex<Ledger>>,
    clock: Arc<dyn Clock>,
    bell: LocalBell,
    process: ProcessId,
    mutant: Option<Mutant>,
}

impl LedgerStore {
    /// An empty ledger that does what it should.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with(clock, None)
    }

    /// An empty ledger that makes one mistake.
    #[must_use]
    pub fn mutated(clock: Arc<dyn Clock>, mutant: Mutant) -> Self {
        Self::with(clock, Some(mutant))
    }

    fn with(clock: Arc<dyn Clock>, mutant: Option<Mutant>) -> Self {
        let process = ProcessId::unique();
        let ledger = Ledger { mutant, ..Ledger::new(process.clone()) };
        Self { ledger: Arc::new(Mutex::new(ledger)), clock, bell: LocalBell::new(), process, mutant }
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call. Others get their turn before it, as they would where a call takes time.
    async fn call<T>(&self, verb: impl FnOnce(&mut Ledger, Timestamp) -> T + Send) -> T {
        tokio::task::yield_now().await;
        let now = self.clock.now();
        verb(&mut self.lock(), now)
    }
}

impl fmt::Debug for LedgerStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerStore").field("mutant", &self.mutant).finish_non_exhaustive()
    }
}

impl fmt::Display for LedgerStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mutant {
            Some(mutant) => write!(f, "ledger with {mutant}"),
            None => f.write_str("ledger"),
        }
    }
}

#[async_trait]
impl WorkStore for LedgerStore {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        Ok(self.call(|ledger, now| ledger.claim(now, request)).await)
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        Ok(self.call(|ledger, now| ledger.renew(now, keys, ttl)).await)
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        self.call(|ledger, now| ledger.append(now, key, batch)).await
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        self.call(|ledger, now| ledger.finish(now, key, tail, outcome)).await
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        self.call(|ledger, _| ledger.files(run)).await
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.call(|ledger, now| ledger.announce(now, worker)).await;
        Ok(())
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.call(|ledger, _| ledger.depart(worker)).await;
        Ok(())
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        self.call(|ledger, _| ledger.blob(digest)).await
    }
}

#[async_trait]
impl Store for LedgerStore {
    fn caps(&self) -> StoreCaps {
        StoreCaps { durable: false, multi_process: false, multi_host: false }
    }

    fn process(&self) -> ProcessId {
        self.process.clone()
    }

    fn doorbell(&self) -> Arc<dyn Doorbell> {
        Arc::new(self.bell.clone())
    }

    async fn create(&self, new: &NewTestrun) -> StoreResult<Created> {
        self.call(|ledger, now| ledger.create(now, new)).await
    }

    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>> {
        Ok(self.call(|ledger, _| ledger.keyed(username, key)).await)
    }

    async fn get(&self, run: TestrunId) -> StoreResult<Testrun> {
        self.call(|ledger, _| ledger.get(run)).await
    }

    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage> {
        Ok(self.call(|ledger, _| ledger.list(query)).await)
    }

    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts> {
        Ok(self.call(|ledger, _| ledger.counts(query)).await)
    }

    async fn backlog(&self, limit: u32) -> StoreResult<Backlog> {
        Ok(self.call(|ledger, now| ledger.backlog(now, limit)).await)
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        Ok(self.call(|ledger, _| ledger.changes(after, limit)).await)
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        Ok(self.call(|ledger, now| ledger.workers(now)).await)
    }

    async fn usage(&self) -> StoreResult<Usage> {
        Ok(self.call(|ledger, _| ledger.usage()).await)
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        self.call(|ledger, _| ledger.items(run)).await
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        self.call(|ledger, _| ledger.events(run, after, limit)).await
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        self.call(|ledger, _| ledger.cases(run, query)).await
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        Ok(self.call(|ledger, _| ledger.history(suite, paths)).await)
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        self.call(|ledger, now| ledger.request_stop(now, run, why, by)).await
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
        self.call(|ledger, now| ledger.delete(now, run)).await
    }

    async fn reap(&self, limit: u32) -> StoreResult<Reaped> {
        if self.mutant == Some(Mutant::ReapInTwoSteps) {
            let seen = self.call(|ledger, now| ledger.overdue(now, limit)).await;
            // Whatever happens here is not seen.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            return Ok(self.call(|ledger, now| ledger.take_back(now, &seen)).await);
        }
        Ok(self.call(|ledger, now| ledger.reap(now, limit)).await)
    }

    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        Ok(self.call(|ledger, now| ledger.prune(now, retention, limit)).await)
    }

    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>> {
        Ok(self.call(|ledger, now| ledger.put_blobs(now, blobs)).await)
    }
}
