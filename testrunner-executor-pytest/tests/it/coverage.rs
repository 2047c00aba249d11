//! What is measured of the files of a Testrun is, when it is over, what one pytest leaves that runs them all.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use testrunner_core::executor::FileSink;
use testrunner_core::testrun::CaseOutcome::Passed;
use testrunner_core::testrun::FileOutcome;

use crate::harness::{Run, files, no_stop};
use crate::plugins::{both, executor, python, run};

/// Lines of `lib.py` that coverage data calls executed.
async fn covered(root: &Path, data: &str) -> Vec<u64> {
    let mut command = Command::new(python().await);
    command.args(["-m", "coverage", "json", "-q", "-o", "-"]).current_dir(root).env("COVERAGE_FILE", data);
    let done = command.output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&done.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&done.stdout)));
    let lines = told["files"]["lib.py"]["executed_lines"].as_array().unwrap();
    lines.iter().filter_map(serde_json::Value::as_u64).collect()
}

/// The files of coverage data in a folder.
fn data(root: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(root).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with(".coverage") && name != ".coveragerc").collect()
}

const LIB: &str = "def half(n):\n    if n % 2:\n        return None\n    return n // 2\n";

#[tokio::test]
async fn cov_writes_its_data_and_adds_to_it() {
    let files = [
        ("test_even.py", "import lib\ndef test_even(): assert lib.half(4) == 2\n"),
        ("test_odd.py", "import lib\ndef test_odd(): assert lib.half(3) is None\n"),
        ("lib.py", LIB),
    ];
    let args = ["--cov=lib", "--cov-report=xml:report.xml"];
    let (ran, root) = both(&files, &args).await;
    assert_eq!(ran.outcomes(), [("test_even", Passed)]);
    assert_eq!(covered(root.path(), ".coverage").await, [1, 2, 4]);
    let report = std::fs::read_to_string(root.path().join("report.xml")).unwrap();
    assert!(report.contains("filename=\"lib.py\""), "{report}");
    let ran = run(&root, "test_odd.py", &["--cov=lib", "--cov-append"]).await;
    assert_eq!(
        (ran.outcome(), covered(root.path(), ".coverage").await),
        (FileOutcome::Passed, vec![1, 2, 3, 4]),
        "{ran:#?}"
    );
}

#[tokio::test]
async fn cov_counts_what_other_processes_ran() {
    let text = "\
import multiprocessing, lib
def test_even(): assert lib.half(4) == 2
def test_odd_elsewhere():
    other = multiprocessing.get_context('fork').Process(target=lib.half, args=(3,))
    other.start()
    other.join()
    assert other.exitcode == 0
";
    let settings = "[run]\nparallel = true\nconcurrency = multiprocessing\n";
    let (_, root) =
        both(&[("test_it.py", text), ("lib.py", LIB), (".coveragerc", settings)], &["--cov=lib"]).await;
    assert_eq!(data(root.path()), [".coverage"], "all of it is combined");
    assert_eq!(covered(root.path(), ".coverage").await, [1, 2, 3, 4]);
}

const EVEN: (&str, &str) = ("test_even.py", "import lib\ndef test_even(): assert lib.half(4) == 2\n");
const ODD: (&str, &str) = ("test_odd.py", "import lib\ndef test_odd(): assert lib.half(3) is None\n");

/// Two files, or one, of which each runs other lines of `lib.py`, with more beside them.
async fn pair(tests: &[(&str, &str)], more: &[(&str, &str)], args: &[&str]) -> Run {
    files(&[tests, &[("lib.py", LIB)], more].concat()).on(executor().await).option("args", args.to_vec())
}

/// Runs these at the same time, in one session.
async fn together(run: &mut Run, tests: &[(&str, &str)]) {
    let session = run.open().await.unwrap();
    let mut executing = Vec::new();
    for (path, _) in tests {
        run.turn_to(path);
        let (job, session) = (run.job(), Arc::clone(&session));
        let (sink, mut events) = FileSink::channel(0);
        executing.push(tokio::spawn(async move { session.execute(job, sink, no_stop()).await }));
        tokio::spawn(async move { while events.next().await.is_some() {} });
    }
    for ended in executing {
        let verdict = ended.await.unwrap().unwrap();
        assert_eq!(verdict.outcome, FileOutcome::Passed, "{verdict:#?}");
    }
    session.close().await;
}

