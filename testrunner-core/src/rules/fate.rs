//! What becomes of an item whose lease ends: it waits again, or it has ended in one of three ways. There is nothing else that
//! a store could be told.

use crate::clock::Timestamp;
use crate::event::ReturnWhy;
use crate::item::ItemState;
use crate::testrun::FailReason;

/// How an item ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemEnd {
    /// All its files are in order.
    Passed,
    /// A file is not in order; or, where there is a reason, it could not be run.
    Failed(Option<FailReason>),
    /// It was stopped before it was done.
    Cancelled,
}

impl ItemEnd {
    /// Its state from now on.
    #[must_use]
    pub const fn state(self) -> ItemState {
        match self {
            Self::Passed => ItemState::Passed,
            Self::Failed(_) => ItemState::Failed,
            Self::Cancelled => ItemState::Cancelled,
        }
    }

    /// Why it failed, if not by its tests.
    #[must_use]
    pub const fn reason(self) -> Option<FailReason> {
        match self {
            Self::Failed(reason) => reason,
            Self::Passed | Self::Cancelled => None,
        }
    }
}

/// What becomes of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It goes back to the queue.
    Back {
        /// Why.
        why: ReturnWhy,
        /// From when on it may be claimed again.
        due: Timestamp,
    },
    /// It has ended.
    Ended(ItemEnd),
}

impl Fate {
    /// Its state from now on.
    #[must_use]
    pub const fn state(self) -> ItemState {
        match self {
            Self::Back { .. } => ItemState::Ready,
            Self::Ended(end) => end.state(),
        }
    }

    /// Why it failed, if not by its tests.
    #[must_use]
    pub const fn reason(self) -> Option<FailReason> {
        match self {
            Self::Back { .. } => None,
            Self::Ended(end) => end.reason(),
        }
    }

    /// From when on it may be claimed again; `None`: it has ended.
    #[must_use]
    pub const fn due(self) -> Option<Timestamp> {
        match self {
            Self::Back { due, .. } => Some(due),
            Self::Ended(_) => None,
        }
    }
}

/// Where an item goes whose lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What becomes of it.
    pub fate: Fate,
    /// Why, in words.
    pub message: Option<String>,
    /// How often infrastructure has failed it by now.
    pub infra: u32,
}
