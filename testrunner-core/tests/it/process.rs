//! The process executor with real processes.

use std::time::Duration;

use testrunner_core::event::Stream;
use testrunner_core::{
    Engine, FailReason, FileOutcome, Limits, MemoryStore, ProcessExecutor, Report, Testrun, TestrunSpec,
};

use crate::support::{ended, log};

async fn run_script(script: &str, limits: Limits) -> (Testrun, Report) {
    let engine = Engine::builder(MemoryStore::new())
        .executor(ProcessExecutor::new("sh", "sh"))
        .slots(1)
        .build()
        .expect("a valid engine");
    engine.start();
    let spec = TestrunSpec::upload("sh", "ada").file("check.sh", script).limits(limits);
    let id = engine.submit(spec).await.expect("accepted").run.id();
    let run = ended(&engine, id).await;
    let report = Report::of(&log(&engine, id).await);
    engine.shutdown(Duration::ZERO).await;
    (run, report)
}

fn outcome(run: &Testrun) -> Option<FileOutcome> {
    run.files[0].result.as_ref().map(|result| result.outcome)
}

#[tokio::test]
async fn the_exit_code_decides() {
    let (run, _) = run_script("exit 0", Limits::default()).await;
    assert_eq!(outcome(&run), Some(FileOutcome::Passed));
    let (run, report) = run_script("echo out; echo err >&2; exit 3", Limits::default()).await;
    assert_eq!(outcome(&run), Some(FileOutcome::Failed));
    let output = &report.files[&0].output[&None];
    assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
    assert_eq!(report.files[&0].cases[0].message.as_deref(), Some("exit code 3"));
    assert_eq!(Stream::Stdout.to_string(), "stdout");
}

#[tokio::test]
async fn a_signal_is_a_crash() {
    let (run, report) = run_script("kill -9 $$", Limits::default()).await;
    assert_eq!(outcome(&run), Some(FileOutcome::Crashed));
    assert_eq!(report.files[&0].cases[0].message.as_deref(), Some("killed by signal 9"));
}

#[tokio::test]
async fn a_missing_program_is_infra() {
    let engine = Engine::builder(MemoryStore::new())
        .executor(ProcessExecutor::new("none", "/nonexistent/program"))
        .slots(1)
        .build()
        .expect("a valid engine");
    engine.start();
    let spec = TestrunSpec::upload("none", "ada").file("a", "");
    let id = engine.submit(spec).await.expect("accepted").run.id();
    let run = ended(&engine, id).await;
    assert_eq!(run.reason(), Some(FailReason::Infra));
    let said = Report::of(&log(&engine, id).await).messages.concat();
    assert!(said.contains("/nonexistent/program"), "{said}");
}

#[tokio::test]
async fn the_time_limit_ends_also_who_ignores_the_signal() {
    let limits = Limits {
        file_timeout: Duration::from_millis(100),
        grace: Duration::from_millis(100),
        ..Limits::default()
    };
    let (run, _) = run_script("trap '' TERM; while :; do sleep 0.05; done", limits).await;
    assert_eq!(outcome(&run), Some(FileOutcome::TimedOut));
}

#[tokio::test]
async fn a_process_left_behind_does_not_hold_the_file_and_is_killed() {
    let (run, report) = run_script("sleep 1000 & echo $!", Limits::default()).await;
    assert_eq!(outcome(&run), Some(FileOutcome::Passed));
    // The output of a good file is not kept in the report; its process must be gone all the same.
    assert!(report.files[&0].output.is_empty());
    let left = std::fs::read_dir("/proc").expect("proc").flatten().any(|entry| {
        let cmdline = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        cmdline == b"sleep\x001000\x00" && !stat.contains(") Z ")
    });
    assert!(!left, "sleep 1000 is still running");
}

#[tokio::test]
async fn uploads_see_only_a_minimal_environment_and_their_own_folder() {
    let script = "env | cut -d= -f1 | sort | tr '\\n' ' '; exit 1";
    let (_, report) = run_script(script, Limits::default()).await;
    let said = String::from_utf8_lossy(&report.files[&0].output[&None].stdout).into_owned();
    assert!(!said.contains("CARGO"), "{said}");
    assert!(said.contains("TESTRUNNER_EPOCH") && said.contains("HOME"), "{said}");
}
