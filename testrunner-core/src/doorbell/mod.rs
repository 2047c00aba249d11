//! Doorbells: "look now". A ring carries nothing, may be lost, doubled or late; a bounded poll stands behind
//! each, so that a broken bell costs time and nothing else.

mod local;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use local::LocalBell;

use crate::id::TestrunId;

/// What a bell is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// An item may be ready.
    Work,
    /// A Testrun has new events.
    Run(TestrunId),
    /// A Testrun may have got a stop mark.
    Stops,
    /// Some Testrun's status changed, or one was deleted.
    Runs,
}

/// Why a listener woke. All mean: go and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Somebody rang.
    Hint,
    /// Rings may have been missed (a connection was lost and found again).
    Resync,
    /// Nobody rang in time.
    Timeout,
}

/// Rings and listens. Rung after a commit, never before.
pub trait Doorbell: Debug + Send + Sync + 'static {
    /// Wakes the listeners of these topics, in this process and where it reaches others. Never blocks, never fails.
    fn ring(&self, topics: &[Topic]);

    /// A listener that is armed when this returns: a ring from now on is not missed.
    fn listen(&self, topic: Topic) -> Box<dyn Listener>;
}

impl<B: Doorbell + ?Sized> Doorbell for Arc<B> {
    fn ring(&self, topics: &[Topic]) {
        (**self).ring(topics);
    }

    fn listen(&self, topic: Topic) -> Box<dyn Listener> {
        (**self).listen(topic)
    }
}

/// Waits for one topic.
#[async_trait]
pub trait Listener: Debug + Send {
    /// Returns at a ring since the last return, or after `at_most`. Cancel-safe: a ring is kept.
    async fn rung(&mut self, at_most: Duration) -> Wake;
}
