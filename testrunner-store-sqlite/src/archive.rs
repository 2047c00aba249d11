//! The ledger as one that is copied.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::{ConnectOptions as _, Connection as _};
use testrunner_core::store::{Archive, EventLimit, Numbers, Record, StoreError, StoreResult, Timing};
use testrunner_core::{Digest, Event, ItemId, Seq, TestrunId};

use crate::error::{Error, Result};
use crate::open;
use crate::sql::archive::{numbers, part, record, timings};
use crate::store::SqliteStore;
use crate::verbs::archive::{Loose, MissChanges, Put, PutTimings, Reserve};

/// How long others may hold the file while events wait to be put.
const PATIENCE: Duration = Duration::from_secs(60);

impl SqliteStore {
    /// Events come before the Testrun that they refer to, which the other connections do not allow.
    async fn loose(&self, run: TestrunId, what: Loose<'_>) -> StoreResult<()> {
        let options = open::connect_options(&self.shared.path).foreign_keys(false).busy_timeout(PATIENCE);
        let mut conn = self.told(options.connect().await.map_err(Error::from))?;
        let done = begin(&mut conn, run, what).await;
        // Whatever was not committed is undone with the connection.
        let _ = conn.close().await;
        self.told(done)
    }
}

async fn begin(conn: &mut sqlx::SqliteConnection, run: TestrunId, what: Loose<'_>) -> Result<()> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    what.run(conn, run).await?;
    sqlx::query("COMMIT").execute(conn).await?;
    Ok(())
}

#[async_trait]
impl Archive for SqliteStore {
    async fn numbers(&self) -> StoreResult<Numbers> {
        let mut tx = self.moment().await?;
        self.told(numbers::newest(&mut tx).await)
    }

    async fn reserve(&self, numbers: Numbers) -> StoreResult<()> {
        self.writer.call(&self.shared, Reserve(numbers)).await
    }

    async fn record(&self, run: TestrunId) -> StoreResult<Record> {
        let mut tx = self.moment().await?;
        self.told(record::read(&mut tx, run).await)?.ok_or_else(|| StoreError::no_testrun(run))
    }

    async fn holders(&self, items: &[ItemId]) -> StoreResult<Vec<(ItemId, TestrunId)>> {
        let mut conn = self.reader().await?;
        self.told(numbers::holders(&mut conn, items).await)
    }

    async fn lacking(&self, digests: &[Digest]) -> StoreResult<Vec<Digest>> {
        let mut conn = self.reader().await?;
        self.told(numbers::lacking(&mut conn, digests).await)
    }

    async fn parts(&self) -> StoreResult<Vec<TestrunId>> {
        let mut conn = self.reader().await?;
        self.told(part::all(&mut conn).await)
    }

    async fn part(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<Vec<Event>> {
        let mut conn = self.reader().await?;
        self.told(part::page(&mut conn, run, after, limit).await)
    }

    async fn put_part(&self, run: TestrunId, after: Seq, events: &[Event]) -> StoreResult<()> {
        self.loose(run, Loose::Add(after, events)).await
    }

    async fn drop_part(&self, run: TestrunId) -> StoreResult<()> {
        self.loose(run, Loose::Remove).await
    }

    async fn put(&self, record: &Record, after: Seq, tail: &[Event]) -> StoreResult<()> {
        let put = Put { record: Arc::new(record.clone()), after, tail: tail.to_vec() };
        self.writer.call(&self.shared, put).await
    }

    async fn take_apart(&self, run: TestrunId, last_seq: Seq) -> StoreResult<()> {
        self.loose(run, Loose::TakeApart(last_seq)).await
    }

    async fn timings(&self, after: (&str, &str), limit: u32) -> StoreResult<Vec<Timing>> {
        let mut conn = self.reader().await?;
        self.told(timings::page(&mut conn, after, limit).await)
    }

    async fn put_timings(&self, timings: &[Timing]) -> StoreResult<()> {
        self.writer.call(&self.shared, PutTimings(timings.to_vec())).await
    }

    async fn miss_changes(&self, known: u64) -> StoreResult<()> {
        self.writer.call(&self.shared, MissChanges(known)).await
    }
}
