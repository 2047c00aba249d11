//! Engines over one ledger in memory, and a count of what they executed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testrunner_core::doorbell::Doorbell;
use testrunner_core::queue::Queue;
use testrunner_core::{
    Engine, FileOutcome, FnExecutor, MemoryStore, Plan, Status, Store, TestrunId, TestrunSpec, Verdict,
};

use crate::bench::PATIENCE;

#[derive(Clone, Default)]
pub(crate) struct Stage {
    store: MemoryStore,
    executed: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Stage {
    /// An engine that works, with this queue.
    pub(crate) fn worker(&self, queue: impl Queue) -> Engine {
        self.worker_with(queue, testrunner_core::doorbell::LocalBell::new())
    }

    /// An engine that works, with this queue, and rings this bell.
    pub(crate) fn worker_with(&self, queue: impl Queue, bell: impl Doorbell) -> Engine {
        let executed = Arc::clone(&self.executed);
        let executor = FnExecutor::new("stage", move |job| {
            *executed.lock().expect("not poisoned").entry(job.file.path.clone()).or_insert(0) += 1;
            async { Ok(Verdict::new(FileOutcome::Passed, 1)) }
        });
        let engine = Engine::builder(self.store.clone()).executor(executor).slots(2).queue(queue);
        let engine = engine.doorbell(bell).build().expect("a valid engine");
        engine.start();
        engine
    }

    /// An engine that submits, with this queue.
    pub(crate) fn front(&self, queue: impl Queue) -> Engine {
        let idle = FnExecutor::new("stage", |_| async {
            Err(testrunner_core::executor::ExecError::fatal("not a worker"))
        });
        let engine = Engine::builder(self.store.clone()).executor(idle).queue(queue);
        engine.build().expect("a valid engine")
    }

    /// An engine that looks, with this bell.
    pub(crate) fn watching(&self, bell: impl Doorbell) -> Engine {
        Engine::builder(self.store.clone()).doorbell(bell).build().expect("a valid engine")
    }

    /// Submits so many files with names that begin like this, an item for each.
    pub(crate) async fn submit(&self, front: &Engine, name: &str, files: usize) -> TestrunId {
        let empty = TestrunSpec::upload("stage", "ada").plan(Plan::PerFile);
        let spec = (0..files).fold(empty, |spec, n| spec.file(format!("{name}-{n}"), "content"));
        front.submit(spec).await.expect("accepted").run.id()
    }

    /// Waits for its end, and sees to it that it ended well, with every item claimed once.
    pub(crate) async fn succeeded(&self, front: &Engine, run: TestrunId) {
        let ended = tokio::time::timeout(PATIENCE, front.wait(run)).await.expect("it ends");
        assert_eq!(ended.expect("the store answers").status(), Status::Success);
        let items = self.store.items(run).await.expect("items");
        assert!(items.iter().all(|item| item.attempts == 1), "{items:?}");
    }

    /// Every file was executed once.
    pub(crate) fn assert_executed_once(&self, files: usize) {
        let executed = self.executed.lock().expect("not poisoned");
        assert_eq!(executed.len(), files);
        assert!(executed.values().all(|times| *times == 1), "{executed:?}");
    }

    pub(crate) async fn stop(engines: Vec<Engine>) {
        for engine in engines {
            engine.shutdown(Duration::ZERO).await;
        }
    }
}
