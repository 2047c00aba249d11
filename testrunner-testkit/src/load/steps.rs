//! One step of a worker, repeated so often: for benches, and to count instructions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use strum::{Display, EnumIter, EnumString};
use testrunner_core::Store;
use testrunner_core::store::{Assignment, Batch};

use super::events::lines;
use super::items::pass;
use super::{Answer, EVENTS};
use crate::store::factory::{CONTENT, claim_by, per_file};

/// Leases of one claim while a step is prepared.
const CLAIMED: u32 = 500;

/// What a worker does again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Step {
    /// Claiming one item.
    Claim,
    /// Appending 100 events to one lease.
    Append,
    /// Ending an item of one file, which passed.
    Finish,
}

/// A store that is ready for a number of steps of one kind.
#[derive(Debug)]
pub struct Steps {
    store: Arc<dyn Store>,
    step: Step,
    leases: Vec<Assignment>,
}

impl Steps {
    /// Prepares a store for up to so many steps: what is needed before the step is done here, so that it is not
    /// measured.
    ///
    /// # Errors
    /// The store failed.
    pub async fn prepare(store: Arc<dyn Store>, step: Step, times: u64) -> Answer<Self> {
        store.put_blobs(&[CONTENT.to_vec()]).await?;
        let (items, mut leases) = (u32::try_from(times)?, Vec::new());
        let wanted = match step {
            Step::Claim => 0,
            Step::Append => 1,
            Step::Finish => items,
        };
        store.create(&per_file(items.max(1))).await?;
        while leases.len() < wanted as usize {
            let left = wanted - u32::try_from(leases.len())?;
            let claimed = store.claim(&claim_by("w", left.min(CLAIMED))).await?.leases;
            if claimed.is_empty() {
                return Err("nothing to claim".into());
            }
            leases.extend(claimed);
        }
        Ok(Self { store, step, leases })
    }

    /// Prepares a store, and says what so many steps take.
    ///
    /// # Errors
    /// The store failed.
    pub async fn measure(store: Arc<dyn Store>, step: Step, times: u64) -> Answer<Duration> {
        Self::prepare(store, step, times).await?.take(times).await
    }

    /// What so many steps take. Each claims or ends an item that no step has had before.
    ///
    /// # Errors
    /// The store failed, or more steps were wanted than prepared.
    pub async fn take(mut self, times: u64) -> Answer<Duration> {
        let started = Instant::now();
        match self.step {
            Step::Claim => {
                for _ in 0..times {
                    let claimed = self.store.claim(&claim_by("w", 1)).await?;
                    claimed.leases.first().ok_or("nothing to claim")?;
                }
            }
            Step::Append => {
                let lease = self.leases.pop().ok_or("nothing was claimed")?;
                let (events, mut from_n) = (lines(lease.files[0], EVENTS), 0);
                for _ in 0..times {
                    from_n = self.store.append(lease.key, Batch { from_n, events: &events }).await?.next_n;
                }
            }
            Step::Finish => {
                for _ in 0..times {
                    pass(&*self.store, &self.leases.pop().ok_or("nothing to end")?).await?;
                }
            }
        }
        Ok(started.elapsed())
    }
}
