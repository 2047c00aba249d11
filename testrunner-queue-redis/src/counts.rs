//! What went through a queue, counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::payload::Unreadable;

/// Time between two lines in the log about what could not be read.
const EVERY: Duration = Duration::from_secs(60);

/// What went through one [`RedisQueue`](crate::RedisQueue) since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Tickets that the server keeps.
    pub offered: u64,
    /// Messages that the server delivered, whatever they carried.
    pub delivered: u64,
    /// Of these: messages that are no tickets, or none of this version.
    pub unreadable: u64,
    /// How often a connection was made.
    pub connected: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) offered: AtomicU64,
    pub(crate) delivered: AtomicU64,
    unreadable: AtomicU64,
    pub(crate) connected: AtomicU64,
    last_said: Mutex<Option<Instant>>,
}

impl Counts {
    pub(crate) fn all(&self) -> QueueCounts {
        QueueCounts {
            offered: self.offered.load(Ordering::Relaxed),
            delivered: self.delivered.load(Ordering::Relaxed),
            unreadable: self.unreadable.load(Ordering::Relaxed),
            connected: self.connected.load(Ordering::Relaxed),
        }
    }

    /// Counts a message that is no ticket, and says so once a minute.
    pub(crate) fn unreadable(&self, queue: &str, why: &Unreadable) {
        let so_far = self.unreadable.fetch_add(1, Ordering::Relaxed) + 1;
        let mut last = self.last_said.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= EVERY) {
            *last = Some(Instant::now());
            tracing::warn!(queue, %why, so_far, "removed a message that is no ticket of this version");
        }
    }
}
