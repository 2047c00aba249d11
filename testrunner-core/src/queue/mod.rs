//! Queues: which item might be ready. A hint like the doorbell; the lease is decided by the store alone.

mod counts;
mod store_queue;
mod ticket;
mod tray;

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

pub use counts::{Counts, QueueCounts};
pub use store_queue::StoreQueue;
pub use ticket::{Ticket, Unreadable};
pub use tray::Tray;

use crate::store::{Candidates, StoreResult};

/// What a queue hands out: candidates for a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What to try to claim.
    pub from: Candidates,
    /// The queue's own name for this delivery.
    pub tag: u64,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settle {
    /// The claim is committed.
    Taken,
    /// There was nothing to claim: forget it.
    Stale,
    /// The store could not be asked: deliver it again.
    Later,
}

/// Carries tickets from submitters to workers. May lose, double, delay and reorder them: every ready item is
/// found again by polling.
#[async_trait]
pub trait Queue: Debug + Send + Sync + 'static {
    /// Offers tickets. Called after the commit that made the items ready.
    ///
    /// # Errors
    /// `Unavailable`: the tickets may be lost; nothing else is.
    async fn offer(&self, tickets: &[Ticket]) -> StoreResult<()>;

    /// Waits up to `wait` for up to `max` tickets. Cancel-safe. An empty answer means: nothing in time.
    ///
    /// # Errors
    /// `Unavailable`: try again later.
    async fn take(&self, max: u32, wait: Duration) -> StoreResult<Vec<Delivery>>;

    /// Says what became of a delivery, after the claim.
    ///
    /// # Errors
    /// `Unavailable`: it may be delivered again, which does no harm.
    async fn settle(&self, delivery: Delivery, how: Settle) -> StoreResult<()>;
}
