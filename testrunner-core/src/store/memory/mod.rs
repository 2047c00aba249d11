//! The ledger in memory: for tests, for embedders whose batches need not outlive the process, and as the
//! reference that other stores are compared with.

mod backlog;
mod blobs;
mod changes;
mod claim;
mod create;
mod index;
mod janitor;
mod lease;
mod query;
mod read;
mod run;
mod state;
mod workers;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use self::state::State;
use super::{
    Appended, Backlog, Batch, CaseQuery, CaseRecord, ChangePage, ClaimRequest, Claimed, Created, EventLimit,
    EventPage, Finished, History, LeaseStatus, ListPage, ListQuery, NewTestrun, Outcome, Reaped, Retention,
    StatusCounts, StopOutcome, Store, StoreCaps, StoreResult, Usage, WorkStore, WorkerNotice, WorkerRecord,
};
use crate::clock::{Clock, SystemClock};
use crate::doorbell::{Doorbell, LocalBell};
use crate::id::{Digest, LeaseKey, ProcessId, Seq, TestrunId, WorkerId};
use crate::item::Item;
use crate::testrun::{FileRecord, StopWhy, Testrun};

/// A [`Store`] that forgets everything with its last clone. Clones share what is stored.
///
/// Nothing happens in it by itself: expired leases and deadlines are looked at by
/// [`reap`](Store::reap), time is read from its clock.
#[derive(Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    clock: Arc<dyn Clock>,
    bell: LocalBell,
    process: ProcessId,
}

impl MemoryStore {
    /// An empty store that reads the system's clock.
    #[must_use]
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// An empty store that reads this clock.
    #[must_use]
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let process = ProcessId::unique();
        let state = Arc::new(Mutex::new(State::new(process.clone())));
        Self { state, clock, bell: LocalBell::new(), process }
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One transaction: the verb checks everything before it changes anything.
    fn write<T>(&self, verb: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.index.now = self.clock.now();
        verb(&mut state)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("process", &self.process).finish_non_exhaustive()
    }
}

impl fmt::Display for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("memory")
    }
}

#[async_trait]
impl WorkStore for MemoryStore {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        Ok(self.write(|state| state.claim(request)))
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        Ok(self.write(|state| keys.iter().map(|key| state.renew(*key, ttl)).collect()))
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        self.write(|state| state.append(key, batch))
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        self.write(|state| state.finish(key, tail, outcome))
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        self.read(|state| Ok(state.run(run)?.files.clone()))
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.write(|state| state.announce(worker));
        Ok(())
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.write(|state| state.workers.remove(worker));
        Ok(())
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        self.read(|state| state.blobs.get(digest))
    }
}

#[async_trait]
impl Store for MemoryStore {
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
        self.write(|state| state.create(new))
    }

    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>> {
        let wanted = (username.to_owned(), key.to_owned());
        Ok(self.read(|state| state.keys.get(&wanted).map(|(_, run)| *run)))
    }

    async fn get(&self, run: TestrunId) -> StoreResult<Testrun> {
        self.read(|state| Ok(state.run(run)?.testrun()))
    }

    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage> {
        Ok(self.read(|state| state.list(query)))
    }

    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts> {
        Ok(self.read(|state| state.counts(query)))
    }

    async fn backlog(&self, limit: u32) -> StoreResult<Backlog> {
        Ok(self.write(|state| state.backlog(limit)))
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        Ok(self.read(|state| state.index.changes.page(after, limit)))
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        Ok(self.read(|state| state.workers(self.clock.now())))
    }

    async fn usage(&self) -> StoreResult<Usage> {
        Ok(self.read(State::usage))
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        self.read(|state| Ok(state.run(run)?.items.iter().map(|row| row.item.clone()).collect()))
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        self.read(|state| Ok(state.run(run)?.page(after, limit)))
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        self.read(|state| Ok(state.run(run)?.cases(query)))
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        Ok(self.read(|state| state.index.history_of(suite, paths)))
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        self.write(|state| state.request_stop(run, why, by))
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
        self.write(|state| state.delete(run))
    }

    async fn reap(&self, limit: u32) -> StoreResult<Reaped> {
        Ok(self.write(|state| state.reap(limit)))
    }

    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        Ok(self.write(|state| state.prune(retention, limit)))
    }

    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>> {
        Ok(self.write(|state| {
            let now = state.index.now;
            blobs.iter().map(|bytes| state.blobs.put(bytes, now)).collect()
        }))
    }
}
