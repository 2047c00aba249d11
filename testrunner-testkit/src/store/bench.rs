//! A store with its clock, and the verbs in the short forms that cases use.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::event::NewEvent;
use testrunner_core::store::{
    Appended, Assignment, Batch, ClaimRequest, EventLimit, Finished, LeaseStatus, ListQuery, NewTestrun,
    Outcome, Reaped, StopOutcome, StoreResult,
};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{
    Event, FileOutcome, Item, LeaseKey, ManualClock, Seq, Store, StoreErrorKind, Testrun, TestrunId,
};

use super::factory::{self, TTL, claim_by};
use super::{Dump, StoreHarness};

/// A fresh store and the hand on its clock. Clones are the same bench.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// Its time.
    pub clock: ManualClock,
}

impl Bench {
    /// An empty store.
    pub async fn new(harness: &impl StoreHarness) -> Self {
        let clock = ManualClock::default();
        Self { store: harness.fresh(clock.clone()).await, clock }
    }

    /// The same ledger by another handle, as another process would have it.
    pub async fn reopen(&self, harness: &impl StoreHarness) -> Self {
        Self { store: harness.reopen(self.clock.clone()).await, clock: self.clock.clone() }
    }

    /// Whether the store promises this; says so where it does not and the case ends early.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "a skipped case is to be seen")]
    pub fn promises(&self, cap: &str, promised: bool) -> bool {
        if !promised {
            eprintln!("skipped: {} does not declare {cap}", self.store);
        }
        promised
    }

    /// Stores a Testrun, its bytes first.
    pub async fn submit(&self, new: &NewTestrun) -> Testrun {
        self.store.put_blobs(&[factory::CONTENT.to_vec()]).await.expect("put_blobs");
        let created = self.store.create(new).await.expect("create");
        assert!(!created.existed, "a new Testrun");
        assert_eq!(created.tickets.len(), new.items.len(), "a ticket for each item");
        created.run
    }

    /// As the store has it now.
    pub async fn get(&self, run: TestrunId) -> Testrun {
        self.store.get(run).await.expect("get")
    }

    /// Its items.
    pub async fn items(&self, run: TestrunId) -> Vec<Item> {
        self.store.items(run).await.expect("items")
    }

    /// Its only item, or its first.
    pub async fn item(&self, run: TestrunId) -> Item {
        self.items(run).await.swap_remove(0)
    }

    /// Its whole log.
    pub async fn log(&self, run: TestrunId) -> Vec<Event> {
        let mut all: Vec<Event> = Vec::new();
        loop {
            let after = all.last().map_or(Seq(0), |event| event.seq);
            let page = self.store.events(run, after, EventLimit::default()).await.expect("events");
            if page.events.is_empty() {
                return all;
            }
            let first = page.events[0].seq;
            assert!(
                first > after,
                "event {first} of Testrun {run} was read after {after}: a reader goes round"
            );
            all.extend(page.events);
        }
    }

    /// Claims as asked.
    pub async fn claim_as(&self, request: &ClaimRequest) -> Vec<Assignment> {
        self.store.claim(request).await.expect("claim").leases
    }

    /// Claims up to `max` shared items.
    pub async fn claim(&self, worker: &str, max: u32) -> Vec<Assignment> {
        self.claim_as(&claim_by(worker, max)).await
    }

    /// Claims the next item; there is one.
    pub async fn claim_one(&self, worker: &str) -> Assignment {
        self.claim(worker, 1).await.pop().expect("an item to claim")
    }

    /// Appends events of a lease.
    pub async fn append(&self, key: LeaseKey, from_n: u64, events: &[NewEvent]) -> StoreResult<Appended> {
        self.store.append(key, Batch { from_n, events }).await
    }

    /// Ends a lease with its last events.
    pub async fn finish(
        &self,
        key: LeaseKey,
        from_n: u64,
        tail: &[NewEvent],
        outcome: &Outcome,
    ) -> StoreResult<Finished> {
        self.store.finish(key, Batch { from_n, events: tail }, outcome).await
    }

    /// Judges every file of a lease alike that is not done, and completes it. The first call of its holder.
    pub async fn complete(&self, lease: &Assignment, outcome: FileOutcome) -> Finished {
        let left = lease.files.iter().filter(|file| !lease.done.contains(file));
        let tail: Vec<_> = left.flat_map(|file| factory::judged(*file, outcome)).collect();
        self.finish(lease.key, 0, &tail, &Outcome::Completed).await.expect("finish")
    }

    /// Claims and passes all that waits.
    pub async fn pass_all(&self, worker: &str) {
        while let Some(lease) = self.claim(worker, 1).await.pop() {
            self.complete(&lease, FileOutcome::Passed).await;
        }
    }

    /// Ends a lease without any more events.
    pub async fn end(&self, key: LeaseKey, outcome: &Outcome) -> StoreResult<Finished> {
        self.finish(key, 0, &[], outcome).await
    }

    /// Renews one lease.
    pub async fn renew(&self, key: LeaseKey) -> LeaseStatus {
        self.store.renew(&[key], TTL).await.expect("renew").swap_remove(0)
    }

    /// Asks for a stop.
    pub async fn stop(&self, run: TestrunId, why: StopWhy) -> StopOutcome {
        self.store.request_stop(run, why, "eve").await.expect("request_stop")
    }

    /// The janitor's round.
    pub async fn reap(&self) -> Reaped {
        self.store.reap(1_000).await.expect("reap")
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// Lets every lease that is not renewed expire.
    pub fn expire(&self) {
        self.advance(TTL + Duration::from_millis(1));
    }

    /// Lets leases expire and takes them back.
    pub async fn lose(&self) -> Reaped {
        self.expire();
        self.reap().await
    }

    /// All that the store says of a Testrun.
    pub async fn dump(&self, run: TestrunId) -> Dump {
        Dump::of(self, run).await
    }

    /// Every Testrun, oldest first.
    pub async fn runs(&self) -> Vec<TestrunId> {
        let query = ListQuery { limit: 10_000, ..ListQuery::default() };
        let page = self.store.list(&query).await.expect("list");
        page.rows.iter().rev().map(|summary| summary.id).collect()
    }

    /// Holds every Testrun's log against everything else that the store says of it.
    pub async fn check_all(&self) {
        for run in self.runs().await {
            self.dump(run).await.check();
        }
    }
}

/// The kind of error that a verb answered with.
pub(super) fn refusal<T: std::fmt::Debug>(answer: StoreResult<T>) -> StoreErrorKind {
    answer.expect_err("to be refused").kind()
}
