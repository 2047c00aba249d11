//! Embeds the engine, submits a batch of pytest files, and watches what happens.

use std::path::Path;
use std::time::Duration;

use testrunner_core::{Engine, EventBody, MemoryStore, Seq, TestrunSpec};
use testrunner_executor_pytest::PytestExecutor;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it does")]
async fn main() -> anyhow::Result<()> {
    let pytest = PytestExecutor::builder().on_progress(|step| eprintln!("{step}")).build()?;
    let engine = Engine::builder(MemoryStore::new()).executor(pytest).slots(1).build()?;
    engine.start();

    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample_test_files").canonicalize()?;
    let batch = TestrunSpec::directory("pytest", "ada", samples);
    let run = engine.submit(batch.in_place("test_passes.py").in_place("test_fails.py")).await?.run;

    let mut events = engine.subscribe(run.id(), Seq(0));
    while let Some(event) = events.next().await {
        match event?.body {
            EventBody::Case(case) => println!("{} {}", case.case, case.outcome),
            EventBody::FileFinished(file) => {
                println!("{}: {}", run.files[file.file as usize].path, file.outcome);
            }
            EventBody::RunStatus { to, reason, .. } => println!("{to} {reason:?}"),
            _ => {}
        }
    }
    engine.shutdown(Duration::ZERO).await;
    Ok(())
}
