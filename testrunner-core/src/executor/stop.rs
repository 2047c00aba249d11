//! How an executor is asked to stop.

use tokio::sync::watch;

use crate::testrun::StopWhy;

/// How urgently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopLevel {
    /// Go on.
    #[default]
    Go,
    /// Come to an end: let tests clean up.
    Soft(StopWhy),
    /// Kill everything now.
    Hard(StopWhy),
}

impl StopLevel {
    const fn rank(self) -> u8 {
        match self {
            Self::Go => 0,
            Self::Soft(_) => 1,
            Self::Hard(_) => 2,
        }
    }

    /// Why, unless it is [`StopLevel::Go`].
    #[must_use]
    pub const fn why(self) -> Option<StopWhy> {
        match self {
            Self::Go => None,
            Self::Soft(why) | Self::Hard(why) => Some(why),
        }
    }
}

/// The side that asks. Dropping it means: kill.
#[derive(Debug)]
pub struct StopHandle(watch::Sender<StopLevel>);

impl StopHandle {
    /// A handle and the [`Stop`] that follows it.
    #[must_use]
    pub fn new() -> (Self, Stop) {
        let (sender, receiver) = watch::channel(StopLevel::Go);
        (Self(sender), Stop(receiver))
    }

    /// Raises the level; a lower or equal one changes nothing, so the first reason stands.
    pub fn raise(&self, level: StopLevel) {
        self.0.send_if_modified(|current| {
            let higher = level.rank() > current.rank();
            if higher {
                *current = level;
            }
            higher
        });
    }

    /// The level now.
    #[must_use]
    pub fn level(&self) -> StopLevel {
        *self.0.borrow()
    }
}

/// The side that is asked. Clones follow the same handle.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<StopLevel>);

impl Stop {
    /// A stop that never comes.
    #[must_use]
    pub fn never() -> Self {
        let (sender, receiver) = watch::channel(StopLevel::Go);
        // The sender must outlive every receiver; one allocation per call, meant for tests.
        let keep = sender.clone();
        tokio::spawn(async move { keep.closed().await });
        Self(receiver)
    }

    /// The level now.
    #[must_use]
    pub fn level(&self) -> StopLevel {
        if self.0.has_changed().is_err() && *self.0.borrow() == StopLevel::Go {
            return StopLevel::Hard(StopWhy::LeaseLost);
        }
        *self.0.borrow()
    }

    /// Returns when asked to stop, softly or hard. Cancel-safe.
    pub async fn soft(&mut self) -> StopWhy {
        self.reach(1).await
    }

    /// Returns when everything is to be killed. Cancel-safe.
    pub async fn hard(&mut self) -> StopWhy {
        self.reach(2).await
    }

    async fn reach(&mut self, rank: u8) -> StopWhy {
        // An error means that the handle is gone: nobody can stop us later, so stop now.
        let level = self.0.wait_for(|level| level.rank() >= rank).await.map(|level| *level);
        level.ok().and_then(StopLevel::why).unwrap_or(StopWhy::LeaseLost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn levels_only_rise_and_the_first_reason_stands() {
        let (handle, mut stop) = StopHandle::new();
        assert_eq!(stop.level(), StopLevel::Go);
        handle.raise(StopLevel::Soft(StopWhy::Cancel));
        handle.raise(StopLevel::Soft(StopWhy::Drain));
        assert_eq!(stop.soft().await, StopWhy::Cancel);
        handle.raise(StopLevel::Hard(StopWhy::Cancel));
        handle.raise(StopLevel::Go);
        assert_eq!(stop.hard().await, StopWhy::Cancel);
        assert_eq!(stop.soft().await, StopWhy::Cancel);
    }

    #[tokio::test]
    async fn a_dropped_handle_kills() {
        let (handle, mut stop) = StopHandle::new();
        drop(handle);
        assert_eq!(stop.hard().await, StopWhy::LeaseLost);
        assert_eq!(stop.level(), StopLevel::Hard(StopWhy::LeaseLost));
    }
}
