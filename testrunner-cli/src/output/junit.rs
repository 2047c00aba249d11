//! A Testrun as JUnit XML: a suite for each file, a case for each test, and nothing red is lost. A file that
//! ended badly without a bad case gets a case `[file]` that says so.

use std::path::Path;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};
use testrunner_core::event::CaseResult;
use testrunner_core::report::{FileReport, Output, Report};
use testrunner_core::testrun::{FileRecord, FileRole, StopWhy, Testrun};
use testrunner_core::{CaseKind, CaseOutcome, FailReason, FileOutcome, Timestamp};

use super::clean::headline;
use super::words;
use crate::failure::{Failure, Result};

/// The document.
///
/// # Errors
/// It could not be put together.
pub(crate) fn document(run: &Testrun, report: &Report) -> Result<Vec<u8>> {
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
    document
        .serialize(&mut bytes)
        .map_err(|error| Failure::infrastructure(format!("cannot put the JUnit report together: {error}")))?;
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
    let said = headline(message);
    let otherwise = words::case_word(case.outcome);
    status
        .set_message(text(if said.is_empty() { otherwise } else { &said }))
        .set_type(case.outcome.to_string());
    if case.outcome.is_bad() && !message.is_empty() {
        status.set_description(text(message));
    }
    status
}

/// Stands for a file whose end no case explains.
fn whole_file(record: &FileRecord, outcome: FileOutcome, message: &str, output: Option<&Output>) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let said = headline(message);
    let otherwise = words::file_word(outcome).to_lowercase();
    status.set_message(text(if said.is_empty() { &otherwise } else { &said })).set_type(outcome.to_string());
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

/// Text that XML can hold: the library takes control characters out, but also tabs, and leaves two code points
/// that no document may contain.
fn text(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}").replace('\t', "    ")
}

/// A moment in the type that the library wants.
fn moment<T: std::str::FromStr>(at: Timestamp) -> Option<T> {
    jiff::Timestamp::from_microsecond(at.0).ok()?.to_string().parse().ok()
}

/// Writes a file so that it is there wholly or not at all. What is not a plain file (`/dev/stdout`, a pipe) is
/// written to directly.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    save(path, bytes).map_err(|error| {
        let reason = crate::failure::os_reason(&error);
        Failure::infrastructure(format!("cannot write the JUnit report to {}: {reason}", path.display()))
    })
}

fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".junit-").permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Finds out before a run whether its report can be written after it.
///
/// # Errors
/// The folder is not there, or the path is one.
pub(crate) fn check_target(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Failure::usage(format!("--junit {shown} is a folder")).hint("name a file in it"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::usage(format!("there is no folder {} for --junit {shown}", folder.display())));
    }
    if path.exists() {
        return Ok(());
    }
    tempfile::Builder::new().prefix(".junit-").tempfile_in(folder).map(drop).map_err(|error| {
        let reason = crate::failure::os_reason(&error);
        Failure::usage(format!("cannot write to {} for --junit {shown}: {reason}", folder.display()))
    })
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
    fn text_is_fit_for_xml() {
        let mut test = TestCase::new(text("a\u{fffe}b\tc\u{0}"), TestCaseStatus::success());
        test.set_system_out(text("\u{ffff}\u{1b}[31mred"));
        assert_eq!(test.name.as_str(), "a\u{fffd}b    c");
        assert_eq!(test.system_out.as_deref(), Some("\u{fffd}red"));
    }

    #[test]
    fn moments_are_understood() {
        let at: Option<jiff::Timestamp> = moment(Timestamp(1_700_000_000_123_456));
        assert!(at.is_some());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_its_link_stays() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (file, link) = (folder.path().join("a.xml"), folder.path().join("link.xml"));
        std::fs::write(&file, "old")?;
        std::os::unix::fs::symlink(&file, &link)?;
        save(&link, b"new")?;
        assert_eq!(std::fs::read(&file)?, b"new");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 2, "nothing is left beside it");
        Ok(())
    }
}
