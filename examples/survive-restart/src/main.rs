//! A program with the engine in it is killed in the middle of a Testrun and started again.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use testrunner_core::{Engine, EventBody, FileOutcome, FnExecutor, Plan, Seq, TestrunSpec, Verdict};
use testrunner_store_sqlite::SqliteStore;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match env::args_os().nth(1) {
        Some(database) => program(Path::new(&database)).await,
        None => kill_and_restart(),
    }
}

/// The program. It does the same each time; under its idempotency key the second submit is the first one.
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
async fn program(database: &Path) -> anyhow::Result<()> {
    let store = SqliteStore::open(database).await?;
    let tests = FnExecutor::new("tests", |job| async move {
        if job.file.path == "two" && job.file.attempt == 1 {
            // It would run all night.
            std::future::pending::<()>().await;
        }
        Ok(Verdict::new(FileOutcome::Passed, 1))
    });
    let engine = Engine::builder(store.clone()).executor(tests).slots(1).build()?;
    engine.start();

    let batch = TestrunSpec::upload("tests", "ada").file("one", "").file("two", "").file("three", "");
    let run = engine.submit(batch.plan(Plan::Whole).idempotency_key("tonight")).await?.run;
    println!("submitted: Testrun {}", run.id());

    let path = |file: u32| &run.files[file as usize].path;
    let mut events = engine.subscribe(run.id(), Seq(0));
    while let Some(event) = events.next().await {
        match event?.body {
            EventBody::ItemStarted { attempt, .. } => println!("  attempt {attempt}"),
            EventBody::ItemReturned { why, .. } => println!("  back in the queue: {why}"),
            EventBody::FileStarted { file } => println!("  {} started", path(file)),
            EventBody::FileFinished(end) => println!("  {} {}", path(end.file), end.outcome),
            EventBody::RunStatus { to, .. } => println!("  {to}"),
            _ => {}
        }
    }
    engine.shutdown(Duration::ZERO).await;
    store.close().await;
    Ok(())
}

/// Starts the program, kills it when the second file runs, and starts it again over the same database.
#[expect(clippy::print_stdout, reason = "an example shows what it does")]
fn kill_and_restart() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    for kill_at in [Some("  two started"), None] {
        let mut program = Command::new(env::current_exe()?);
        program.arg(folder.path().join("testrunner.db")).stdout(Stdio::piped());
        let mut running = program.spawn()?;
        for line in BufReader::new(running.stdout.take().context("its output was asked for")?).lines() {
            let line = line?;
            println!("{line}");
            if kill_at == Some(line.as_str()) {
                running.kill()?;
            }
        }
        println!("the program ended: {}", running.wait()?);
    }
    Ok(())
}
