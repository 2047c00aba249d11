//! A Testrun as JUnit XML: a suite for each file, a case for each test, and nothing red is lost. A file that
//! ended badly without a bad case gets a case `[file]` that says so.

use std::fmt::Display;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};
use testrunner_core::event::CaseResult;
use testrunner_core::report::{FileReport, Output, Report};
use testrunner_core::testrun::{FileRecord, FileRole, StopWhy, Testrun};
use testrunner_core::{CaseKind, CaseOutcome, FailReason, FileOutcome};

use crate::error::JunitError;
use crate::headline::headline;
use crate::text::{moment, shortened, text};

/// A Testrun and the [`Report`] of its events as a JUnit XML document, in UTF-8.
///
/// # Errors
/// It could not be put together.
pub fn document(run: &Testrun, report: &Report) -> Result<Vec<u8>, JunitError> {
    let mut document = quick_junit::Report::new(format!("Testrun {}", run.id()));
    let summary = &run.summary;
    document.timestamp = moment(summary.created_at);
    if let (Some(started), Some(finished)) = (summary.started_at, summary.finished_at) {
        document.set_time(finished.since(started));
    }
    for (index, record) in (0..).zip(&run.files).filter(|(_, record)| record.role == FileRole::Test) {
        document.add_test_suite(suite(run, record, report.files.get(&index)));
    }
    let mut bytes = Vec::new();
    document.serialize(&mut bytes)?;
    Ok(bytes)
}

fn suite(run: &Testrun, record: &FileRecord, file: Option<&FileReport>) -> TestSuite {
    let mut suite = TestSuite::new(text(&record.path));
    let finish = file.and_then(|file| file.finish.as_ref());
    let outcome = finish.map_or(FileOutcome::NotRun, |finish| finish.outcome);
    suite.extra.insert("file".into(), text(&record.path).into());
    for (name, value) in [
        ("testrun", run.id().to_string()),
        ("username", run.summary.username.clone()),
        ("outcome", outcome.to_string()),
    ] {
        suite.add_property(Property::new(name, text(&value)));
    }
    let Some((file, finish)) = file.zip(finish) else {
        suite.add_test_case(not_run(run, record));
        return suite;
    };
    suite.timestamp = moment(file.started_at);
    suite.set_time(finish.duration);
    for case in &file.cases {
        suite.add_test_case(test_case(&record.path, case, file.output.get(&Some(case.case.clone()))));
    }
    let explained = file.cases.iter().any(|case| case.outcome.is_bad());
    if !finish.outcome.is_good() && !explained {
        let message = finish.message.as_deref().unwrap_or_default();
        suite.add_test_case(whole_file(record, finish.outcome, message, file.output.get(&None)));
    }
    suite
}

fn test_case(path: &str, case: &CaseResult, output: Option<&Output>) -> TestCase {
    let (class, name) = names(path, case);
    let mut test = TestCase::new(text(&name), status(case));
    test.set_classname(text(&class)).set_time(case.duration);
    test.extra.insert("file".into(), text(path).into());
    if let Some(line) = case.line {
        test.extra.insert("line".into(), line.to_string().into());
    }
    if let Some(output) = output.filter(|_| case.outcome.is_bad()) {
        add_output(&mut test, output);
    }
    test
}

fn status(case: &CaseResult) -> TestCaseStatus {
    let message = case.message.as_deref().unwrap_or_default();
    let mut status = match case.outcome {
        CaseOutcome::Passed | CaseOutcome::Xpassed => return TestCaseStatus::success(),
        CaseOutcome::Skipped | CaseOutcome::Xfailed => TestCaseStatus::skipped(),
        CaseOutcome::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        CaseOutcome::Error | CaseOutcome::Crashed | CaseOutcome::TimedOut => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    status.set_message(said(message, &case.outcome)).set_type(case.outcome.to_string());
    if case.outcome.is_bad() && !message.is_empty() {
        status.set_description(text(message));
    }
    status
}

/// The line of a message that says most; the outcome in words where there is none.
fn said(message: &str, outcome: &impl Display) -> String {
    let line = shortened(headline(message));
    if line.is_empty() { outcome.to_string().replace('_', " ") } else { line }
}

/// Stands for a file whose end no case explains.
fn whole_file(record: &FileRecord, outcome: FileOutcome, message: &str, output: Option<&Output>) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(said(message, &outcome)).set_type(outcome.to_string());
    if !message.is_empty() {
        status.set_description(text(message));
    }
    let mut test = file_case(record, status);
    if let Some(output) = output {
        add_output(&mut test, output);
    }
    test
}

