//! The Testrun as JSON: the shape that CLI, HTTP and console share. Frozen by a snapshot test.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{Digest, Seq, TestrunId};
use crate::item::Item;
use crate::plan::Plan;
use crate::testrun::{
    CaseCounts, FailReason, FileCounts, FileOutcome, FileRecord, FileResult, FileRole, ItemCounts, Labels,
    Limits, Options, Source, Status, StopMark, Summary, Testrun,
};

/// A Testrun on the wire. Times are integer microseconds UTC; fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of Summary, by the same names")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestrunDocument {
    pub id: TestrunId,
    pub username: String,
    pub status: Status,
    pub reason: Option<FailReason>,
    /// The test files, in order of submission; absent in listings.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tests: Option<Vec<TestDocument>>,
    /// The files that tests need, in order of submission; absent in listings.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub support: Option<Vec<SupportDocument>>,
    /// Where the log is, relative to the API's base.
    pub logs: LogLinks,
    pub counts: CountsDocument,
    pub executor: String,
    pub source: Source,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub options: Options,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, String>))]
    pub labels: Labels,
    pub priority: i16,
    pub max_fail: Option<u32>,
    pub stop: Option<StopMark>,
    pub deadline: Option<Timestamp>,
    pub retry_of: Option<TestrunId>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    #[serde(default)]
    pub last_seq: Seq,
    /// What became of its schedule, once it has ended; absent in listings, and where its log is too long to be read
    /// for that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub schedule: Option<ScheduleDocument>,
}

/// What a Testrun made of its slots, beside what its plan had predicted; see
/// [`SlotUse`](crate::SlotUse) for what the words mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScheduleDocument {
    /// Slots that it had.
    pub slots: u32,
    /// When its items were predicted to be done on so many slots, by what its files took before. What is around files
    /// is not in it.
    pub predicted_us: i64,
    /// From the first claim to the end of the last item.
    pub makespan_us: i64,
    /// How long files ran that came to an end, in all.
    pub files_us: i64,
    /// How long slots held no item of it, in all.
    pub idle_us: i64,
}

/// The links to a Testrun's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLinks {
    /// The event log.
    pub events: String,
    /// The output as plain text.
    pub text: String,
}

/// Counts at three levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the types say it")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountsDocument {
    pub cases: CaseCounts,
    pub files: FileCounts,
    pub items: ItemCounts,
}

/// One test file on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of FileRecord and FileResult, by the same names")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TestDocument {
    /// The number by which events and cases name the file.
    #[serde(default)]
    pub index: u32,
    pub path: String,
    pub digest: Option<Digest>,
    pub size: u64,
    pub outcome: Option<FileOutcome>,
    pub duration_us: Option<i64>,
    pub collected: Option<u32>,
    pub reported: Option<u32>,
    pub counts: CaseCounts,
    pub message: Option<String>,
    /// How often the item that it belongs to was claimed, where that was more than once and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
}

/// One support file on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of FileRecord, by the same names")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupportDocument {
    /// The number of the file, counted with the tests.
    #[serde(default)]
    pub index: u32,
    pub path: String,
    pub digest: Option<Digest>,
    pub size: u64,
}

impl From<&Summary> for TestrunDocument {
    fn from(run: &Summary) -> Self {
        Self {
            id: run.id,
            username: run.username.clone(),
            status: run.status,
            reason: run.reason,
            tests: None,
            support: None,
            logs: LogLinks {
                events: format!("testruns/{}/events", run.id),
                text: format!("testruns/{}/log", run.id),
            },
            counts: CountsDocument { cases: run.cases, files: run.files, items: run.items },
            executor: run.executor.clone(),
            source: run.source.clone(),
            options: run.options.clone(),
            limits: run.limits.clone(),
            labels: run.labels.clone(),
            priority: run.priority,
            max_fail: run.max_fail,
            stop: run.stop.clone(),
            deadline: run.deadline,
            retry_of: run.retry_of,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            last_seq: run.last_seq,
            schedule: None,
        }
    }
}

