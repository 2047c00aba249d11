//! The sample files, each held against `expected.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use testrunner_core::event::Stream;
use testrunner_core::rules::{Tally, testrun_end};
use testrunner_core::testrun::{CaseKind, CaseOutcome, FailReason, FileOutcome, Status};
use testrunner_executor_pytest::select;

use crate::harness::{self, Ran};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    file: Vec<File>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: String,
    outcome: FileOutcome,
    message_contains: Option<String>,
    timeout: Option<String>,
    status: Status,
    reason: Option<FailReason>,
    exit_code: u8,
    cases: BTreeMap<String, Case>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(default)]
    kind: CaseKind,
    outcome: CaseOutcome,
    message_contains: Option<String>,
    output_contains: Option<String>,
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_test_files").canonicalize().unwrap()
}

fn expected() -> Vec<File> {
    let text = std::fs::read_to_string(samples().join("expected.toml")).unwrap();
    toml::from_str::<Expected>(&text).unwrap().file
}

#[tokio::test]
async fn every_sample_ends_as_expected() {
    let subtests = harness::has_subtests().await;
    for file in expected().into_iter().filter(|file| subtests || !file.path.contains("subtests")) {
        let mut run = harness::at(&samples(), &file.path);
        if let Some(timeout) = &file.timeout {
            run = run.timeout(Duration::from_secs(timeout.trim_end_matches('s').parse().unwrap()));
        }
        let ran = run.run().await;
        compare(&file, &ran);
    }
}

fn compare(file: &File, ran: &Ran) {
    let path = &file.path;
    let said = (&ran.verdict(), &ran.cases);
    // As the engine does it.
    let reported = ran.cases.iter().filter(|case| case.kind == CaseKind::Test).count();
    let bad = ran.cases.iter().filter(|case| case.outcome.is_bad()).count();
    let proven = ran.verdict().clone().proven(reported.try_into().unwrap(), bad.try_into().unwrap());
    assert_eq!(proven.outcome, file.outcome, "{path} {said:#?}");
    match &file.message_contains {
        Some(part) => assert!(ran.message().contains(part), "{path} {said:#?}"),
        None => assert_eq!(ran.message(), "", "{path}"),
    }
    let names: Vec<_> = ran.cases.iter().map(|case| case.case.as_str()).collect();
    assert_eq!(names.len(), file.cases.len(), "{path} {names:?}");
    for (name, expected) in &file.cases {
        let case = ran.case(name);
        assert_eq!((case.kind, case.outcome), (expected.kind, expected.outcome), "{path} {case:#?}");
        if let Some(part) = &expected.message_contains {
            assert!(ran.case_message(name).contains(part), "{path} {case:#?}");
        }
        if let Some(part) = &expected.output_contains {
            let wrote = [Stream::Stdout, Stream::Stderr].map(|stream| ran.wrote(stream, Some(name))).concat();
            assert!(wrote.contains(part), "{path} {name} {wrote}");
        }
    }
    let mut tally = Tally::default();
    tally.files.add(proven.outcome);
    assert_eq!(testrun_end(&tally), (file.status, file.reason), "{path}");
    let exit_code = match (file.status, file.reason) {
        (Status::Success, None) => 0,
        (_, Some(FailReason::TestsFailed)) => 1,
        (_, Some(FailReason::NoTests)) => 5,
        other => panic!("{path} {other:?}"),
    };
    assert_eq!(file.exit_code, exit_code, "{path}");
    if path.ends_with("test_floods.py") {
        assert_eq!(ran.wrote(Stream::Stdout, Some("test_flood")).len(), 100_000_000);
    }
}

#[test]
fn every_sample_is_in_the_table_and_in_the_readme() {
    let mut paths = Vec::new();
    let mut folders = vec![samples()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                paths.push(path.strip_prefix(samples()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let tree = testrunner_core::executor::FolderTree::new(samples(), paths);
    let mut listed: Vec<String> = expected().into_iter().map(|file| file.path).collect();
    listed.sort();
    assert_eq!(select(&tree).unwrap(), listed);
    let readme = std::fs::read_to_string(samples().join("README.md")).unwrap();
    for file in expected() {
        let row = format!("| `{}` | {} |", file.path, file.outcome);
        assert!(readme.contains(&row), "{row}");
    }
}