/// A file that was not run is an error, unless it was left out because enough others had failed.
fn not_run(run: &Testrun, record: &FileRecord) -> TestCase {
    let enough = run.summary.stop.as_ref().is_some_and(|stop| stop.why == StopWhy::FailFast);
    let mut status = if enough || run.reason().is_none() {
        TestCaseStatus::skipped()
    } else {
        TestCaseStatus::non_success(NonSuccessKind::Error)
    };
    let why = match run.reason() {
        Some(FailReason::TestsFailed) if enough => "not run: enough others had failed".to_owned(),
        Some(reason) => format!("not run: {reason}"),
        None => "not run yet".to_owned(),
    };
    status.set_message(text(&why)).set_type(FileOutcome::NotRun.to_string());
    file_case(record, status)
}

fn file_case(record: &FileRecord, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new("[file]", status);
    test.set_classname(text(&module(&record.path)));
    test.extra.insert("file".into(), text(&record.path).into());
    test
}

fn add_output(test: &mut TestCase, output: &Output) {
    if !output.stdout.is_empty() {
        test.set_system_out(text(&String::from_utf8_lossy(&output.stdout)));
    }
    let errors = [output.stderr.as_slice(), output.runner.as_slice()].concat();
    if !errors.is_empty() {
        test.set_system_err(text(&String::from_utf8_lossy(&errors)));
    }
}

/// `tests.test_a.TestThing` and `test_x[1]`, as pytest's own report has them.
fn names(path: &str, case: &CaseResult) -> (String, String) {
    let module = module(path);
    // Parameters may contain anything, also what separates classes from tests.
    let (plain, parameters) = case.case.split_at(case.case.find('[').unwrap_or(case.case.len()));
    let (classes, name) =
        plain.rsplit_once("::").map_or((None, plain), |(classes, name)| (Some(classes), name));
    let class =
        classes.map_or_else(|| module.clone(), |names| format!("{module}.{}", names.replace("::", ".")));
    let name = format!("{name}{parameters}");
    match case.kind {
        CaseKind::Collection => (class, if name.is_empty() { "[collection]".to_owned() } else { name }),
        CaseKind::Test | CaseKind::Subtest => (class, name),
    }
}

fn module(path: &str) -> String {
    path.strip_suffix(".py").unwrap_or(path).replace('/', ".")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn case(name: &str, kind: CaseKind) -> CaseResult {
        let (case, outcome, duration) = (name.to_owned(), CaseOutcome::Failed, Duration::ZERO);
        CaseResult { file: 0, case, kind, outcome, duration, message: None, line: None }
    }

    #[test]
    fn names_are_those_of_pytest() {
        let named = |name, kind| names("tests/test_a.py", &case(name, kind));
        let pair = |class: &str, name: &str| (class.to_owned(), name.to_owned());
        assert_eq!(named("test_x", CaseKind::Test), pair("tests.test_a", "test_x"));
        assert_eq!(named("A::B::test_x[a::b/c]", CaseKind::Test), pair("tests.test_a.A.B", "test_x[a::b/c]"));
        assert_eq!(named("", CaseKind::Collection), pair("tests.test_a", "[collection]"));
    }

    #[test]
    fn something_is_always_said() {
        assert_eq!(said("\u{1b}[31mE   assert 0\nmore", &CaseOutcome::Failed), "E   assert 0");
        assert_eq!(said(" \n", &CaseOutcome::TimedOut), "timed out");
        assert_eq!(said(&"x".repeat(300), &CaseOutcome::Failed).chars().count(), 200);
    }
}
