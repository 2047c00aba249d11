//! What signals do to a run: the first asks it to stop, the second kills it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use testrunner_core::{Engine, TestrunId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::exit_code::Exit;
use crate::interrupt::Interrupts;

/// Wait before a store that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Longest wait of the second signal for what the first one asked for.
const HEARD: Duration = Duration::from_secs(1);

/// Listens for signals in a task of its own, so that a reader who does not read cannot hold them back.
#[derive(Debug)]
pub(super) struct Stopper {
    first: Arc<OnceLock<Exit>>,
    notices: mpsc::UnboundedReceiver<String>,
    task: JoinHandle<()>,
}

impl Stopper {
    pub(super) fn start(engine: Engine, run: TestrunId, interrupts: Interrupts) -> Self {
        let first = Arc::new(OnceLock::new());
        let (tell, notices) = mpsc::unbounded_channel();
        let task = tokio::spawn(listen(engine, run, interrupts, Arc::clone(&first), tell));
        Self { first, notices, task }
    }

    /// The next thing to tell. Cancel-safe; never comes when there is none.
    pub(super) async fn notice(&mut self) -> String {
        match self.notices.recv().await {
            Some(notice) => notice,
            None => std::future::pending().await,
        }
    }

    /// How the program is to end, if a signal came.
    pub(super) fn asked(&self) -> Option<Exit> {
        self.first.get().copied()
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(
    engine: Engine,
    run: TestrunId,
    mut interrupts: Interrupts,
    first: Arc<OnceLock<Exit>>,
    tell: mpsc::UnboundedSender<String>,
) {
    let exit = interrupts.next().await;
    let by = if exit == Exit::Terminated { "SIGTERM" } else { "ctrl-c" };
    first.get_or_init(|| exit);
    // Whoever would be told may be gone already.
    let _ = tell.send("stopping; press Ctrl-C again to kill".to_owned());
    let asking = tokio::spawn(ask(engine.clone(), run, by));
    interrupts.next().await;
    let _ = tell.send("killing all that runs".to_owned());
    // What is killed after the stop is stored is recorded as stopped. A store that does not answer is not
    // waited for.
    let _ = tokio::time::timeout(HEARD, asking).await;
    loop {
        engine.halt();
        interrupts.next().await;
    }
}

/// Asks until it is stored: from then on the stop cannot be lost.
async fn ask(engine: Engine, run: TestrunId, by: &'static str) {
    while engine.cancel(run, by).await.is_err() {
        tokio::time::sleep(PAUSE).await;
    }
}