impl From<&Testrun> for TestrunDocument {
    fn from(run: &Testrun) -> Self {
        let (mut tests, mut support) = (Vec::new(), Vec::new());
        for (index, file) in (0..).zip(&run.files) {
            match file.role {
                FileRole::Test => tests.push(TestDocument::of(index, file)),
                FileRole::Support => support.push(SupportDocument {
                    index,
                    path: file.path.clone(),
                    digest: file.digest,
                    size: file.size,
                }),
            }
        }
        Self { tests: Some(tests), support: Some(support), ..Self::from(&run.summary) }
    }
}

impl TestDocument {
    fn of(index: u32, file: &FileRecord) -> Self {
        let result = file.result.as_ref();
        Self {
            index,
            path: file.path.clone(),
            digest: file.digest,
            size: file.size,
            outcome: result.map(|result| result.outcome),
            duration_us: result.map(|result| crate::clock::micros(result.duration)),
            collected: result.map(|result| result.collected),
            reported: result.map(|result| result.reported),
            counts: result.map(|result| result.counts).unwrap_or_default(),
            message: result.and_then(|result| result.message.clone()),
            attempts: None,
        }
    }
}

impl TestrunDocument {
    /// The same with what items say of their files: how often each was begun.
    #[must_use]
    pub fn with_attempts(mut self, items: &[Item]) -> Self {
        let again: HashMap<u32, u32> = items
            .iter()
            .filter(|item| item.attempts > 1)
            .flat_map(|item| item.files.iter().map(|file| (*file, item.attempts)))
            .collect();
        for test in self.tests.iter_mut().flatten() {
            test.attempts = again.get(&test.index).copied();
        }
        self
    }

    /// The same with what became of its schedule.
    #[must_use]
    pub fn with_schedule(self, schedule: Option<ScheduleDocument>) -> Self {
        Self { schedule, ..self }
    }
}

/// As a remote reader knows it: to whom it is pinned, what its timings are remembered under and how it was planned
/// stays with the store, so `pinned_to` is `None`, `suite` empty and `plan` the usual one.
impl From<TestrunDocument> for Testrun {
    fn from(run: TestrunDocument) -> Self {
        let tests = run.tests.into_iter().flatten().map(|test| (test.index, test.into()));
        let support = run.support.into_iter().flatten().map(|file| (file.index, file.into()));
        let mut files: Vec<(u32, FileRecord)> = tests.chain(support).collect();
        files.sort_by_key(|(index, _)| *index);
        let summary = Summary {
            id: run.id,
            username: run.username,
            status: run.status,
            reason: run.reason,
            executor: run.executor,
            source: run.source,
            pinned_to: None,
            suite: String::new(),
            options: run.options,
            limits: run.limits,
            plan: Plan::default(),
            items: run.counts.items,
            files: run.counts.files,
            cases: run.counts.cases,
            priority: run.priority,
            max_fail: run.max_fail,
            stop: run.stop,
            deadline: run.deadline,
            retry_of: run.retry_of,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            last_seq: run.last_seq,
            labels: run.labels,
        };
        Self { summary, files: files.into_iter().map(|(_, file)| file).collect() }
    }
}

impl From<TestDocument> for FileRecord {
    fn from(test: TestDocument) -> Self {
        let result = test.outcome.map(|outcome| FileResult {
            outcome,
            duration: Duration::from_micros(test.duration_us.unwrap_or(0).try_into().unwrap_or(0)),
            collected: test.collected.unwrap_or(0),
            reported: test.reported.unwrap_or(0),
            counts: test.counts,
            message: test.message,
        });
        Self { path: test.path, role: FileRole::Test, size: test.size, digest: test.digest, result }
    }
}

impl From<SupportDocument> for FileRecord {
    fn from(file: SupportDocument) -> Self {
        let SupportDocument { index: _, path, digest, size } = file;
        Self { path, role: FileRole::Support, size, digest, result: None }
    }
}
