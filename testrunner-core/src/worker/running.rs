//! A worker that runs: its slots, its leases, its sessions, and its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lease::Leases;
use super::parts::Parts;
use super::session::Sessions;
use super::{Drained, announce, item, workspace};
use crate::doorbell::Doorbell;
use crate::executor::StopLevel;
use crate::queue::Ticket;
use crate::store::StoreError;
use crate::testrun::StopWhy;

/// What a store gets to answer when nothing runs any more and all is to end.
pub(super) const ANSWER: Duration = Duration::from_secs(3);

/// A running worker. Cheap to share; all state is inside.
#[derive(Debug)]
pub(crate) struct Running {
    pub(super) parts: Arc<Parts>,
    pub(super) slots: Arc<Semaphore>,
    pub(super) leases: Leases,
    pub(super) sessions: Sessions,
    pub(super) items: TaskTracker,
    /// What tells that this worker is there.
    presence: TaskTracker,
    /// Take no more items.
    pub(super) draining: CancellationToken,
    /// What runs is to end.
    pub(super) stopping: CancellationToken,
    /// The store is no longer waited for.
    pub(super) unanswered: CancellationToken,
    /// Everything is over.
    pub(super) over: CancellationToken,
    fault: watch::Sender<Option<Arc<StoreError>>>,
}

impl Running {
    pub(crate) fn start(parts: Arc<Parts>) -> Arc<Self> {
        // Not in the background, where the end of a short life would cut it off.
        workspace::sweep(&parts.settings.work_dir);
        let worker = Arc::new(Self {
            slots: Arc::new(Semaphore::new(parts.settings.slots)),
            leases: Leases::default(),
            sessions: Sessions::default(),
            items: TaskTracker::new(),
            presence: TaskTracker::new(),
            draining: CancellationToken::new(),
            stopping: CancellationToken::new(),
            unanswered: CancellationToken::new(),
            over: CancellationToken::new(),
            fault: watch::Sender::new(None),
            parts,
        });
        tokio::spawn(Arc::clone(&worker).dispatch());
        tokio::spawn(Arc::clone(&worker).renew_leases());
        tokio::spawn(Arc::clone(&worker).close_idle_sessions());
        if worker.is_shown() {
            worker.presence.spawn(Arc::clone(&worker).tell_presence());
        }
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
        if self.is_shown() && !self.unanswered.is_cancelled() {
            // Else a late word of it could undo the farewell.
            self.presence.close();
            self.presence.wait().await;
            self.depart().await;
        }
        if self.unanswered.is_cancelled() { Drained::Unanswered } else { Drained::InOrder }
    }

    /// Who runs nothing, or only what it submitted itself, is no worker to others.
    fn is_shown(&self) -> bool {
        self.parts.shared && self.parts.settings.slots > 0
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

    pub(super) fn report_fault(&self, error: StoreError) {
        tracing::error!(error = %error, "gave up on the store");
        self.fault.send_replace(Some(Arc::new(error)));
    }

    pub(crate) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    pub(crate) fn ttl(&self) -> Duration {
        self.parts.settings.ttl
    }

    pub(crate) fn bell(&self) -> &Arc<dyn Doorbell> {
        &self.parts.bell
    }

    pub(crate) async fn offer(&self, tickets: &[Ticket]) {
        announce::offered(&self.parts.queue, &self.parts.bell, tickets).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Ends the janitor, which does not keep the worker alive.
        self.over.cancel();
    }
}
