//! How far a copy has come.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// What is done at the moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Testruns are carried over.
    #[default]
    Copying,
    /// Both ledgers are read and compared.
    Checking,
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// What is done at the moment.
    pub stage: Stage,
    /// Testruns with which this is done.
    pub done: u64,
    /// Testruns with which it has to be done.
    pub total: u64,
    /// Events that were carried over.
    pub events: u64,
    /// Bytes of uploads and output that were carried over.
    pub bytes: u64,
}

type Tell = Arc<dyn Fn(&Progress) + Send + Sync>;

/// Counts for all tasks of a copy, and tells. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Counter {
    now: Arc<Mutex<Progress>>,
    tell: Option<Tell>,
}

impl Counter {
    pub(super) fn telling(tell: Tell) -> Self {
        Self { tell: Some(tell), ..Self::default() }
    }

    pub(super) fn carried(&self) -> Progress {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, stage: Stage, total: usize) {
        self.change(|now| (now.stage, now.done, now.total) = (stage, 0, total as u64));
    }

    pub(super) fn carry(&self, events: usize, bytes: usize) {
        self.change(|now| {
            now.events += events as u64;
            now.bytes += bytes as u64;
        });
    }

    pub(super) fn did_one(&self) {
        self.change(|now| now.done += 1);
    }

    fn change(&self, change: impl FnOnce(&mut Progress)) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut now);
        if let Some(tell) = &self.tell {
            tell(&now);
        }
    }
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.carried().fmt(f)
    }
}
