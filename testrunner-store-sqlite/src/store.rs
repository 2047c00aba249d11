//! [`SqliteStore`]: the ports of core, each verb in a line or two. Writes go to the writer, reads to a reader.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, Transaction};
use testrunner_core::doorbell::Doorbell;
use testrunner_core::rules::{End, Report};
use testrunner_core::store::{
    Appended, Backlog, Batch, CaseQuery, CaseRecord, ChangePage, ClaimRequest, Claimed, Created, EventLimit,
    EventPage, Finished, History, LeaseStatus, ListPage, ListQuery, NewTestrun, Outcome, Reaped, Retention,
    StatusCounts, StopOutcome, Store, StoreCaps, StoreError, StoreErrorKind, StoreResult, Usage, WorkStore,
    WorkerNotice, WorkerRecord,
};
use testrunner_core::testrun::{FileRecord, StopWhy};
use testrunner_core::{
    Clock, Digest, Item, LeaseKey, ProcessId, Seq, Testrun, TestrunId, Timestamp, WorkerId,
};

use crate::bell::SqliteBell;
use crate::copy::{self, Existing};
use crate::error::{Error, Result};
use crate::handover::Handover;
use crate::open;
use crate::options::SqliteOptions;
use crate::presence::Presence;
use crate::readers::{Lane, Readers};
use crate::reports::Inbox;
use crate::sql::claims::Filter;
use crate::sql::{
    backlog, blobs, cases, changes, claims, events, files, items, listing, runs, space, summaries, timings,
    workers,
};
use crate::verbs::blobs::PutBlobs;
use crate::verbs::claim::{self, Claim};
use crate::verbs::create::Create;
use crate::verbs::delete::{Delete, Prune};
use crate::verbs::reap::{self, Reap, Scope};
use crate::verbs::renew::Renew;
use crate::verbs::stop::Stop;
use crate::verbs::workers::{Announce, Depart};
use crate::writer::Writer;

/// Most bytes that one call of `put_blobs` may carry.
const PUT_BYTES: usize = 512 << 20;

/// What the parts of one open store have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) presence: Presence,
    pub(crate) bell: Arc<SqliteBell>,
}

/// The ledger in one SQLite file. Clones share their connections; any number of processes of one machine may
/// have the same file open.
///
/// It works on the runtime that it was opened on. When the last clone is dropped, what was begun is finished in
/// the background; [`close`](Self::close) waits for it.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pub(crate) shared: Arc<Shared>,
    pub(crate) writer: Writer,
    readers: Readers,
    inbox: Inbox,
}

