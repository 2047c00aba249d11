//! How a queue is opened.

use std::time::Duration;

use testrunner_core::ProcessId;
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};

use crate::address::Address;
use crate::queue::AmqpQueue;

/// Longest name of a queue that AMQP can carry.
const LONGEST_NAME: usize = 255;

/// Settings of an [`AmqpQueue`]; made by [`AmqpQueue::options`].
#[derive(Clone, Debug)]
#[must_use]
pub struct AmqpOptions {
    pub(crate) queue: String,
    pub(crate) connection_name: String,
    pub(crate) offer_timeout: Duration,
    pub(crate) later: Duration,
}

impl Default for AmqpOptions {
    fn default() -> Self {
        Self {
            queue: "testrunner.tickets".to_owned(),
            connection_name: format!("testrunner {}", ProcessId::unique()),
            offer_timeout: Duration::from_secs(2),
            later: Duration::from_secs(1),
        }
    }
}

impl AmqpOptions {
    /// Name of the queue at the broker. Installations that share a virtual host each need one of their own.
    /// Default: `testrunner.tickets`.
    pub fn queue(mut self, name: impl Into<String>) -> Self {
        self.queue = name.into();
        self
    }

    /// What the broker shows this connection as. Default: `testrunner` and the process.
    pub fn connection_name(mut self, name: impl Into<String>) -> Self {
        self.connection_name = name.into();
        self
    }

    /// Longest time that an offer waits for the broker's confirmation. Default: 2 seconds.
    pub const fn offer_timeout(mut self, timeout: Duration) -> Self {
        self.offer_timeout = timeout;
        self
    }

    /// Time until a ticket settled as `Later` is delivered again. Default: 1 second.
    pub const fn later(mut self, delay: Duration) -> Self {
        self.later = delay;
        self
    }

    /// Opens the queue of the broker at `amqp://…` or `amqps://…`. Returns at once: the connection is made, and
    /// made again whenever it is lost, by a task of its own. [`AmqpQueue::connected`] waits for it. Needs a tokio
    /// runtime.
    ///
    /// # Errors
    /// `Invalid`: the address or the name cannot be used.
    pub fn open(self, url: &str) -> StoreResult<AmqpQueue> {
        let address = Address::parse(url)?;
        if self.queue.is_empty() || self.queue.len() > LONGEST_NAME {
            let message =
                format!("the name of a queue has 1 to {LONGEST_NAME} bytes, not {}", self.queue.len());
            return Err(StoreError::new(StoreErrorKind::Invalid, message));
        }
        Ok(AmqpQueue::start(address, self))
    }
}
