//! [`PostgresStore`]: the ports of core, each verb in a line or two. Writes go to the writer, reads to a connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sqlx::PgConnection;
use testrunner_core::doorbell::Doorbell;
use testrunner_core::rules::{End, Report};
use testrunner_core::store::{
    Appended, Backlog, Batch, CaseQuery, CaseRecord, ChangePage, ClaimRequest, Claimed, Created, EventLimit,
    EventPage, Finished, History, LeaseStatus, ListPage, ListQuery, NewTestrun, Outcome, Reaped, Retention,
    StatusCounts, StopOutcome, Store, StoreCaps, StoreError, StoreErrorKind, StoreResult, Usage, WorkStore,
    WorkerNotice, WorkerRecord,
};
use testrunner_core::testrun::{FileRecord, StopWhy};
use testrunner_core::{Digest, Item, LeaseKey, ProcessId, Seq, Testrun, TestrunId, WorkerId};

use crate::database::Lane;
use crate::error::{Error, Result};
use crate::handover::Handover;
use crate::options::PostgresOptions;
use crate::shared::Shared;
use crate::sql::claims::Filter;
use crate::sql::{
    backlog, blobs, cases, changes, events, files, health, items, listing, runs, space, summaries, timings,
    workers,
};
use crate::verbs::blobs::PutBlobs;
use crate::verbs::claim::Claim;
use crate::verbs::create::Create;
use crate::verbs::delete::{Delete, Prune, Tidy};
use crate::verbs::reap::{Reap, Scope};
use crate::verbs::renew::Renew;
use crate::verbs::stop::Stop;
use crate::verbs::workers::{Announce, Depart};
use crate::writer::Writer;

/// Most bytes that one call of `put_blobs` may carry.
const PUT_BYTES: usize = 512 << 20;
/// Testruns that are removed in one transaction.
const REMOVED_AT_ONCE: u64 = 100;

/// The ledger in one schema of a PostgreSQL database. Clones share their connections; any number of processes on any
/// number of machines may have the same schema open.
///
/// It works on the runtime that it was opened on. When the last clone is dropped, what was begun is finished in
/// the background; [`close`](Self::close) waits for it.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pub(crate) shared: Arc<Shared>,
    writer: Writer,
}

impl PostgresStore {
    /// Opens the database at this URL with the default settings, and makes schema and tables when they are not there.
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn open(url: &str) -> StoreResult<Self> {
        Self::options().open(url).await
    }

    /// Settings to open a store with.
    pub fn options() -> PostgresOptions {
        PostgresOptions::default()
    }

    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { writer: Writer::new(Arc::clone(&shared)), shared }
    }

    /// The schema that holds the tables.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.shared.database.settings.schema
    }

    /// Whether there is a proxy between that knows nothing of sessions; see [`PostgresOptions::pooled`].
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        self.shared.database.settings.pooled
    }

    /// Does what was begun, closes all connections and gives up this process's name: Testruns that are pinned to it
    /// are ended by whoever looks next. Also closes the clones.
    pub async fn close(&self) {
        self.writer.close().await;
        self.shared.close().await;
    }

    /// Looks through everything for what does not fit together. Takes as long as reading it.
    ///
    /// # Errors
    /// `Corrupt` with the findings, `Unavailable`.
    pub async fn check(&self) -> StoreResult<()> {
        let check = self.shared.database.moment(Lane::Scan, |conn, _| Box::pin(health::findings(conn)));
        let found = check.await?;
        if found.is_empty() {
            return Ok(());
        }
        Err(Error::Row(found.join("; ")).into_store(&self.shared.database.settings.place))
    }

    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// Ends what belonged to processes that are gone.
    pub(crate) async fn end_orphans(&self) -> StoreResult<()> {
        const AT_ONCE: u32 = 1_000;
        while !self.writer.call(Reap { scope: Scope::Dead, limit: AT_ONCE }).await?.touched.is_empty() {}
        Ok(())
    }

    pub(crate) async fn read<T, F>(&self, read: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        self.shared.database.read(Lane::Short, read).await
    }
}

/// What was found, or `NotFound` when there is no such Testrun.
async fn or_missing<T>(conn: &mut PgConnection, run: TestrunId, found: Vec<T>) -> Result<Vec<T>> {
    if found.is_empty() && !runs::exists(conn, run).await? {
        return Err(StoreError::no_testrun(run).into());
    }
    Ok(found)
}

