//! How long ended Testruns are kept, and the part of the janitor that removes the others.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::clock::{Clock, Timestamp, micros};
use crate::doorbell::Topic;
use crate::store::{Retention, Store};
use crate::worker::Running;

const EVERY: Duration = Duration::from_mins(10);
/// Most Testruns that are removed in one step, so that nobody else waits long for the store.
const AT_ONCE: u32 = 100;

/// Which ended Testruns are kept. A Testrun goes, oldest end first, when one of the rules says so; without any
/// rule all are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RetentionPolicy {
    /// Those that ended within this time.
    pub age: Option<Duration>,
    /// So many, those that ended last.
    pub count: Option<u64>,
    /// As many as it takes to keep the store's [`Usage`](crate::store::Usage) at so many bytes.
    pub bytes: Option<u64>,
}

impl RetentionPolicy {
    fn at(&self, now: Timestamp) -> Retention {
        let before = |age: Duration| Timestamp(now.0.saturating_sub(micros(age)));
        Retention { finished_before: self.age.map(before), newest: self.count, bytes: self.bytes }
    }
}

/// Keeps to the policy as long as the worker lives.
pub(super) fn start(
    worker: &Arc<Running>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    policy: RetentionPolicy,
) {
    if policy == RetentionPolicy::default() {
        return;
    }
    let over = worker.over();
    let worker = Arc::downgrade(worker);
    tokio::spawn(async move {
        tokio::select! {
            () = keep(worker, store, clock, policy) => {}
            () = over.cancelled() => {}
        }
    });
}

async fn keep(worker: Weak<Running>, store: Arc<dyn Store>, clock: Arc<dyn Clock>, policy: RetentionPolicy) {
    loop {
        let pruned = store.prune(&policy.at(clock.now()), AT_ONCE).await;
        let Some(worker) = worker.upgrade() else { return };
        match pruned {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, "removed old Testruns");
                worker.bell().ring(&[Topic::Runs]);
                if count >= u64::from(AT_ONCE) {
                    drop(worker);
                    tokio::task::yield_now().await;
                    continue;
                }
            }
            Err(error) => tracing::warn!(%error, "could not remove old Testruns"),
        }
        drop(worker);
        tokio::time::sleep(EVERY).await;
    }
}
