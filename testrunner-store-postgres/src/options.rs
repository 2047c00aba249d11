//! How a store is opened.

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::Clock;
use testrunner_core::store::StoreResult;

use crate::store::PostgresStore;

/// Settings of a [`PostgresStore`]; made by [`PostgresStore::options`].
#[derive(Clone, Debug)]
#[must_use]
pub struct PostgresOptions {
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) schema: String,
    pub(crate) connections: u32,
    pub(crate) acquire_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) pooled: Option<bool>,
    pub(crate) grace: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            clock: None,
            schema: "testrunner".to_owned(),
            connections: 10,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(60),
            pooled: None,
            grace: Duration::from_secs(30),
        }
    }
}

impl PostgresOptions {
    /// Where the time comes from. Default: the server of the database, so that hosts with wrong clocks do no harm.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The schema that holds the tables; made when it is not there. Small letters, digits and `_`. Default:
    /// `testrunner`.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// How many connections do the work. There is one more, which listens. At least 2. Default: 10.
    pub const fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// How long a call waits for a connection before it answers `Busy`, or `Unavailable` when the server cannot be
    /// reached. Default: 10 seconds.
    pub const fn acquire_timeout(mut self, timeout: Duration) -> Self {
        self.acquire_timeout = timeout;
        self
    }

    /// How long one statement may take before it is given up as `Busy`. Default: 60 seconds.
    pub const fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// Whether there is a proxy between that gives each transaction any of its connections (`PgBouncer` with
    /// `pool_mode = transaction`). Then nothing of a session is used: rings of other processes are heard by a look
    /// each second, and who is alive is known by what it says every few seconds. Default: found out.
    pub const fn pooled(mut self, pooled: bool) -> Self {
        self.pooled = Some(pooled);
        self
    }

    /// How long a process may be out of touch with the database before others end the directory Testruns that are
    /// pinned to it. Default: 30 seconds.
    pub const fn process_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Opens the database at this URL (`postgres://user:password@host:port/database?sslmode=…`), and makes schema and
    /// tables when they are not there.
    ///
    /// # Errors
    /// `Invalid` when the URL or the schema's name is none, the server lets this user not in, there is no such
    /// database, or the tables are not ours or newer than this program; `Unavailable` when the server cannot be reached.
    /// No message has the password in it.
    pub async fn open(self, url: &str) -> StoreResult<PostgresStore> {
        crate::open::open(self, url).await
    }
}
