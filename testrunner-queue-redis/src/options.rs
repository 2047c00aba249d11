//! How a queue and a bell are opened.

use std::time::Duration;

use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};

use crate::address::Address;
use crate::bell::RedisBell;
use crate::queue::RedisQueue;

/// Longest name of a key that anybody would read.
const LONGEST_NAME: usize = 255;

/// Settings of a [`RedisQueue`] and a [`RedisBell`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RedisOptions {
    pub(crate) stream: String,
    pub(crate) channel: String,
    pub(crate) offer_timeout: Duration,
    pub(crate) later: Duration,
    pub(crate) abandoned: Duration,
}

impl Default for RedisOptions {
    fn default() -> Self {
        Self {
            stream: "testrunner.tickets".to_owned(),
            channel: "testrunner.bell".to_owned(),
            offer_timeout: Duration::from_secs(2),
            later: Duration::from_secs(1),
            abandoned: Duration::from_secs(30),
        }
    }
}

impl RedisOptions {
    /// The usual settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Key of the stream that tickets go through. Installations that share a database each need one of their own.
    /// Default: `testrunner.tickets`.
    pub fn stream(mut self, key: impl Into<String>) -> Self {
        self.stream = key.into();
        self
    }

    /// Name of the channel that the bell rings on. Channels are shared by all databases of a server.
    /// Default: `testrunner.bell`.
    pub fn channel(mut self, name: impl Into<String>) -> Self {
        self.channel = name.into();
        self
    }

    /// Longest time that an offer waits for the server. Default: 2 seconds.
    pub const fn offer_timeout(mut self, timeout: Duration) -> Self {
        self.offer_timeout = timeout;
        self
    }

    /// Time until a ticket settled as `Later` is delivered again. Default: 1 second.
    pub const fn later(mut self, delay: Duration) -> Self {
        self.later = delay;
        self
    }

    /// After how long a ticket that was delivered and not settled is given to another worker. It is looked for
    /// every half of that. Default: 30 seconds.
    pub const fn abandoned(mut self, after: Duration) -> Self {
        self.abandoned = after;
        self
    }

    /// Opens the queue at `redis://…` or `rediss://…`. Returns at once: the connection is made, and made again
    /// whenever it is lost, by a task of its own. [`RedisQueue::connected`] waits for it. Needs a tokio runtime.
    ///
    /// # Errors
    /// `Invalid`: the address or the key cannot be used.
    pub fn open_queue(self, url: &str) -> StoreResult<RedisQueue> {
        check("the key of a stream", &self.stream)?;
        Ok(RedisQueue::start(Address::parse(url)?, self))
    }

    /// Opens the bell at `redis://…` or `rediss://…`; as [`open_queue`](Self::open_queue).
    ///
    /// # Errors
    /// `Invalid`: the address or the channel cannot be used.
    pub fn open_bell(self, url: &str) -> StoreResult<RedisBell> {
        check("the name of a channel", &self.channel)?;
        Ok(RedisBell::start(Address::parse(url)?, self.channel))
    }
}

fn check(what: &str, name: &str) -> StoreResult<()> {
    if (1..=LONGEST_NAME).contains(&name.len()) {
        return Ok(());
    }
    let message = format!("{what} has 1 to {LONGEST_NAME} bytes, not {}", name.len());
    Err(StoreError::new(StoreErrorKind::Invalid, message))
}
