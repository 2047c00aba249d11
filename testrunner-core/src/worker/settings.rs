//! What a worker may be told.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, SystemClock};
use crate::engine::EngineError;
use crate::id::{ProcessId, WorkerId};
use crate::testrun::{Labels, check_labels};

/// What a worker may be told. Everything has a sane default.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) id: WorkerId,
    pub(crate) slots: usize,
    /// What its operator sorts workers by.
    pub(crate) labels: Labels,
    pub(crate) ttl: Duration,
    /// Longest wait before the store is asked for work without a hint.
    pub(crate) poll: Duration,
    pub(crate) environment: BTreeMap<String, String>,
    /// Where uploads are laid out.
    pub(crate) work_dir: PathBuf,
    /// How long a store that does not answer is asked again; `None`: for ever.
    pub(crate) give_up_after: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            id: WorkerId(format!("worker-{}", ProcessId::unique())),
            slots: std::thread::available_parallelism().map_or(1, usize::from),
            labels: Labels::new(),
            ttl: Duration::from_secs(15),
            poll: Duration::from_secs(1),
            environment: BTreeMap::new(),
            work_dir: std::env::temp_dir(),
            give_up_after: None,
        }
    }
}

impl Settings {
    /// # Errors
    /// A number is out of range, or a label is refused.
    pub(crate) fn check(&self) -> Result<(), EngineError> {
        if self.slots > 1_024 {
            return Err(EngineError::Config("the number of slots must be at most 1024".to_owned()));
        }
        if self.ttl < Duration::from_millis(100) {
            return Err(EngineError::Config("a lease must last at least 100 ms".to_owned()));
        }
        if self.poll.is_zero() {
            return Err(EngineError::Config("the poll for work must be longer than nothing".to_owned()));
        }
        check_labels(&self.labels).map_err(|error| EngineError::Config(error.to_string()))
    }
}
