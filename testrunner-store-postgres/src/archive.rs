//! The ledger as one that is copied.

use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::store::{Archive, EventLimit, Numbers, Record, StoreError, StoreResult, Timing};
use testrunner_core::{Digest, Event, ItemId, Seq, TestrunId};

use crate::database::Lane;
use crate::sql::archive::{numbers, part, record, timings};
use crate::store::PostgresStore;
use crate::verbs::archive::{Loose, MissChanges, OfPart, Put, PutTimings, Reserve};

#[async_trait]
impl Archive for PostgresStore {
    async fn numbers(&self) -> StoreResult<Numbers> {
        self.read(|conn| Box::pin(numbers::newest(conn))).await
    }

    async fn reserve(&self, numbers: Numbers) -> StoreResult<()> {
        self.writer().call(Reserve(numbers)).await
    }

    async fn record(&self, run: TestrunId) -> StoreResult<Record> {
        let moment = self
            .shared
            .database
            .moment(Lane::Short, move |conn, _| Box::pin(async move { record::read(conn, run).await }));
        moment.await?.ok_or_else(|| StoreError::no_testrun(run))
    }

    async fn holders(&self, items: &[ItemId]) -> StoreResult<Vec<(ItemId, TestrunId)>> {
        let items = items.to_vec();
        self.read(move |conn| Box::pin(async move { numbers::holders(conn, &items).await })).await
    }

    async fn lacking(&self, digests: &[Digest]) -> StoreResult<Vec<Digest>> {
        let digests = digests.to_vec();
        self.read(move |conn| Box::pin(async move { numbers::lacking(conn, &digests).await })).await
    }

    async fn parts(&self) -> StoreResult<Vec<TestrunId>> {
        self.read(|conn| Box::pin(part::all(conn))).await
    }

    async fn part(&self, run: TestrunId, after: Seq, limit: EventLimit) -> StoreResult<Vec<Event>> {
        self.read(move |conn| Box::pin(async move { part::page(conn, run, after, limit).await })).await
    }

    async fn put_part(&self, run: TestrunId, after: Seq, events: &[Event]) -> StoreResult<()> {
        self.writer().call(OfPart(run, Loose::Add(after, events.to_vec()))).await
    }

    async fn drop_part(&self, run: TestrunId) -> StoreResult<()> {
        self.writer().call(OfPart(run, Loose::Remove)).await
    }

    async fn put(&self, record: &Record, after: Seq, tail: &[Event]) -> StoreResult<()> {
        self.writer().call(Put { record: Arc::new(record.clone()), after, tail: tail.to_vec() }).await
    }

    async fn take_apart(&self, run: TestrunId, last_seq: Seq) -> StoreResult<()> {
        self.writer().call(OfPart(run, Loose::TakeApart(last_seq))).await
    }

    async fn timings(&self, after: (&str, &str), limit: u32) -> StoreResult<Vec<Timing>> {
        let (suite, path) = (after.0.to_owned(), after.1.to_owned());
        let page =
            self.read(move |conn| Box::pin(async move { timings::page(conn, (&suite, &path), limit).await }));
        page.await
    }

    async fn put_timings(&self, timings: &[Timing]) -> StoreResult<()> {
        self.writer().call(PutTimings(timings.to_vec())).await
    }

    async fn miss_changes(&self, known: u64) -> StoreResult<()> {
        self.writer().call(MissChanges(known)).await
    }
}