impl fmt::Display for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.shared.database.settings;
        write!(f, "PostgreSQL at {}, schema {}", settings.place, settings.schema)
    }
}

#[async_trait]
impl WorkStore for PostgresStore {
    async fn claim(&self, request: &ClaimRequest) -> StoreResult<Claimed> {
        let filter = Filter::new(&request.executors, request.shared, request.process.as_ref());
        // Only who says that it lives in this process dies with it; a lease handed on to another machine does not.
        let process = request.process.clone().filter(|process| process == self.shared.presence.id());
        let claim = Claim { request: request.clone(), filter, process };
        let claimed = self.writer.call(Handover::new(claim, self.writer.downgrade())).await?.accept();
        self.shared.lanes.learn(&claimed);
        Ok(claimed)
    }

    async fn renew(&self, keys: &[LeaseKey], ttl: Duration) -> StoreResult<Vec<LeaseStatus>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.writer.call(Renew { keys: keys.to_vec(), ttl }).await
    }

    async fn append(&self, key: LeaseKey, batch: Batch<'_>) -> StoreResult<Appended> {
        let report = Report { key, from_n: batch.from_n, events: batch.events.to_vec(), end: None };
        Ok(self.writer.report(report).await?.appended())
    }

    async fn finish(&self, key: LeaseKey, tail: Batch<'_>, outcome: &Outcome) -> StoreResult<Finished> {
        let end = Some(End { outcome: outcome.clone(), claim: None });
        let report = Report { key, from_n: tail.from_n, events: tail.events.to_vec(), end };
        Ok(self.writer.report(report).await?.finished())
    }

    async fn files(&self, run: TestrunId) -> StoreResult<Vec<FileRecord>> {
        let read = self.read(move |conn| {
            Box::pin(async move {
                let found = files::of_run(conn, run).await?;
                or_missing(conn, run, found).await
            })
        });
        read.await
    }

    async fn announce(&self, worker: &WorkerNotice) -> StoreResult<()> {
        self.writer.call(Announce(worker.clone())).await
    }

    async fn depart(&self, worker: &WorkerId) -> StoreResult<()> {
        self.writer.call(Depart(worker.clone())).await
    }

    async fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        let read = self.read(move |conn| {
            Box::pin(async move {
                let missing =
                    || StoreError::new(StoreErrorKind::NotFound, format!("there are no bytes {digest}"));
                let bytes = blobs::get(conn, digest).await?.ok_or_else(missing)?;
                if Digest::of(&bytes) != digest {
                    return Err(Error::Row(format!("the bytes {digest} are not what was stored")));
                }
                Ok(bytes)
            })
        });
        read.await
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn caps(&self) -> StoreCaps {
        StoreCaps { durable: true, multi_process: true, multi_host: true }
    }

    fn process(&self) -> ProcessId {
        self.shared.presence.id().clone()
    }

    fn doorbell(&self) -> Arc<dyn Doorbell> {
        Arc::clone(&self.shared.bell) as Arc<dyn Doorbell>
    }

    async fn create(&self, new: &NewTestrun) -> StoreResult<Created> {
        self.writer.call(Create(Arc::new(new.clone()))).await
    }

    async fn keyed(&self, username: &str, key: &str) -> StoreResult<Option<TestrunId>> {
        if username.contains('\0') || key.contains('\0') {
            return Ok(None);
        }
        let (username, key) = (username.to_owned(), key.to_owned());
        let read = self.read(move |conn| Box::pin(async move { runs::by_key(conn, &username, &key).await }));
        Ok(read.await?.map(|(run, _)| run))
    }

    async fn get(&self, run: TestrunId) -> StoreResult<Testrun> {
        let moment = self.shared.database.moment(Lane::Short, move |conn, _| {
            Box::pin(async move {
                let summary = summaries::get(conn, run).await?.ok_or_else(|| StoreError::no_testrun(run))?;
                Ok(Testrun { summary, files: files::of_run(conn, run).await? })
            })
        });
        moment.await
    }

    async fn list(&self, query: &ListQuery) -> StoreResult<ListPage> {
        let asked = query.clone();
        let moment = self.shared.database.moment(Lane::of(query), move |conn, _| {
            Box::pin(async move { summaries::list(conn, &asked).await })
        });
        moment.await
    }

    async fn counts(&self, query: &ListQuery) -> StoreResult<StatusCounts> {
        let asked = query.clone();
        let read = self
            .shared
            .database
            .read(Lane::of(query), move |conn| Box::pin(async move { listing::counts(conn, &asked).await }));
        read.await
    }

    async fn backlog(&self, limit: u32) -> StoreResult<Backlog> {
        let moment = self.shared.database.moment(Lane::Short, move |conn, now| {
            Box::pin(async move { backlog::read(conn, now, limit).await })
        });
        moment.await
    }

    async fn changes(&self, after: u64, limit: u32) -> StoreResult<ChangePage> {
        let moment = self.shared.database.moment(Lane::Short, move |conn, _| {
            Box::pin(async move { changes::page(conn, after, limit).await })
        });
        moment.await
    }

    async fn workers(&self) -> StoreResult<Vec<WorkerRecord>> {
        let moment = self
            .shared
            .database
            .moment(Lane::Short, |conn, now| Box::pin(async move { workers::listed(conn, now).await }));
        moment.await
    }

    async fn usage(&self) -> StoreResult<Usage> {
        let bytes = self.shared.database.read(Lane::Scan, |conn| Box::pin(space::used(conn))).await?;
        Ok(Usage { bytes })
    }

    async fn items(&self, run: TestrunId) -> StoreResult<Vec<Item>> {
        let read = self.read(move |conn| {
            Box::pin(async move {
                let found = items::of_run(conn, run).await?;
                or_missing(conn, run, found).await
            })
        });
        read.await
    }

    async fn events(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<EventPage> {
        let read =
            self.read(move |conn| Box::pin(async move { events::page(conn, run, after, limit).await }));
        read.await?.ok_or_else(|| StoreError::no_testrun(run))
    }

    async fn cases(&self, run: TestrunId, query: &CaseQuery) -> StoreResult<Vec<CaseRecord>> {
        let query = *query;
        let read = self.read(move |conn| {
            Box::pin(async move {
                let found = cases::list(conn, run, &query).await?;
                or_missing(conn, run, found).await
            })
        });
        read.await
    }

    async fn history(&self, suite: &str, paths: &[String]) -> StoreResult<History> {
        let (suite, mut paths) = (suite.to_owned(), paths.to_vec());
        // What cannot have been stored is not known.
        paths.retain(|path| !path.contains('\0'));
        if suite.contains('\0') {
            return Ok(History::new());
        }
        self.read(move |conn| Box::pin(async move { timings::history(conn, &suite, &paths).await })).await
    }

    async fn request_stop(&self, run: TestrunId, why: StopWhy, by: &str) -> StoreResult<StopOutcome> {
        self.writer.call(Stop { run, why, by: by.to_owned() }).await
    }

    async fn delete(&self, run: TestrunId) -> StoreResult<()> {
        self.writer.call(Delete(run)).await
    }

    async fn reap(&self, limit: u32) -> StoreResult<Reaped> {
        self.writer.call(Reap { scope: Scope::All, limit }).await
    }

    async fn prune(&self, retention: &Retention, limit: u32) -> StoreResult<u64> {
        // First, so that no Testrun has to go for bytes that nobody has.
        self.writer.call(Tidy).await?;
        let mut removed = 0;
        loop {
            // In parts, each a transaction: nobody else waits for all of it.
            let part = REMOVED_AT_ONCE.min(u64::from(limit) - removed);
            let gone = self.writer.call(Prune { retention: *retention, limit: part }).await?;
            removed += gone;
            if gone < part || removed == u64::from(limit) {
                return Ok(removed);
            }
        }
    }

    async fn put_blobs(&self, blobs: &[Vec<u8>]) -> StoreResult<Vec<Digest>> {
        let size: usize = blobs.iter().map(Vec::len).sum();
        if size > PUT_BYTES {
            let message = format!("{size} bytes are more than one call takes; hand them in in parts");
            return Err(StoreError::new(StoreErrorKind::TooLarge, message));
        }
        let blobs = blobs.iter().map(|bytes| (Digest::of(bytes), bytes.clone())).collect();
        self.writer.call(PutBlobs(blobs)).await
    }
}
