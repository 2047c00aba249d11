//! The bell of one process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::{Doorbell, Listener, Topic, Wake};

/// Wakes listeners of the same process at once. Clones share their listeners.
#[derive(Clone, Debug, Default)]
pub struct LocalBell {
    topics: Arc<Mutex<HashMap<Topic, watch::Sender<Ring>>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Ring {
    resync: bool,
}

impl LocalBell {
    /// A bell that nobody listens to yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Wakes every listener of every topic: something may have happened, it is not known what.
    pub fn resync(&self) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in topics.values() {
            sender.send_replace(Ring { resync: true });
        }
    }
}

impl Doorbell for LocalBell {
    fn ring(&self, rung: &[Topic]) {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in rung.iter().filter_map(|topic| topics.get(topic)) {
            sender.send_replace(Ring { resync: false });
        }
    }

    fn listen(&self, topic: Topic) -> Box<dyn Listener> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        // Testruns come and go; topics without listeners are dropped when a new one comes.
        topics.retain(|_, sender| sender.receiver_count() > 0);
        let mut ring = topics.entry(topic).or_default().subscribe();
        ring.mark_unchanged();
        Box::new(LocalListener { ring })
    }
}

#[derive(Debug)]
struct LocalListener {
    ring: watch::Receiver<Ring>,
}

#[async_trait]
impl Listener for LocalListener {
    async fn rung(&mut self, at_most: Duration) -> Wake {
        match tokio::time::timeout(at_most, self.ring.changed()).await {
            Ok(Ok(())) if self.ring.borrow_and_update().resync => Wake::Resync,
            Ok(Ok(())) => Wake::Hint,
            // The sender is dropped with the bell: nobody will ring, the poll remains.
            Ok(Err(_)) => {
                tokio::time::sleep(at_most).await;
                Wake::Timeout
            }
            Err(_) => Wake::Timeout,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::TestrunId;

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn a_ring_between_arming_and_waiting_is_not_missed() {
        let bell = LocalBell::new();
        let mut listener = bell.listen(Topic::Run(TestrunId(1)));
        bell.ring(&[Topic::Run(TestrunId(1)), Topic::Work]);
        assert_eq!(listener.rung(LONG).await, Wake::Hint);
        bell.ring(&[Topic::Run(TestrunId(2))]);
        assert_eq!(listener.rung(LONG).await, Wake::Timeout);
        bell.resync();
        assert_eq!(listener.rung(LONG).await, Wake::Resync);
    }
}