#[tokio::test]
async fn files_at_the_same_time_are_measured_together() {
    for (level, times) in [("file", 5), ("group", 2), ("run", 2)] {
        let reports = ["--cov-report=xml:report.xml", "--cov-report=json", "--cov-report=html"];
        let args = [&["--cov=lib"], &reports[..]].concat();
        let mut run = pair(&[EVEN, ODD], &[], &args).await.option("isolation_level", level);
        for _ in 0..times {
            together(&mut run, &[EVEN, ODD]).await;
            assert_eq!(covered(run.root(), ".coverage").await, [1, 2, 3, 4], "{level}");
            assert_eq!(data(run.root()), [".coverage"], "{level}");
            let read = |name| std::fs::read_to_string(run.root().join(name)).unwrap();
            assert!(!read("report.xml").contains("hits=\"0\""), "{level}: {}", read("report.xml"));
            assert!(read("coverage.json").contains("\"missing_lines\": []"), "{level}");
            assert!(read("htmlcov/index.html").contains("<span class=\"pc_cov\">100%</span>"), "{level}");
            std::fs::remove_file(run.root().join(".coverage")).unwrap();
        }
    }
}

#[tokio::test]
async fn a_shared_process_that_more_files_could_have_come_to_writes_at_its_end() {
    let mut run = pair(&[EVEN, ODD], &[], &["--cov=lib"]).await.option("isolation_level", "run");
    together(&mut run, &[EVEN]).await;
    assert_eq!(covered(run.root(), ".coverage").await, [1, 2, 4]);
}

#[tokio::test]
async fn old_data_is_kept_where_that_is_asked_for() {
    let ini = ("pytest.ini", "[pytest]\naddopts = --cov=lib --cov-append\n");
    for (more, args, kept) in [(&[][..], &["--cov=lib"][..], false), (&[ini], &[], true)] {
        let mut run = pair(&[EVEN, ODD], more, args).await;
        together(&mut run, &[EVEN]).await;
        assert_eq!(covered(run.root(), ".coverage").await, [1, 2, 4]);
        together(&mut run, &[ODD]).await;
        let lines = if kept { &[1, 2, 3, 4][..] } else { &[1, 2, 3] };
        assert_eq!(covered(run.root(), ".coverage").await, lines);
    }
}

#[tokio::test]
async fn the_data_goes_where_it_was_told_to() {
    let rc = [("settings.cfg", "[run]\ndata_file = measured.db\n")];
    let args = ["--cov", "--cov-config=settings.cfg"];
    let mut run = pair(&[EVEN, ODD], &rc, &args).await;
    together(&mut run, &[EVEN, ODD]).await;
    assert_eq!(covered(run.root(), "measured.db").await, [1, 2, 3, 4]);
    let mut run = run.variable("COVERAGE_FILE", "elsewhere.db");
    together(&mut run, &[EVEN, ODD]).await;
    assert_eq!(covered(run.root(), "elsewhere.db").await, [1, 2, 3, 4]);
    assert!(data(run.root()).is_empty(), "{:?}", data(run.root()));
}

#[tokio::test]
async fn it_may_be_asked_for_in_settings_that_are_named() {
    let ini = [("ci.ini", "[pytest]\naddopts = --cov=lib\n")];
    let mut run = pair(&[EVEN, ODD], &ini, &["-c", "ci.ini"]).await;
    together(&mut run, &[EVEN, ODD]).await;
    assert_eq!(covered(run.root(), ".coverage").await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn files_of_an_upload_do_not_disturb_each_other() {
    let mut run = pair(&[EVEN, ODD], &[], &["--cov=lib"]).await.uploaded();
    together(&mut run, &[EVEN, ODD]).await;
    assert!(data(run.root()).is_empty(), "{:?}", data(run.root()));
}

#[tokio::test]
async fn who_does_not_measure_has_no_part_in_it() {
    let text = "import os\ndef test_it(): assert 'COVERAGE_FILE' not in os.environ\n";
    let ran = files(&[("test_it.py", text)]).on(executor().await).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
}

#[tokio::test]
async fn data_that_cannot_be_combined_is_told_of_and_changes_no_outcome() {
    let told = Told::default();
    let _guard = tracing::subscriber::set_default(told.clone());
    let mut run = pair(&[EVEN, ODD], &[], &["--cov=lib"]).await;
    std::fs::create_dir(run.root().join(".coverage")).unwrap();
    together(&mut run, &[EVEN, ODD]).await;
    let told = told.0.lock().unwrap().concat();
    assert!(told.contains("the coverage data of the files could not be combined"), "{told}");
    assert!(told.contains("why=") && told.contains(".coverage"), "{told}");
}

/// Warnings, as text.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Told {
    fn enabled(&self, about: &tracing::Metadata<'_>) -> bool {
        *about.level() <= tracing::Level::WARN && about.is_event()
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            line += &format!("{field}={value:?}\n");
        });
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
