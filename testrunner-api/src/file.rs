//! The files of a Testrun.

use serde::{Deserialize, Serialize};
use testrunner_core::testrun::FileRole;
use testrunner_core::{CaseCounts, Digest, FileOutcome};

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileDocument {
    /// Its index: what events and cases name it by.
    pub index: u32,
    /// Relative path.
    pub path: String,
    /// A test, or only needed by tests.
    pub role: FileRole,
    /// Size in bytes at submission.
    pub size: u64,
    /// SHA-256 at submission.
    pub digest: Option<Digest>,
    /// How it ended; absent while it has not.
    pub outcome: Option<FileOutcome>,
    /// Wall time.
    pub duration_us: Option<i64>,
    /// Its cases by outcome.
    pub counts: CaseCounts,
    /// Where its bytes are, relative to the API's base; absent when they are not kept here.
    pub content: Option<String>,
}
