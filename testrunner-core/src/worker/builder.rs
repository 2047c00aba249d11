//! Putting a worker together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Parts, Settings, Worker, by_name};
use crate::clock::Clock;
use crate::doorbell::{Doorbell, LocalBell};
use crate::engine::EngineError;
use crate::executor::Executor;
use crate::id::WorkerId;
use crate::queue::{Queue, StoreQueue};
use crate::store::WorkStore;
use crate::testrun::Labels;

/// Collects the parts of a [`Worker`]: a store, executors, and what it is told of new work by.
#[derive(Debug)]
#[must_use]
pub struct WorkerBuilder {
    store: Arc<dyn WorkStore>,
    queue: Option<Arc<dyn Queue>>,
    bell: Option<Arc<dyn Doorbell>>,
    executors: Vec<Arc<dyn Executor>>,
    settings: Settings,
}

impl WorkerBuilder {
    pub(super) fn new(store: Arc<dyn WorkStore>) -> Self {
        Self { store, queue: None, bell: None, executors: Vec::new(), settings: Settings::default() }
    }

    /// Adds an executor, known by its name.
    pub fn executor(mut self, executor: impl Executor) -> Self {
        self.executors.push(Arc::new(executor));
        self
    }

    /// Sets the queue; without it items are claimed straight from the store.
    pub fn queue(mut self, queue: impl Queue) -> Self {
        self.queue = Some(Arc::new(queue));
        self
    }

    /// Sets the doorbell. Without it work is found by the poll, and stops are heard of when leases are renewed.
    pub fn doorbell(mut self, bell: impl Doorbell) -> Self {
        self.bell = Some(Arc::new(bell));
        self
    }

    /// Sets how many items run at the same time. Without it: one for each processor.
    pub const fn slots(mut self, slots: usize) -> Self {
        self.settings.slots = slots;
        self
    }

    /// Sets how long a lease lasts (15 s). It is renewed every third of that.
    pub const fn lease(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// Sets the longest wait (1 s) before the store is asked for work although nobody rang. What is due at a known time
    /// is asked for then.
    pub const fn poll(mut self, every: Duration) -> Self {
        self.settings.poll = every;
        self
    }

    /// Sets the name that the worker is shown under.
    pub fn worker_name(mut self, name: impl Into<String>) -> Self {
        self.settings.id = WorkerId(name.into());
        self
    }

    /// Sets what the worker is sorted by in listings.
    pub fn worker_labels(mut self, labels: Labels) -> Self {
        self.settings.labels = labels;
        self
    }

    /// Sets variables that every test sees.
    pub fn environment(mut self, environment: BTreeMap<String, String>) -> Self {
        self.settings.environment = environment;
        self
    }

    /// Sets the folder in which uploads are laid out. Without it: the system's temporary folder.
    pub fn work_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.work_dir = folder.into();
        self
    }

    /// Sets where the time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Gives up on a store that does not answer for this long, see [`Worker::fault`]. Without it the worker asks until
    /// it is answered.
    pub const fn give_up_after(mut self, patience: Duration) -> Self {
        self.settings.give_up_after = Some(patience);
        self
    }

    /// Puts the worker together.
    ///
    /// # Errors
    /// Two executors have one name, a number is out of range, or a label is refused.
    pub fn build(self) -> Result<Worker, EngineError> {
        let Self { store, queue, bell, executors, settings } = self;
        settings.check()?;
        if settings.slots == 0 {
            return Err(EngineError::Config("a worker needs at least one slot".to_owned()));
        }
        let executors = Arc::new(by_name(executors)?);
        let bell = bell.unwrap_or_else(|| Arc::new(LocalBell::new()));
        let queue = queue.unwrap_or_else(|| Arc::new(StoreQueue::new(Arc::clone(&bell))));
        let (process, shared, settings) = (None, true, Arc::new(settings));
        Ok(Worker::new(Parts { store, queue, bell, executors, process, shared, settings }))
    }
}
