//! A queue that carries tickets as a broker does, well or badly.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use testrunner_core::queue::{Delivery, Queue, Settle, Ticket};
use testrunner_core::store::{Candidates, StoreResult};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::plan::Noise;

/// Tickets in memory, one delivery for each. Clones are the same queue.
#[derive(Clone, Debug)]
pub struct TicketQueue {
    state: Arc<Mutex<State>>,
    arrived: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Ticket>,
    delivered: BTreeMap<u64, Ticket>,
    last_tag: u64,
    mishaps: Option<Noise>,
}

impl TicketQueue {
    /// A queue that does what it should.
    #[must_use]
    pub fn faithful() -> Self {
        Self { state: Arc::default(), arrived: watch::Sender::new(()) }
    }

    /// A queue that loses a third of its tickets, doubles a third, and keeps no order.
    #[must_use]
    pub fn lossy(seed: u64) -> Self {
        let queue = Self::faithful();
        queue.lock().mishaps = Some(Noise(seed));
        queue
    }

    /// Forgets everything, as a broker that lost its disk.
    pub fn wipe(&self) {
        let mut state = self.lock();
        state.waiting.clear();
        state.delivered.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, ticket: Ticket) {
        let Some(noise) = &mut self.mishaps else { return self.waiting.push_back(ticket) };
        let copies = noise.below(3);
        for _ in 0..copies {
            let at = noise.below(self.waiting.len() as u64 + 1) as usize;
            self.waiting.insert(at, ticket);
        }
    }

    fn deliver(&mut self, max: u32) -> Vec<Delivery> {
        let count = self.waiting.len().min(max as usize);
        let tickets: Vec<Ticket> = self.waiting.drain(..count).collect();
        let deliver = |ticket: Ticket| {
            self.last_tag += 1;
            self.delivered.insert(self.last_tag, ticket);
            Delivery { from: Candidates::Items(vec![ticket.item]), tag: self.last_tag }
        };
        tickets.into_iter().map(deliver).collect()
    }
}

#[async_trait]
impl Queue for TicketQueue {
    async fn offer(&self, tickets: &[Ticket]) -> StoreResult<()> {
        for ticket in tickets {
            self.lock().put(*ticket);
        }
        self.arrived.send_replace(());
        Ok(())
    }

    async fn take(&self, max: u32, wait: Duration) -> StoreResult<Vec<Delivery>> {
        let deadline = Instant::now() + wait;
        let mut arrived = self.arrived.subscribe();
        loop {
            let deliveries = self.lock().deliver(max);
            // What was delivered is returned at once: dropping this future cannot lose it.
            if !deliveries.is_empty() || timeout_at(deadline, arrived.changed()).await.is_err() {
                return Ok(deliveries);
            }
        }
    }

    async fn settle(&self, delivery: Delivery, how: Settle) -> StoreResult<()> {
        let ticket = self.lock().delivered.remove(&delivery.tag);
        if let Some(ticket) = ticket.filter(|_| how == Settle::Later) {
            self.lock().waiting.push_back(ticket);
            self.arrived.send_replace(());
        }
        Ok(())
    }
}
