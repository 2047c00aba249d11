//! The worker as its owner holds it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::parts::Parts;
use super::{Drained, Running, WorkerBuilder, WorkerStatus};
use crate::store::{StoreError, WorkStore};
use crate::testrun::StopWhy;

/// A worker over nothing but a [`WorkStore`]: it claims shared items, runs them, and keeps their leases. Clones are the
/// same worker.
///
/// Taking back what dead workers held, deadlines and retention are left to whoever has the whole
/// [`Store`](crate::Store). Directory Testruns are not taken: they belong to the process that submitted them.
///
/// When the last clone is dropped, it takes no more items and ends when those it has are done; use
/// [`Worker::shutdown`] to end in order.
#[derive(Clone, Debug)]
pub struct Worker {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    parts: Arc<Parts>,
    running: Mutex<Option<Arc<Running>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = running {
            running.retire();
        }
    }
}

impl Worker {
    /// Begins to put a worker together.
    pub fn builder(store: Arc<dyn WorkStore>) -> WorkerBuilder {
        WorkerBuilder::new(store)
    }

    pub(crate) fn new(parts: Parts) -> Self {
        Self { inner: Arc::new(Inner { parts: Arc::new(parts), running: Mutex::default() }) }
    }

    /// Starts it. Doing it twice changes nothing. Must be called within a tokio runtime.
    pub fn start(&self) {
        self.begin();
    }

    /// As [`Worker::start`]; returns what runs if it was started by this call.
    pub(crate) fn begin(&self) -> Option<Arc<Running>> {
        let mut running = self.inner.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_some() {
            return None;
        }
        Some(Arc::clone(running.insert(Running::start(Arc::clone(&self.inner.parts)))))
    }

    /// Takes no more items, gives those that run `grace` to end, hands the rest back to the queue, and returns when
    /// nothing of it runs any more.
    ///
    /// A store that does not answer is not waited for longer than tests get to clean up and a few seconds: then what
    /// is held is left, and goes to others when its leases have run out.
    pub async fn shutdown(&self, grace: Duration) -> Drained {
        match self.running() {
            Some(running) => running.drain(grace).await,
            None => Drained::InOrder,
        }
    }

    /// Kills everything that runs here, now. Items of stopped Testruns end as cancelled, others go back.
    pub fn halt(&self) {
        if let Some(running) = self.running() {
            running.halt(StopWhy::Drain);
        }
    }

    /// Returns when the worker had to give up on its store (see [`WorkerBuilder::give_up_after`]); what it could not
    /// write is lost.
    pub async fn fault(&self) -> Arc<StoreError> {
        let Some(running) = self.running() else { return std::future::pending().await };
        let mut faults = running.fault();
        drop(running);
        loop {
            if let Some(fault) = faults.borrow_and_update().clone() {
                return fault;
            }
            if faults.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// What it does at the moment; `None` before [`Worker::start`].
    #[must_use]
    pub fn status(&self) -> Option<WorkerStatus> {
        self.running().map(|running| running.status())
    }

    pub(crate) fn running(&self) -> Option<Arc<Running>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
