//! What went through a queue, counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::Unreadable;

/// Time between two lines in the log about what could not be read.
const EVERY: Duration = Duration::from_secs(60);

/// What went through a queue of a broker since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Tickets that the broker has confirmed, and keeps.
    pub offered: u64,
    /// Messages that the broker delivered, whatever they carried.
    pub delivered: u64,
    /// Of these: messages that are no tickets, or none of this version.
    pub unreadable: u64,
    /// How often a connection was made.
    pub connected: u64,
}

/// Counts it, for an adapter.
#[derive(Debug, Default)]
pub struct Counts {
    offered: AtomicU64,
    delivered: AtomicU64,
    unreadable: AtomicU64,
    connected: AtomicU64,
    last_said: Mutex<Option<Instant>>,
}

impl Counts {
    /// What it came to.
    #[must_use]
    pub fn all(&self) -> QueueCounts {
        QueueCounts {
            offered: self.offered.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            unreadable: self.unreadable.load(Ordering::Relaxed),
            connected: self.connected.load(Ordering::Relaxed),
        }
    }

    /// So many tickets were confirmed.
    pub fn offered(&self, tickets: u64) {
        self.offered.fetch_add(tickets, Ordering::Relaxed);
    }

    /// A message was delivered.
    pub fn delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection was made.
    pub fn connected(&self) {
        self.connected.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a message that is no ticket, and says so once a minute.
    pub fn unreadable(&self, queue: &str, why: &Unreadable) {
        let so_far = self.unreadable.fetch_add(1, Ordering::Relaxed) + 1;
        let mut last = self.last_said.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= EVERY) {
            *last = Some(Instant::now());
            tracing::warn!(queue, %why, so_far, "removed a message that is no ticket of this version");
        }
    }
}
