//! What is stored in the cases: small Testruns, and the events that a worker writes.

use std::path::PathBuf;
use std::time::Duration;

use testrunner_core::event::{CaseResult, FileFinish, LogChunk, NewEvent, Stream};
use testrunner_core::store::{Candidates, ClaimRequest, NewTestrun, Retention};
use testrunner_core::testrun::{CaseKind, FileRecord, FileRole};
use testrunner_core::{
    CaseOutcome, Digest, EventBody, FileOutcome, Labels, Limits, NewItem, Options, Plan, ProcessId, Source,
    Timestamp, WorkerId,
};

/// The name of the executor that all Testruns here ask for.
pub const EXECUTOR: &str = "pytest";
/// How long leases here last.
pub const TTL: Duration = Duration::from_secs(15);
/// The bytes of every file here.
pub const CONTENT: &[u8] = b"def test_it(): pass\n";

/// A Testrun of uploaded files, grouped into items as given: `grouped(&[&[0, 1], &[2]])` has three files in
/// two items.
#[must_use]
pub fn grouped(items: &[&[u32]]) -> NewTestrun {
    let files = items.iter().flat_map(|files| files.iter()).max().map_or(0, |last| last + 1);
    let items =
        (0..).zip(items).map(|(rank, files)| NewItem { files: files.to_vec(), weight_us: 1_000_000, rank });
    NewTestrun {
        username: "ada".to_owned(),
        executor: EXECUTOR.to_owned(),
        source: Source::Upload,
        pinned_to: None,
        suite: "suite".to_owned(),
        files: (0..files).map(file).collect(),
        items: items.collect(),
        options: Options::new(),
        limits: Limits::default(),
        plan: Plan::default(),
        priority: 0,
        max_fail: None,
        time_limit: None,
        max_lost: 3,
        max_infra: 3,
        retry_of: None,
        idempotency: None,
        labels: Labels::new(),
    }
}

/// A Testrun of so many files, one item for each.
#[must_use]
pub fn per_file(files: u32) -> NewTestrun {
    let items: Vec<Vec<u32>> = (0..files).map(|index| vec![index]).collect();
    grouped(&items.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

/// A Testrun of so many files in one item.
#[must_use]
pub fn whole(files: u32) -> NewTestrun {
    grouped(&[&(0..files).collect::<Vec<_>>()])
}

/// A Testrun of files in a directory, pinned to this process, one item for each file.
#[must_use]
pub fn directory(files: u32, owner: ProcessId) -> NewTestrun {
    let source = Source::Directory { root: PathBuf::from("/home/ada/project") };
    NewTestrun { source, pinned_to: Some(owner), ..per_file(files) }
}

/// Keeps only what ended at this moment or later.
#[must_use]
pub fn ended_before(moment: Timestamp) -> Retention {
    Retention { finished_before: Some(moment), ..Retention::default() }
}

/// Keeps nothing that has ended.
#[must_use]
pub fn all_ended() -> Retention {
    ended_before(Timestamp(i64::MAX))
}

fn file(index: u32) -> FileRecord {
    FileRecord {
        path: format!("tests/test_{index}.py"),
        role: FileRole::Test,
        size: CONTENT.len() as u64,
        digest: Some(Digest::of(CONTENT)),
        result: None,
    }
}

/// A claim by this worker of up to `max` shared items.
#[must_use]
pub fn claim_by(worker: &str, max: u32) -> ClaimRequest {
    ClaimRequest {
        from: Candidates::Any,
        max,
        worker: WorkerId(worker.to_owned()),
        ttl: TTL,
        executors: vec![EXECUTOR.to_owned()],
        process: None,
        shared: true,
        prefer: Vec::new(),
    }
}

/// An event as a worker reports it.
#[must_use]
pub const fn event(body: EventBody) -> NewEvent {
    NewEvent { at: Timestamp(7), body }
}

/// A case that ended.
#[must_use]
pub fn case(file: u32, name: &str, outcome: CaseOutcome) -> NewEvent {
    event(EventBody::Case(CaseResult {
        file,
        case: name.to_owned(),
        kind: CaseKind::Test,
        outcome,
        duration: Duration::from_millis(3),
        message: outcome.is_bad().then(|| "assert 1 == 2".to_owned()),
        line: Some(1),
    }))
}

/// Output on stdout, from its beginning.
#[must_use]
pub fn log(file: u32, data: impl Into<Vec<u8>>) -> NewEvent {
    log_at(file, 0, data)
}

/// Output on stdout, from this offset on.
#[must_use]
pub fn log_at(file: u32, offset: u64, data: impl Into<Vec<u8>>) -> NewEvent {
    let (case, stream, data) = (None, Stream::Stdout, data.into());
    event(EventBody::Log(LogChunk { file, case, stream, offset, data }))
}

/// A file that was started.
#[must_use]
pub const fn started(file: u32) -> NewEvent {
    event(EventBody::FileStarted { file })
}

/// A file that ended after one test.
#[must_use]
pub const fn finished(file: u32, outcome: FileOutcome) -> NewEvent {
    finished_after(file, outcome, Duration::from_millis(20))
}

/// A file that ended after one test and this time.
#[must_use]
pub const fn finished_after(file: u32, outcome: FileOutcome, duration: Duration) -> NewEvent {
    let finish = FileFinish { file, outcome, collected: 1, reported: 1, duration, message: None };
    event(EventBody::FileFinished(finish))
}

/// All that a worker says of a file with one test.
#[must_use]
pub fn judged(file: u32, outcome: FileOutcome) -> Vec<NewEvent> {
    let mut events = vec![started(file)];
    let test = match outcome {
        FileOutcome::Passed => Some(CaseOutcome::Passed),
        FileOutcome::Failed => Some(CaseOutcome::Failed),
        FileOutcome::Crashed => Some(CaseOutcome::Crashed),
        FileOutcome::TimedOut => Some(CaseOutcome::TimedOut),
        FileOutcome::Errored | FileOutcome::Empty | FileOutcome::Cancelled | FileOutcome::NotRun => None,
    };
    events.extend(test.map(|test| case(file, "test_it", test)));
    events.push(finished(file, outcome));
    events
}
