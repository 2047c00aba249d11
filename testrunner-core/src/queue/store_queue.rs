//! The default queue: no queue at all, but the ledger itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::{Delivery, Queue, Settle, Ticket};
use crate::doorbell::{Doorbell, Listener, Topic};
use crate::store::{Candidates, StoreResult};

/// Claims straight from the store: `offer` rings, `take` waits for the ring or the poll.
#[derive(Debug)]
pub struct StoreQueue {
    bell: Arc<dyn Doorbell>,
    listener: Mutex<Box<dyn Listener>>,
}

impl StoreQueue {
    /// A queue over a store's bell.
    #[must_use]
    pub fn new(bell: Arc<dyn Doorbell>) -> Self {
        let listener = Mutex::new(bell.listen(Topic::Work));
        Self { bell, listener }
    }
}

#[async_trait]
impl Queue for StoreQueue {
    async fn offer(&self, _tickets: &[Ticket]) -> StoreResult<()> {
        self.bell.ring(&[Topic::Work]);
        Ok(())
    }

    async fn take(&self, _max: u32, wait: Duration) -> StoreResult<Vec<Delivery>> {
        self.listener.lock().await.rung(wait).await;
        // Also after a time-out: this is the poll behind the bell.
        Ok(vec![Delivery { from: Candidates::Any, tag: 0 }])
    }

    async fn settle(&self, _delivery: Delivery, _how: Settle) -> StoreResult<()> {
        Ok(())
    }
}
