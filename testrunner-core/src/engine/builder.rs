//! Putting an engine together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Engine, EngineError, Inner, RetentionPolicy};
use crate::clock::Clock;
use crate::doorbell::Doorbell;
use crate::executor::Executor;
use crate::id::WorkerId;
use crate::queue::{Queue, StoreQueue};
use crate::store::Store;
use crate::testrun::Labels;
use crate::worker::{Parts, Settings, Worker, by_name};

/// Collects the parts of an [`Engine`]. Only the store is needed; an executor is for everything but watching.
#[derive(Debug)]
#[must_use]
pub struct EngineBuilder {
    store: Arc<dyn Store>,
    queue: Option<Arc<dyn Queue>>,
    bell: Option<Arc<dyn Doorbell>>,
    executors: Vec<Arc<dyn Executor>>,
    settings: Settings,
    shared: bool,
    retention: RetentionPolicy,
}

impl EngineBuilder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            queue: None,
            bell: None,
            executors: Vec::new(),
            settings: Settings::default(),
            shared: true,
            retention: RetentionPolicy::default(),
        }
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

    /// Sets the doorbell; without it the store's own.
    pub fn doorbell(mut self, bell: impl Doorbell) -> Self {
        self.bell = Some(Arc::new(bell));
        self
    }

    /// Sets how many items run at the same time. Without it: one for each processor. With 0 nothing is run here, but all
    /// else is done that an engine does: others work.
    pub const fn slots(mut self, slots: usize) -> Self {
        self.settings.slots = slots;
        self
    }

    /// Sets how long a lease lasts (15 s). It is renewed every third of that.
    pub const fn lease(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// Takes only the directory Testruns of this process, and leaves the rest of the queue to others.
    pub const fn own_testruns_only(mut self) -> Self {
        self.shared = false;
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

    /// Gives up on a store that does not answer for this long, see [`Engine::fault`]. Without it the worker asks
    /// until it is answered, which is right for a server.
    pub const fn give_up_after(mut self, patience: Duration) -> Self {
        self.settings.give_up_after = Some(patience);
        self
    }

    /// Sets which ended Testruns are kept; without it all are. Looked after from [`Engine::start`] on, every 10
    /// minutes.
    pub const fn retention(mut self, policy: RetentionPolicy) -> Self {
        self.retention = policy;
        self
    }

    /// Puts the engine together.
    ///
    /// # Errors
    /// Two executors have one name, a number is out of range, or a label is refused.
    pub fn build(self) -> Result<Engine, EngineError> {
        let Self { store, queue, bell, executors, settings, shared, retention } = self;
        settings.check()?;
        let executors = Arc::new(by_name(executors)?);
        let settings = Arc::new(settings);
        let bell = bell.unwrap_or_else(|| store.doorbell());
        let queue = queue.unwrap_or_else(|| Arc::new(StoreQueue::new(Arc::clone(&bell))));
        let worker = Worker::new(Parts {
            store: Arc::clone(&store) as _,
            queue: Arc::clone(&queue),
            bell: Arc::clone(&bell),
            executors: Arc::clone(&executors),
            process: Some(store.process()),
            shared,
            settings: Arc::clone(&settings),
        });
        let inner = Inner { store, queue, bell, executors, settings, retention, worker };
        Ok(Engine { inner: Arc::new(inner) })
    }
}
