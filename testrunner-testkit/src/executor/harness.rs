//! What the suite needs of an adapter.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::Executor;
use testrunner_core::executor::SessionContext;

/// Bytes that [`Play::Floods`] prints: more than may wait anywhere on the way.
pub const FLOOD: usize = 32 << 20;

/// What a test file does. The working directory is the folder that it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// Has one test, which passes.
    Passes,
    /// Has one test, which fails.
    Fails,
    /// Writes its process's number into the file `pid`, prints `ready`, and waits for ever. Asked to stop, it
    /// prints `bye` and ends.
    Hangs,
    /// As `Hangs`, but nothing less than a kill ends it.
    IgnoresTheStop,
    /// Passes, but leaves a process behind that would run for long; writes its number into the file `pid`.
    LeavesAChild,
    /// Prints [`FLOOD`] bytes and passes.
    Floods,
    /// Makes a file `met-0` (or `met-1`), waits until the other one is there, and passes.
    Meets(u8),
}

/// Makes executors to be tested. Every case gets a harness of its own.
#[async_trait]
pub trait ExecutorHarness: Send + Sync {
    /// The executor under test.
    async fn executor(&self) -> Arc<dyn Executor>;

    /// Name and content of a file that does this. `None` skips the cases that need it: only what this kind of
    /// executor cannot do at all.
    fn file(&self, play: Play) -> Option<(String, String)>;

    /// An executor whose files cannot be run, for want of a program or an environment.
    async fn broken(&self) -> Option<Arc<dyn Executor>> {
        None
    }

    /// Sets what the executor needs of its context: options, environment, in place or not.
    fn context(&self, context: SessionContext) -> SessionContext {
        context
    }

    /// Whether something that a file started still lives: as a rule the process whose number is in `pid`.
    fn is_alive(&self, root: &Path) -> bool {
        let Ok(pid) = std::fs::read_to_string(root.join("pid")) else { return false };
        // After the name in brackets stands the state; a zombie is dead and only waits to be counted.
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
    }
}