impl SqliteStore {
    /// Opens the database at this path with the default settings, and creates it when it is not there.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub async fn open(path: impl AsRef<Path> + Send) -> StoreResult<Self> {
        Self::options().open(path).await
    }

    /// Settings to open a store with.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    pub(crate) fn new(shared: Arc<Shared>, writer: Writer, readers: Readers) -> Self {
        Self { shared, writer, readers, inbox: Inbox::default() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.shared.path
    }

    /// Does what waits, closes all connections and gives up this process's name: Testruns that are pinned to it
    /// are ended by whoever opens the file next. Also closes the clones.
    pub async fn close(&self) {
        self.shared.bell.close();
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Looks through the whole file for damage. Takes as long as reading it.
    ///
    /// # Errors
    /// `Corrupt` with the first findings, `Unavailable`.
    pub async fn check(&self) -> StoreResult<()> {
        let mut conn = self.told(self.readers.one(Lane::Scan).await)?;
        let found = sqlx::query_scalar("PRAGMA integrity_check(10)").fetch_all(&mut *conn).await;
        let found: Vec<String> = self.told(found.map_err(Error::from))?;
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *conn).await;
        let orphans = self.told(orphans.map_err(Error::from))?;
        if found == ["ok"] && orphans.is_empty() {
            return Ok(());
        }
        let what = format!("{}; {} rows without their Testrun", found.join("; "), orphans.len());
        self.told(Err(Error::Row(what)))
    }

    /// Copies the whole ledger, as it is at this moment, to a new file that can be opened as a store. Others may
    /// write meanwhile. The file is there when it is whole and on disk, or not at all.
    ///
    /// # Errors
    /// `Conflict` when there is a file of this name, `Unavailable` when there is no room or the folder cannot be
    /// written to.
    pub async fn backup(&self, to: &Path) -> StoreResult<()> {
        if to.exists() {
            let message = format!("{} exists already; name another file for the backup", to.display());
            return Err(StoreError::new(StoreErrorKind::Conflict, message));
        }
        // The readers may not write, also not to another file.
        let connected = open::connect_options(&self.shared.path).connect().await;
        let mut conn = self.told(connected.map_err(Error::from))?;
        let copied = copy::copy(&mut conn, to, Existing::Keep).await;
        let _ = conn.close().await;
        self.told(copied)
    }

    #[cfg(test)]
    pub(crate) const fn readers(&self) -> &Readers {
        &self.readers
    }

    /// Ends what belonged to processes that are gone.
    pub(crate) async fn end_orphans(&self, conn: &mut SqliteConnection) -> StoreResult<()> {
        loop {
            let reap = Reap { scope: Scope::Dead, limit: 1_000 };
            let found = reap::survey(conn, self.now(), &self.shared.presence, &reap).await;
            if self.told(found)?.is_empty() {
                return Ok(());
            }
            self.writer.call(&self.shared, reap).await?;
        }
    }

    /// Removes the signs of life of the dead.
    pub(crate) fn tidy(&self) {
        self.shared.presence.tidy();
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    pub(crate) async fn reader(&self) -> StoreResult<PoolConnection<Sqlite>> {
        self.told(self.readers.one(Lane::Short).await)
    }

    /// For several reads that are to see one moment.
    pub(crate) async fn moment(&self) -> StoreResult<Transaction<'static, Sqlite>> {
        self.told(self.readers.moment(Lane::Short).await)
    }

    /// The adapter's errors as the caller sees them.
    pub(crate) fn told<T>(&self, result: Result<T>) -> StoreResult<T> {
        result.map_err(|error| error.into_store(&self.shared.path))
    }

    /// What was found, or `NotFound` when there is no such Testrun.
    async fn or_missing<T>(
        &self,
        conn: &mut SqliteConnection,
        run: TestrunId,
        found: Result<Vec<T>>,
    ) -> StoreResult<Vec<T>> {
        let found = self.told(found)?;
        if found.is_empty() && !self.told(runs::exists(conn, run).await)? {
            return Err(StoreError::no_testrun(run));
        }
        Ok(found)
    }
}

impl fmt::Display for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SQLite at {}", self.shared.path.display())
    }
}

#[async_trait]
impl WorkStore for SqliteStore {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        let filter = Filter::new(&request.executors, request.shared, request.process.as_ref());
        let filter = self.told(filter)?;
        // Most polls find nothing: those never ask for the write lock.
        let mut conn = self.reader().await?;
        let now = self.now();
        let waiting = claim::candidates(&mut conn, now, request, &filter).await;
        if self.told(waiting)?.is_empty() {
            let next = self.told(claims::next_due(&mut conn, now, &filter).await)?;
            return Ok(Claimed { leases: Vec::new(), next_ready_in: next.map(|at| at.since(now)) });
        }
        drop(conn);
        // Only who says that it lives in this process dies with it; a lease handed on to another machine does not.
        let process = request.process.clone().filter(|process| process == self.shared.presence.id());
        let claim = Claim { request: request.clone(), filter, process };
        let claimed = self.writer.call(&self.shared, Handover::new(claim, self.writer.downgrade())).await?;
        Ok(claimed.accept())
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.writer.call_first(&self.shared, Renew { keys: keys.to_vec(), ttl }).await
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        let report = Report { key, from_n: batch.from_n, events: batch.events.to_vec(), end: None };
        Ok(self.inbox.report(&self.writer, &self.shared, report).await?.appended())
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        let end = Some(End { outcome: outcome.clone(), claim: None });
        let report = Report { key, from_n: tail.from_n, events: tail.events.to_vec(), end };
        Ok(self.inbox.report(&self.writer, &self.shared, report).await?.finished())
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        let mut conn = self.reader().await?;
        let found = files::of_run(&mut conn, run).await;
        self.or_missing(&mut conn, run, found).await
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.writer.call(&self.shared, Announce(worker.clone())).await
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.writer.call(&self.shared, Depart(worker.clone())).await
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        let mut conn = self.reader().await?;
        let found = self.told(blobs::get(&mut conn, digest).await)?;
        let missing = || StoreError::new(StoreErrorKind::NotFound, format!("there are no bytes {digest}"));
        let bytes = found.ok_or_else(missing)?;
        if Digest::of(&bytes) != digest {
            return self.told(Err(Error::Row(format!("the bytes {digest} are not what was stored"))));
        }
        Ok(bytes)
    }
}

