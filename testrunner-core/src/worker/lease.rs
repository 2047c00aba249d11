//! Leases: lengthened by one call for the whole worker, given up before somebody else may take over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Running;
use crate::clock::since_boot;
use crate::doorbell::Topic;
use crate::executor::{StopHandle, StopLevel};
use crate::id::LeaseKey;
use crate::store::LeaseStatus;
use crate::testrun::StopWhy;

/// The leases that this worker holds.
#[derive(Debug, Default)]
pub(super) struct Leases(Mutex<HashMap<LeaseKey, Held>>);

#[derive(Debug)]
struct Held {
    stop: Arc<StopHandle>,
    /// What its tests get to clean up.
    grace: Duration,
    /// Start of the last successful renewal, since boot. `None` for pinned items, which have no ttl.
    renewed: Option<Duration>,
}

impl Leases {
    /// Keeps a lease alive that was claimed by a call begun at `since` (after boot).
    pub(super) fn hold(
        &self,
        key: LeaseKey,
        stop: Arc<StopHandle>,
        grace: Duration,
        since: Option<Duration>,
    ) {
        self.lock().insert(key, Held { stop, grace, renewed: since });
    }

    /// The longest time that tests get here to clean up.
    pub(super) fn longest_grace(&self) -> Duration {
        self.lock().values().map(|held| held.grace).max().unwrap_or_default()
    }

    pub(super) fn forget(&self, key: LeaseKey) {
        self.lock().remove(&key);
    }

    pub(super) fn stop_all(&self, level: StopLevel) {
        self.lock().values().for_each(|held| held.stop.raise(level));
    }

    /// Kills what runs. What was asked to stop before keeps its reason, so that it is recorded as stopped.
    pub(super) fn kill_all(&self, why: StopWhy) {
        for held in self.lock().values() {
            let why = held.stop.level().why().unwrap_or(why);
            held.stop.raise(StopLevel::Hard(why));
        }
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    fn keys(&self) -> Vec<LeaseKey> {
        self.lock().keys().copied().collect()
    }

    fn answered(&self, keys: &[LeaseKey], answers: &[LeaseStatus], begun: Duration) {
        let mut held = self.lock();
        for (key, answer) in keys.iter().zip(answers) {
            let Some(lease) = held.get_mut(key) else { continue };
            match answer {
                LeaseStatus::Held { stop } => {
                    lease.renewed = lease.renewed.map(|_| begun);
                    if let Some(mark) = stop {
                        lease.stop.raise(StopLevel::Soft(mark.why));
                    }
                }
                LeaseStatus::Lost => lease.stop.raise(StopLevel::Hard(StopWhy::LeaseLost)),
            }
        }
    }

    /// Gives up what was not renewed for two thirds of the ttl, so that it is dead before it can be taken over.
    fn fence_stale(&self, ttl: Duration) {
        let now = since_boot();
        for (key, lease) in self.lock().iter() {
            let age = lease.renewed.map(|renewed| now.saturating_sub(renewed));
            if age.is_some_and(|age| age > ttl * 2 / 3) {
                tracing::warn!(%key, "lease not renewed in time; stopping the item");
                lease.stop.raise(StopLevel::Hard(StopWhy::LeaseLost));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LeaseKey, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    /// Renews every third of the ttl, and at once when somebody rings for a stop.
    pub(super) async fn renew_leases(self: Arc<Self>) {
        let every = self.parts.settings.ttl / 3;
        let mut stops = self.parts.bell.listen(Topic::Stops);
        loop {
            tokio::select! {
                _ = stops.rung(every) => {}
                () = self.over.cancelled() => return,
            }
            if self.leases.keys().is_empty() && self.draining.is_cancelled() && self.items.is_empty() {
                return;
            }
            self.renew_once().await;
        }
    }

    /// Renews all leases, and hears which of their Testruns are to stop.
    pub(crate) async fn renew_once(&self) {
        let ttl = self.parts.settings.ttl;
        let keys = self.leases.keys();
        if keys.is_empty() {
            return;
        }
        let begun = since_boot();
        match tokio::time::timeout(ttl / 3, self.parts.store.renew(&keys, ttl)).await {
            Ok(Ok(answers)) => self.leases.answered(&keys, &answers, begun),
            Ok(Err(error)) => tracing::warn!(%error, "could not renew leases"),
            Err(_) => tracing::warn!("renewing leases took too long"),
        }
        self.leases.fence_stale(ttl);
    }
}
