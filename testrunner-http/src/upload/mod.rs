//! Uploads: a multipart form of fields and files, or an archive of them, within bounds and without a trace on disk.

mod archive;
mod body;
mod form;
mod names;
mod part;
mod spool;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::body::Body;
pub use self::form::receive;
pub(crate) use self::names::Names;

/// Uploads are counted against memory in steps of this, in bytes.
const STEP: u64 = 1 << 10;
const IN_FLIGHT: u64 = 256 << 20;

/// Bounds on one upload. Sizes in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLimits {
    /// Largest file.
    pub file_bytes: u64,
    /// Largest sum of all files; of an archive before and after it is unpacked.
    pub total_bytes: u64,
    /// Most files.
    pub files: usize,
    /// Most parts of the form.
    pub parts: usize,
    /// Longest text field.
    pub field_bytes: usize,
    /// Most entries of an archive, folders included.
    pub archive_entries: usize,
    /// How many times its size an archive may unpack to, beyond the first MiB.
    pub archive_ratio: u64,
}

impl Default for UploadLimits {
    fn default() -> Self {
        Self {
            file_bytes: 8 << 20,
            total_bytes: 32 << 20,
            files: 2_000,
            parts: 2_100,
            field_bytes: 64 << 10,
            archive_entries: 1_000,
            archive_ratio: 10,
        }
    }
}

impl UploadLimits {
    /// Largest body: the files, and for each part its boundary and headers.
    fn body_bytes(&self) -> u64 {
        self.total_bytes.saturating_add(self.parts as u64 * STEP).saturating_add(1 << 20)
    }
}

/// Where uploads wait, and how many bytes of them are in memory at once.
#[derive(Clone, Debug)]
pub struct Uploads {
    /// Bounds on each.
    pub limits: UploadLimits,
    /// The folder for what has come so far. Files in it have no names: nothing is left of them, however the process ends.
    pub spool: PathBuf,
    room: Arc<Semaphore>,
    steps: u32,
}

impl Uploads {
    /// Uploads that wait in `spool`, with at most `in_flight` bytes of them in memory at once.
    #[must_use]
    pub fn new(spool: impl Into<PathBuf>, limits: UploadLimits, in_flight: u64) -> Self {
        let steps = u32::try_from(in_flight / STEP).unwrap_or(u32::MAX).max(1);
        let room = Arc::new(Semaphore::new(usize::try_from(steps).unwrap_or(Semaphore::MAX_PERMITS)));
        Self { limits, spool: spool.into(), room, steps }
    }
}

impl Default for Uploads {
    fn default() -> Self {
        Self::new(std::env::temp_dir(), UploadLimits::default(), IN_FLIGHT)
    }
}

/// What came.
#[derive(Debug)]
pub struct Upload {
    /// The text fields by name. Only `label` may come more than once.
    pub fields: BTreeMap<String, Vec<String>>,
    /// The files by path, those of the archive among them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The right to have them in memory, until it is dropped.
    pub room: OwnedSemaphorePermit,
}