#[async_trait]
impl Store for SqliteStore {
    fn caps(&self) -> StoreCaps {
        StoreCaps { durable: true, multi_process: true, multi_host: false }
    }

    fn process(&self) -> ProcessId {
        self.shared.presence.id().clone()
    }

    fn doorbell(&self) -> Arc<dyn Doorbell> {
        Arc::clone(&self.shared.bell) as Arc<dyn Doorbell>
    }

    async fn create(&self, new: &NewTestrun) -> StoreResult<Created> {
        self.writer.call(&self.shared, Create(Arc::new(new.clone()))).await
    }

    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>> {
        let mut conn = self.reader().await?;
        let found = self.told(runs::by_key(&mut conn, username, key).await)?;
        Ok(found.map(|(run, _)| run))
    }

    async fn get(&self, run: TestrunId) -> StoreResult<Testrun> {
        let mut tx = self.moment().await?;
        let summary = self.told(summaries::get(&mut tx, run).await)?;
        let summary = summary.ok_or_else(|| StoreError::no_testrun(run))?;
        let files = self.told(files::of_run(&mut tx, run).await)?;
        Ok(Testrun { summary, files })
    }

    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage> {
        let mut tx = self.told(self.readers.moment(Lane::of(query)).await)?;
        self.told(summaries::list(&mut tx, query).await)
    }

    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts> {
        let mut conn = self.told(self.readers.one(Lane::of(query)).await)?;
        self.told(listing::counts(&mut conn, query).await)
    }

    async fn backlog(&self, limit: u32) -> StoreResult<Backlog> {
        let mut tx = self.moment().await?;
        self.told(backlog::read(&mut tx, self.now(), limit).await)
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        let mut tx = self.moment().await?;
        self.told(changes::page(&mut tx, after, limit).await)
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        let mut conn = self.reader().await?;
        self.told(workers::listed(&mut conn, self.now()).await)
    }

    async fn usage(&self) -> StoreResult<Usage> {
        let mut tx = self.moment().await?;
        let used = self.told(space::used(&mut tx).await)?;
        let unused = self.told(blobs::unused(&mut tx).await)?;
        Ok(Usage { bytes: used.saturating_sub(unused) })
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        let mut conn = self.reader().await?;
        let found = items::of_run(&mut conn, run).await;
        self.or_missing(&mut conn, run, found).await
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        let mut conn = self.reader().await?;
        let page = self.told(events::page(&mut conn, run, after, limit).await)?;
        page.ok_or_else(|| StoreError::no_testrun(run))
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        let mut conn = self.reader().await?;
        let found = cases::list(&mut conn, run, query).await;
        self.or_missing(&mut conn, run, found).await
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        let mut conn = self.reader().await?;
        self.told(timings::history(&mut conn, suite, paths).await)
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        self.writer.call(&self.shared, Stop { run, why, by: by.to_owned() }).await
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
        self.writer.call(&self.shared, Delete(run)).await
    }

    async fn reap(&self, limit: u32) -> StoreResult<Reaped> {
        let reap = Reap { scope: Scope::All, limit };
        let mut conn = self.reader().await?;
        let found = reap::survey(&mut conn, self.now(), &self.shared.presence, &reap).await;
        drop(conn);
        let reaped = match self.told(found)?.is_empty() {
            true => Reaped::default(),
            false => self.writer.call(&self.shared, reap).await?,
        };
        self.tidy();
        Ok(reaped)
    }

    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        self.writer.call(&self.shared, Prune { retention: *retention, limit }).await
    }

    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>> {
        let size: usize = blobs.iter().map(Vec::len).sum();
        if size > PUT_BYTES {
            let message = format!("{size} bytes are more than one call takes; hand them in in parts");
            return Err(StoreError::new(StoreErrorKind::TooLarge, message));
        }
        let blobs = blobs.iter().map(|bytes| (Digest::of(bytes), bytes.clone())).collect();
        self.writer.call(&self.shared, PutBlobs(blobs)).await
    }
}
