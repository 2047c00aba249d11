//! How a store is opened.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use testrunner_core::store::StoreResult;
use testrunner_core::{Clock, SystemClock};

use crate::store::SqliteStore;

/// Settings of a [`SqliteStore`]; made by [`SqliteStore::options`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SqliteOptions {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) busy_timeout: Duration,
    pub(crate) readers: u32,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), busy_timeout: Duration::from_secs(30), readers: 4 }
    }
}

impl SqliteOptions {
    /// Where the time comes from. Default: the operating system.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// How long a write waits for other processes before it answers `Busy`. Default: 30 seconds.
    pub const fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How many connections read at the same time, but for two more for what looks at every Testrun, such as a
    /// search for text. At least 1. Default: 4.
    pub const fn readers(mut self, connections: u32) -> Self {
        self.readers = connections;
        self
    }

    /// Opens the database at this path, and creates it when it is not there.
    ///
    /// # Errors
    /// `Unavailable` when the folder or the file cannot be used, `Invalid` when the file is not ours or newer
    /// than this program, `Corrupt` when it is damaged. The message says what to do.
    pub async fn open(self, path: impl AsRef<Path> + Send) -> StoreResult<SqliteStore> {
        crate::open::open(self, path.as_ref()).await
    }
}
