//! Freezes the JSON of Testruns and events.

use std::time::Duration;

use testrunner_core::event::{CaseResult, FileFinish, LogChunk, ReturnWhy, SCHEMA_VERSION, Stream};
use testrunner_core::testrun::{
    FileCounts, FileRecord, FileResult, FileRole, ItemCounts, ScheduleDocument, StopMark, StopWhy, Summary,
};
use testrunner_core::{
    CaseCounts, CaseKind, CaseOutcome, Digest, Epoch, Event, EventBody, FailReason, FileOutcome, ItemId,
    ItemState, Labels, Limits, Options, Plan, ProcessId, Seq, Source, Status, Testrun, TestrunDocument,
    TestrunId, Timestamp, WorkerId,
};

fn testrun() -> Testrun {
    let cases = CaseCounts { passed: 1, failed: 1, ..CaseCounts::default() };
    let result = FileResult {
        outcome: FileOutcome::Failed,
        duration: Duration::from_millis(420),
        collected: 2,
        reported: 2,
        counts: cases,
        message: None,
    };
    let file = |path: &str, role, result| FileRecord {
        path: path.to_owned(),
        role,
        size: 3,
        digest: Some(Digest::of(b"abc")),
        result,
    };
    let summary = Summary {
        id: TestrunId(7),
        username: "ada".to_owned(),
        status: Status::Failed,
        reason: Some(FailReason::TestsFailed),
        executor: "pytest".to_owned(),
        source: Source::Directory { root: "/home/ada/project".into() },
        pinned_to: Some(ProcessId("4711-x".to_owned())),
        suite: "pytest:dir:/home/ada/project".to_owned(),
        options: Options::new(),
        limits: Limits::default(),
        plan: Plan::Whole,
        items: ItemCounts { total: 1, open: 0, passed: 0, failed: 1, cancelled: 0 },
        files: FileCounts { total: 2, failed: 1, not_run: 1, ..FileCounts::default() },
        cases,
        priority: 0,
        max_fail: Some(1),
        stop: Some(StopMark {
            why: StopWhy::FailFast,
            by: "max_fail".to_owned(),
            at: Timestamp(1_700_000_000_500_000),
        }),
        deadline: None,
        retry_of: None,
        created_at: Timestamp(1_700_000_000_000_000),
        started_at: Some(Timestamp(1_700_000_000_100_000)),
        finished_at: Some(Timestamp(1_700_000_000_600_000)),
        last_seq: Seq(12),
        labels: Labels::from([("branch".to_owned(), "main".to_owned())]),
    };
    let files = vec![
        file("tests/test_a.py", FileRole::Test, Some(result)),
        file("tests/conftest.py", FileRole::Support, None),
        file("tests/test_b.py", FileRole::Test, None),
    ];
    Testrun { summary, files }
}

#[test]
fn the_testrun_on_the_wire_is_frozen() {
    let schedule = ScheduleDocument {
        slots: 2,
        predicted_us: 410_000,
        makespan_us: 500_000,
        files_us: 420_000,
        idle_us: 60_000,
    };
    let document = TestrunDocument::from(&testrun()).with_schedule(Some(schedule));
    insta::assert_json_snapshot!("testrun", document);
    let text = serde_json::to_string(&document).expect("writes");
    assert_eq!(serde_json::from_str::<TestrunDocument>(&text).expect("reads"), document);
}

#[test]
fn a_listing_has_no_files() {
    let text = serde_json::to_value(TestrunDocument::from(&testrun().summary)).expect("writes");
    assert_eq!((text.get("tests"), text.get("support")), (None, None));
}

#[test]
fn a_remote_reader_has_the_testrun_but_for_what_stays_with_the_store() {
    let local = testrun();
    let remote = Testrun::from(TestrunDocument::from(&local));
    let summary =
        Summary { pinned_to: None, suite: String::new(), plan: Plan::default(), ..local.summary.clone() };
    assert_eq!(remote, Testrun { summary, files: local.files });
    let listed = Testrun::from(TestrunDocument::from(&local.summary));
    assert_eq!((listed.summary, listed.files), (remote.summary, Vec::new()));
}

