//! The worker: takes items while it has free slots, runs them, and keeps their leases alive.

mod dispatch;
mod flush;
mod item;
mod lease;
mod retry;
mod session;
mod status;
mod workspace;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::lease::Leases;
use self::session::Sessions;
pub use self::status::WorkerStatus;
use crate::clock::Clock;
use crate::doorbell::{Doorbell, Topic};
use crate::executor::{Executor, StopLevel};
use crate::id::{ProcessId, WorkerId};
use crate::queue::{Queue, Ticket};
use crate::store::{StoreError, WorkStore};
use crate::testrun::StopWhy;

/// What a store gets to answer when nothing runs any more and all is to end.
const ANSWER: Duration = Duration::from_secs(3);

/// Executors by name.
pub(crate) type Executors = BTreeMap<String, Arc<dyn Executor>>;

/// What a worker is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) id: WorkerId,
    pub(crate) store: Arc<dyn WorkStore>,
    pub(crate) queue: Arc<dyn Queue>,
    pub(crate) bell: Arc<dyn Doorbell>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) executors: Arc<Executors>,
    pub(crate) slots: usize,
    pub(crate) ttl: Duration,
    /// Directory Testruns of this process are taken.
    pub(crate) process: Option<ProcessId>,
    /// Testruns that belong to no process are taken.
    pub(crate) shared: bool,
    pub(crate) environment: BTreeMap<String, String>,
    /// Where uploads are laid out.
    pub(crate) work_dir: PathBuf,
    /// How long a store that does not answer is asked again; `None`: for ever.
    pub(crate) give_up_after: Option<Duration>,
}

/// How a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// All that it held is finished or handed back.
    InOrder,
    /// The store did not answer in time. What was held goes to others when its leases have run out.
    Unanswered,
}

/// A running worker. Cheap to share; all state is inside.
#[derive(Debug)]
pub(crate) struct Worker {
    parts: Parts,
    slots: Arc<Semaphore>,
    leases: Leases,
    sessions: Sessions,
    items: TaskTracker,
    /// Take no more items.
    draining: CancellationToken,
    /// What runs is to end.
    stopping: CancellationToken,
    /// The store is no longer waited for.
    unanswered: CancellationToken,
    /// Everything is over.
    over: CancellationToken,
    fault: watch::Sender<Option<Arc<StoreError>>>,
}

impl Worker {
    pub(crate) fn start(parts: Parts) -> Arc<Self> {
        // Not in the background, where the end of a short life would cut it off.
        workspace::sweep(&parts.work_dir);
        let worker = Arc::new(Self {
            slots: Arc::new(Semaphore::new(parts.slots)),
            leases: Leases::default(),
            sessions: Sessions::default(),
            items: TaskTracker::new(),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            unanswered: CancellationToken::new(),
            over: CancellationToken::new(),
            fault: watch::Sender::new(None),
            parts,
        });
        tokio::spawn(Arc::clone(&worker).dispatch());
        tokio::spawn(Arc::clone(&worker).renew_leases());
        worker
    }

    /// Takes no more items, gives those that run `grace` to end, then hands them back; closes all sessions. A store
    /// that does not answer is waited for as long as the executor may take to end what runs.
    pub(crate) async fn drain(&self, grace: Duration) -> Drained {
        self.draining.cancel();
        self.items.close();
        if tokio::time::timeout(grace, self.items.wait()).await.is_err() {
            self.stopping.cancel();
            self.leases.stop_all(StopLevel::Soft(StopWhy::Drain));
            let bound = self.leases.longest_grace() + item::LAST_WORD + ANSWER;
            if tokio::time::timeout(bound, self.items.wait()).await.is_err() {
                tracing::error!("the store did not answer; what is held is left to be taken over");
                self.unanswered.cancel();
                self.items.wait().await;
            }
        }
        self.sessions.close_all().await;
        self.over.cancel();
        if self.unanswered.is_cancelled() { Drained::Unanswered } else { Drained::InOrder }
    }

    /// Takes no more items; what runs goes on to its end.
    pub(crate) fn retire(&self) {
        self.draining.cancel();
    }

    /// Kills all that runs, now. The items end as their stop says, or go back to the queue.
    pub(crate) fn halt(&self, why: StopWhy) {
        self.leases.kill_all(why);
    }

    /// Follows the fault of the store that made the worker give up, if there is one.
    pub(crate) fn fault(&self) -> watch::Receiver<Option<Arc<StoreError>>> {
        self.fault.subscribe()
    }

    fn report_fault(&self, error: StoreError) {
        tracing::error!(error = %error, "gave up on the store");
        self.fault.send_replace(Some(Arc::new(error)));
    }

    pub(crate) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    pub(crate) const fn ttl(&self) -> Duration {
        self.parts.ttl
    }

    pub(crate) fn bell(&self) -> &Arc<dyn Doorbell> {
        &self.parts.bell
    }

    pub(crate) async fn offer(&self, tickets: &[Ticket]) {
        if tickets.is_empty() {
            return;
        }
        if let Err(error) = self.parts.queue.offer(tickets).await {
            // A lost hint: the poll finds the items.
            tracing::warn!(%error, "could not offer tickets");
        }
        self.parts.bell.ring(&[Topic::Work]);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Ends the janitor, which does not keep the worker alive.
        self.over.cancel();
    }
}
