//! What the caller asks for.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::id::{Digest, TestrunId};
use crate::plan::Plan;
use crate::testrun::{Labels, Limits};

/// Settings of an executor, checked by that executor; for pytest for example `keyword` and `marker`.
pub type Options = serde_json::Map<String, serde_json::Value>;

/// Where the files are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Source {
    /// In the submitter's own directory, executed there by the submitting process and nobody else.
    Directory {
        /// Absolute path that the files' paths are relative to.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        root: PathBuf,
    },
    /// In the store, by digest; a worker lays them out in a folder of its own.
    Upload,
}

/// Whether a file is run or only needed by those that are.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FileRole {
    /// A test file: planned, executed, judged.
    #[default]
    Test,
    /// Laid out beside the tests.
    Support,
}

/// The bytes of a file, or where they are.
#[derive(Clone, PartialEq, Eq)]
pub enum FileContent {
    /// Bytes to be put into the store by `submit`.
    Bytes(Vec<u8>),
    /// Bytes that the store has already.
    Blob {
        /// Their digest.
        digest: Digest,
        /// Their number.
        size: u64,
    },
    /// Stays where it is, in the directory of the source.
    InPlace {
        /// Digest at submission, when it was read.
        digest: Option<Digest>,
        /// Size at submission, in bytes.
        size: u64,
    },
}

impl FileContent {
    /// Size in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob { size, .. } | Self::InPlace { size, .. } => *size,
        }
    }

    /// The digest, computed where the bytes are at hand.
    #[must_use]
    pub fn digest(&self) -> Option<Digest> {
        match self {
            Self::Bytes(bytes) => Some(Digest::of(bytes)),
            Self::Blob { digest, .. } => Some(*digest),
            Self::InPlace { digest, .. } => *digest,
        }
    }
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Blob { digest, size } => write!(f, "Blob({digest}, {size} bytes)"),
            Self::InPlace { size, .. } => write!(f, "InPlace({size} bytes)"),
        }
    }
}

/// One file of a Testrun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecFile {
    /// Relative path with `/`.
    pub path: String,
    /// Run it, or only have it there.
    pub role: FileRole,
    /// Its bytes.
    pub content: FileContent,
}

impl SpecFile {
    pub(crate) const fn is_test(&self) -> bool {
        matches!(self.role, FileRole::Test)
    }
}

/// What a caller submits. Build it with [`TestrunSpec::directory`] or [`TestrunSpec::upload`].
#[derive(Clone, Debug, PartialEq)]
pub struct TestrunSpec {
    /// Who asks: 1 to 64 visible characters.
    pub username: String,
    /// Name of the executor that is to run the files.
    pub executor: String,
    /// Where the files are.
    pub source: Source,
    /// The files. At least one is a test.
    pub files: Vec<SpecFile>,
    /// Settings for the executor.
    pub options: Options,
    /// Bounds for this Testrun.
    pub limits: Limits,
    /// How files are grouped into items.
    pub plan: Plan,
    /// Larger goes first. 0 is the default.
    pub priority: i16,
    /// Stop after this many failed cases (1 is fail-fast). `None`: run all.
    pub max_fail: Option<u32>,
    /// Longest life of the Testrun, counted from its creation.
    pub time_limit: Option<Duration>,
    /// The Testrun that this one repeats.
    pub retry_of: Option<TestrunId>,
    /// Submitting twice with one key (per username) gives the first Testrun again.
    pub idempotency_key: Option<String>,
    /// What the Testrun can be found by: at most 16.
    pub labels: Labels,
}

impl TestrunSpec {
    fn new(executor: impl Into<String>, username: impl Into<String>, source: Source) -> Self {
        Self {
            username: username.into(),
            executor: executor.into(),
            source,
            files: Vec::new(),
            options: Options::new(),
            limits: Limits::default(),
            plan: Plan::default(),
            priority: 0,
            max_fail: None,
            time_limit: None,
            retry_of: None,
            idempotency_key: None,
            labels: Labels::new(),
        }
    }

    /// A batch whose files travel with it.
    #[must_use]
    pub fn upload(executor: impl Into<String>, username: impl Into<String>) -> Self {
        Self::new(executor, username, Source::Upload)
    }

    /// A batch that is executed in place, below `root` (an absolute path), by this process.
    #[must_use]
    pub fn directory(
        executor: impl Into<String>,
        username: impl Into<String>,
        root: impl Into<PathBuf>,
    ) -> Self {
        Self::new(executor, username, Source::Directory { root: root.into() })
    }

    /// Adds a test file with its bytes.
    #[must_use]
    pub fn file(self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(path, FileRole::Test, FileContent::Bytes(bytes.into()))
    }

    /// Adds a file that tests need, with its bytes.
    #[must_use]
    pub fn support(self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(path, FileRole::Support, FileContent::Bytes(bytes.into()))
    }

    /// Adds a test file that stays in the directory of the source. Its size and digest are read by `submit`.
    #[must_use]
    pub fn in_place(self, path: impl Into<String>) -> Self {
        self.with(path, FileRole::Test, FileContent::InPlace { digest: None, size: 0 })
    }

    fn with(mut self, path: impl Into<String>, role: FileRole, content: FileContent) -> Self {
        self.files.push(SpecFile { path: path.into(), role, content });
        self
    }

    /// Sets one option of the executor.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Sets the bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how files are grouped.
    #[must_use]
    pub const fn plan(mut self, plan: Plan) -> Self {
        self.plan = plan;
        self
    }

    /// Stops after `n` failed cases.
    #[must_use]
    pub const fn max_fail(mut self, n: u32) -> Self {
        self.max_fail = Some(n);
        self
    }

    /// Bounds the life of the whole Testrun.
    #[must_use]
    pub const fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Adds a label; a second one of the same key replaces the first.
    #[must_use]
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }

    /// Makes submitting safe to repeat.
    #[must_use]
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }
}