/// Written before these fields were.
#[test]
fn an_older_document_is_read() {
    let mut old = serde_json::to_value(TestrunDocument::from(&testrun())).expect("writes");
    let fields = old.as_object_mut().expect("an object");
    for new in ["options", "limits", "labels", "last_seq", "support"] {
        assert!(fields.remove(new).is_some(), "{new}");
    }
    for test in fields["tests"].as_array_mut().expect("tests") {
        test.as_object_mut().expect("an object").remove("index");
    }
    let read: TestrunDocument = serde_json::from_value(old).expect("reads");
    let paths: Vec<_> = Testrun::from(read).files.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, ["tests/test_a.py", "tests/test_b.py"]);
}

fn bodies() -> Vec<EventBody> {
    let case = |kind, outcome, message: Option<&str>| {
        EventBody::Case(CaseResult {
            file: 0,
            case: "TestSum::test_of_two[1-2]".to_owned(),
            kind,
            outcome,
            duration: Duration::from_micros(1_250),
            message: message.map(str::to_owned),
            line: Some(12),
        })
    };
    let log = |data: &[u8], case: Option<&str>| {
        let (case, stream, data) = (case.map(str::to_owned), Stream::Stdout, data.to_vec());
        EventBody::Log(LogChunk { file: 0, case, stream, offset: 0, data })
    };
    vec![
        EventBody::RunStatus { from: None, to: Status::Created, reason: None },
        EventBody::ItemStarted { worker: WorkerId("worker-1".to_owned()), attempt: 1 },
        EventBody::RunStatus { from: Some(Status::Created), to: Status::Running, reason: None },
        EventBody::FileStarted { file: 0 },
        EventBody::CaseStarted { file: 0, case: "test_a".to_owned() },
        log("héllo\n".as_bytes(), Some("test_a")),
        log(b"\xff\x00", None),
        case(CaseKind::Test, CaseOutcome::Failed, Some("assert 1 == 2")),
        case(CaseKind::Subtest, CaseOutcome::TimedOut, None),
        EventBody::Truncated { file: 0, stream: Stream::Stderr, dropped_bytes: 99 },
        EventBody::FileFinished(FileFinish {
            file: 0,
            outcome: FileOutcome::Failed,
            collected: 2,
            reported: 2,
            duration: Duration::from_millis(42),
            message: Some("left 1 process running".to_owned()),
        }),
        EventBody::StopRequested { why: StopWhy::Cancel, by: "ada".to_owned() },
        EventBody::ItemReturned { why: ReturnWhy::WorkerLost, message: None },
        EventBody::ItemFinished {
            state: ItemState::Failed,
            reason: Some(FailReason::Infra),
            message: Some("no python".to_owned()),
        },
        EventBody::RunStatus {
            from: Some(Status::Running),
            to: Status::Failed,
            reason: Some(FailReason::TestsFailed),
        },
    ]
}

#[test]
fn events_on_the_wire_are_frozen() {
    let events: Vec<Event> = (1..)
        .zip(bodies())
        .map(|(seq, body)| Event {
            v: SCHEMA_VERSION,
            run: TestrunId(7),
            seq: Seq(seq),
            at: Timestamp(1_700_000_000_000_000 + seq),
            item: body.file().map(|_| ItemId(3)),
            epoch: body.file().map(|_| Epoch(1)),
            body,
        })
        .collect();
    insta::assert_json_snapshot!("events", events);
    for event in events {
        let text = serde_json::to_string(&event).expect("writes");
        assert_eq!(serde_json::from_str::<Event>(&text).expect("reads"), event);
        assert!(text.contains(event.body.kind()), "{text}");
    }
}
