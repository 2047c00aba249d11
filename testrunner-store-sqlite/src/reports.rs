//! What holders of leases report while others' reports are being stored is stored next, all of it at once: the rows of
//! all are read together and written together, which is what takes the time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use testrunner_core::rules::{Report, Reported};
use testrunner_core::store::{StoreError, StoreResult};
use tokio::sync::oneshot;

use crate::error::closed;
use crate::store::Shared;
use crate::verbs::report::Reports;
use crate::writer::Writer;

/// Most reports that are stored together.
const AT_ONCE: usize = 64;

#[derive(Debug)]
struct Waiting {
    report: Report,
    reply: oneshot::Sender<StoreResult<Reported>>,
}

/// Reports that wait. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    /// Somebody takes from it.
    is_served: bool,
}

impl Inbox {
    /// Stores a report; the answer comes after its commit. Dropping the future either keeps it from being stored or
    /// changes nothing.
    pub(crate) async fn report(
        &self,
        writer: &Writer,
        shared: &Arc<Shared>,
        report: Report,
    ) -> StoreResult<Reported> {
        let (reply, answer) = oneshot::channel();
        let is_served = {
            let mut queue = self.lock();
            queue.waiting.push_back(Waiting { report, reply });
            std::mem::replace(&mut queue.is_served, true)
        };
        if !is_served {
            let service = Service { inbox: self.clone(), writer: writer.clone(), shared: Arc::clone(shared) };
            tokio::spawn(service.run());
        }
        answer.await.map_err(|_| closed(&shared.path))?
    }

    /// The next ones that somebody still waits for; without any, nobody serves the inbox any more.
    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.lock();
        let mut next = Vec::new();
        while next.len() < AT_ONCE
            && let Some(waiting) = queue.waiting.pop_front()
        {
            if !waiting.reply.is_closed() {
                next.push(waiting);
            }
        }
        queue.is_served = !next.is_empty();
        queue.is_served.then_some(next)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Service {
    inbox: Inbox,
    writer: Writer,
    shared: Arc<Shared>,
}

impl Service {
    async fn run(self) {
        while let Some(next) = self.inbox.next() {
            self.store(next).await;
        }
    }

    async fn store(&self, next: Vec<Waiting>) {
        let (reports, replies): (Vec<_>, Vec<_>) = next.into_iter().map(|it| (it.report, it.reply)).unzip();
        let reports: Arc<[Report]> = reports.into();
        match self.writer.call(&self.shared, Reports(Arc::clone(&reports))).await {
            Ok(done) => {
                for (reply, done) in replies.into_iter().zip(done) {
                    // Nobody waits any more: what was done stays done.
                    let _ = reply.send(done);
                }
            }
            Err(error) if reports.len() > 1 && !error.is_retryable() => {
                tracing::debug!(%error, "reports are stored one by one");
                for (report, reply) in reports.iter().zip(replies) {
                    let _ = reply.send(self.alone(report.clone()).await);
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(StoreError::new(error.kind(), error.to_string())));
                }
            }
        }
    }

    async fn alone(&self, report: Report) -> StoreResult<Reported> {
        let key = report.key;
        let done = self.writer.call(&self.shared, Reports([report].into())).await?.pop();
        done.unwrap_or_else(|| Err(StoreError::fenced(key)))
    }
}
