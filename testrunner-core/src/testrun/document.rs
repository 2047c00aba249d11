//! The Testrun as JSON: the shape that CLI, HTTP and console share. Frozen by a snapshot test.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{Digest, TestrunId};
use crate::testrun::{
    CaseCounts, FailReason, FileCounts, FileOutcome, FileRole, ItemCounts, Source, Status, StopMark, Summary,
    Testrun,
};

/// A Testrun on the wire. Times are integer microseconds UTC; fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of Summary, by the same names")]
pub struct TestrunDocument {
    pub id: TestrunId,
    pub username: String,
    pub status: Status,
    pub reason: Option<FailReason>,
    /// The test files, in order of submission; absent in listings.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tests: Option<Vec<TestDocument>>,
    /// Where the log is, relative to the API's base.
    pub logs: LogLinks,
    pub counts: CountsDocument,
    pub executor: String,
    pub source: Source,
    pub priority: i16,
    pub max_fail: Option<u32>,
    pub stop: Option<StopMark>,
    pub deadline: Option<Timestamp>,
    pub retry_of: Option<TestrunId>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
}

/// The links to a Testrun's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLinks {
    /// The event log.
    pub events: String,
    /// The output as plain text.
    pub text: String,
}

/// Counts at three levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the types say it")]
pub struct CountsDocument {
    pub cases: CaseCounts,
    pub files: FileCounts,
    pub items: ItemCounts,
}

/// One test file on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of FileRecord and FileResult, by the same names")]
pub struct TestDocument {
    pub path: String,
    pub digest: Option<Digest>,
    pub size: u64,
    pub outcome: Option<FileOutcome>,
    pub duration_us: Option<i64>,
    pub collected: Option<u32>,
    pub reported: Option<u32>,
    pub counts: CaseCounts,
    pub message: Option<String>,
}

impl From<&Summary> for TestrunDocument {
    fn from(run: &Summary) -> Self {
        Self {
            id: run.id,
            username: run.username.clone(),
            status: run.status,
            reason: run.reason,
            tests: None,
            logs: LogLinks {
                events: format!("testruns/{}/events", run.id),
                text: format!("testruns/{}/log", run.id),
            },
            counts: CountsDocument { cases: run.cases, files: run.files, items: run.items },
            executor: run.executor.clone(),
            source: run.source.clone(),
            priority: run.priority,
            max_fail: run.max_fail,
            stop: run.stop.clone(),
            deadline: run.deadline,
            retry_of: run.retry_of,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

impl From<&Testrun> for TestrunDocument {
    fn from(run: &Testrun) -> Self {
        let tests = run.files.iter().filter(|file| file.role == FileRole::Test).map(|file| {
            let result = file.result.as_ref();
            TestDocument {
                path: file.path.clone(),
                digest: file.digest,
                size: file.size,
                outcome: result.map(|result| result.outcome),
                duration_us: result.map(|result| crate::clock::micros(result.duration)),
                collected: result.map(|result| result.collected),
                reported: result.map(|result| result.reported),
                counts: result.map(|result| result.counts).unwrap_or_default(),
                message: result.and_then(|result| result.message.clone()),
            }
        });
        Self { tests: Some(tests.collect()), ..Self::from(&run.summary) }
    }
}
