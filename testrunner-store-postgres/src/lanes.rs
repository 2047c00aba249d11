//! Group commit: what the holders of one Testrun's leases report while a transaction of that Testrun is under way is
//! stored by the next one, all of it at once. They would only wait for the Testrun's lock one by one, each with a
//! connection of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use testrunner_core::rules::{Report, Reported};
use testrunner_core::store::{Claimed, StoreError, StoreResult};
use testrunner_core::{ItemId, TestrunId};
use tokio::sync::oneshot;

use crate::shared::Shared;
use crate::sql::leases;
use crate::verbs::report::Reports;
use crate::writer::perform;

/// Most reports in one transaction.
const AT_ONCE: usize = 64;
/// Most items of which is remembered whose they are.
const KNOWN: usize = 100_000;

/// A report that waits for its transaction.
#[derive(Debug)]
pub(crate) struct Waiting {
    report: Report,
    reply: oneshot::Sender<StoreResult<Reported>>,
}

/// One lane for each Testrun that is reported on.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    lanes: Mutex<HashMap<TestrunId, VecDeque<Waiting>>>,
    /// Whose the items are whose leases were given here.
    known: Mutex<HashMap<ItemId, TestrunId>>,
}

impl Lanes {
    /// Remembers whose items these are.
    pub(crate) fn learn(&self, claimed: &Claimed) {
        let mut known = lock(&self.known);
        if known.len() > KNOWN {
            // Of leases that were lost. Who is not known is asked for.
            known.clear();
        }
        known.extend(claimed.leases.iter().map(|lease| (lease.key.item, lease.run)));
    }

    fn forget(&self, report: &Report) {
        if report.end.is_some() {
            lock(&self.known).remove(&report.key.item);
        }
    }

    /// Puts a report behind others of its Testrun. Tells whether nobody is there to store them: then the caller is to.
    fn join(&self, run: TestrunId, waiting: Waiting) -> bool {
        let mut lanes = lock(&self.lanes);
        let is_new = !lanes.contains_key(&run);
        lanes.entry(run).or_default().push_back(waiting);
        is_new
    }

    /// The next ones that somebody still waits for; the lane ends when there are none.
    fn next(&self, run: TestrunId) -> Option<Vec<Waiting>> {
        let mut lanes = lock(&self.lanes);
        let lane = lanes.get_mut(&run)?;
        let mut next = Vec::new();
        while next.len() < AT_ONCE
            && let Some(waiting) = lane.pop_front()
        {
            if !waiting.reply.is_closed() {
                next.push(waiting);
            }
        }
        if next.is_empty() {
            lanes.remove(&run);
            return None;
        }
        Some(next)
    }
}

/// Stores a report, or has it stored with others; `reply` is told what became of it.
pub(crate) async fn report(
    shared: &Arc<Shared>,
    report: Report,
    reply: oneshot::Sender<StoreResult<Reported>>,
) {
    let run = match run_of(shared, &report).await {
        Ok(run) => run,
        Err(error) => return drop(reply.send(Err(error))),
    };
    shared.lanes.forget(&report);
    let waiting = Waiting { report, reply };
    if shared.lanes.join(run, waiting) {
        // Should this end by a panic, those behind are told that the store is closed, and the lane is free.
        let lane = Lane { shared, run };
        while let Some(next) = shared.lanes.next(run) {
            store(shared, next).await;
        }
        drop(lane);
    }
}

/// A lane with somebody who stores what comes.
struct Lane<'a> {
    shared: &'a Shared,
    run: TestrunId,
}

impl Drop for Lane<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.shared.lanes.lanes).remove(&self.run);
        }
    }
}

async fn run_of(shared: &Shared, report: &Report) -> StoreResult<TestrunId> {
    let item = report.key.item;
    let known = lock(&shared.lanes.known).get(&item).copied();
    if let Some(run) = known {
        return Ok(run);
    }
    let asked = shared.database.read(crate::database::Lane::Short, move |conn| {
        Box::pin(async move { leases::run_of(conn, item).await })
    });
    asked.await?.ok_or_else(|| StoreError::fenced(report.key))
}

async fn store(shared: &Shared, next: Vec<Waiting>) {
    let (reports, replies): (Vec<_>, Vec<_>) = next.into_iter().map(|it| (it.report, it.reply)).unzip();
    let reports = Reports(reports);
    // Who goes away while it is stored changes nothing.
    match perform(shared, &reports, || false).await {
        Some(Ok(done)) => {
            for (reply, done) in replies.into_iter().zip(done) {
                let _ = reply.send(done);
            }
        }
        Some(Err(error)) if reports.0.len() > 1 && !error.is_retryable() => {
            tracing::debug!(%error, "reports are stored one by one");
            for (report, reply) in reports.0.into_iter().zip(replies) {
                let _ = reply.send(alone(shared, report).await);
            }
        }
        Some(Err(error)) => {
            for reply in replies {
                let _ = reply.send(Err(StoreError::new(error.kind(), error.to_string())));
            }
        }
        None => {}
    }
}

async fn alone(shared: &Shared, report: Report) -> StoreResult<Reported> {
    let key = report.key;
    let done = perform(shared, &Reports(vec![report]), || false).await;
    let done = done.transpose()?.and_then(|mut done| done.pop());
    done.unwrap_or_else(|| Err(StoreError::fenced(key)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
