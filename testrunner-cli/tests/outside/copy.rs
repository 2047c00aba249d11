//! Copies between a file and a database of a server, both ways.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use libtest_mimic::Trial;
use testrunner_core::store::Archive;
use testrunner_core::{ManualClock, Store as _};
use testrunner_store_postgres::PostgresStore;
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::copy::{CopyHarness, cases, fill};
use testrunner_testkit::store::Bench;
use testrunner_testkit::store::factory::whole;

use crate::Result;
use crate::postgres::{Databases, trial};

/// From a file into a server's database, or the other way.
struct Mixed {
    databases: Arc<Databases>,
    folder: tempfile::TempDir,
    from_file: bool,
}

impl Mixed {
    async fn open(&self, is_file: bool, clock: ManualClock) -> Arc<dyn Archive> {
        let clock = Arc::new(clock);
        if is_file {
            let path = self.folder.path().join("ledger.db");
            return Arc::new(SqliteStore::options().clock(clock).open(path).await.expect("open"));
        }
        let url = self.databases.fresh().await.expect("a database");
        Arc::new(PostgresStore::options().connections(6).clock(clock).open(&url).await.expect("open"))
    }
}

#[async_trait]
impl CopyHarness for Mixed {
    async fn source(&self, clock: ManualClock) -> Arc<dyn Archive> {
        self.open(self.from_file, clock).await
    }

    async fn target(&self, clock: ManualClock) -> Arc<dyn Archive> {
        self.open(!self.from_file, clock).await
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("copy::a_round_trip_changes_nothing", |databases| Box::pin(round_trip(databases))),
        trial("copy::what_was_killed_is_completed", |databases| Box::pin(killed(databases))),
    ];
    for (way, from_file) in [("from_file", true), ("into_file", false)] {
        trials.extend(cases::<Mixed>().into_iter().map(|case| {
            trial(format!("copy::{way}::{}::{}", case.noun, case.name), move |databases| {
                Box::pin(async move {
                    let folder = tempfile::tempdir()?;
                    (case.run)(&Mixed { databases, folder, from_file }).await;
                    Ok(())
                })
            })
        }));
    }
    trials
}

/// The program with these arguments and data of its own.
fn command(folder: &Path, from: &str, to: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testrunner"));
    command.arg("--data-dir").arg(folder.join("data")).args(["copy", "--from", from, "--to", to]);
    for variable in ["TESTRUNNER_SERVER", "TESTRUNNER_STORE", "TESTRUNNER_CONFIG"] {
        command.env_remove(variable);
    }
    command.current_dir(folder).stdin(Stdio::null());
    command
}

fn expect(output: &Output, words: &str) -> Result<String> {
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(0) && said.contains(words) && errors.is_empty() {
        return Ok(said.into_owned());
    }
    Err(format!("{}: {said}{errors}", output.status).into())
}

async fn source(folder: &Path) -> Result<(SqliteStore, Bench)> {
    let clock = ManualClock::default();
    let store = SqliteStore::options().clock(Arc::new(clock.clone())).open(folder.join("from.db")).await?;
    let bench = Bench { store: Arc::new(store.clone()), clock };
    Ok((store, bench))
}

/// All that is stored of every Testrun in both.
async fn expect_same(bench: &Bench, one: &dyn Archive, two: &dyn Archive) -> Result {
    for run in bench.runs().await {
        assert_eq!(one.record(run).await?, two.record(run).await?);
    }
    Ok(())
}

async fn round_trip(databases: Arc<Databases>) -> Result {
    let folder = tempfile::tempdir()?;
    let (store, bench) = source(folder.path()).await?;
    fill(&bench).await;
    let url = databases.fresh().await?;
    let words = "copied; both sides checked";
    expect(&command(folder.path(), "sqlite:from.db", &url).output()?, words)?;
    expect(&command(folder.path(), &url, "sqlite:back.db").output()?, words)?;
    let back = SqliteStore::open(folder.path().join("back.db")).await?;
    expect_same(&bench, &store, &back).await?;
    let (before, after) = (store.numbers().await?, back.numbers().await?);
    assert_eq!((before.run, before.item), (after.run, after.item));
    let fleet = PostgresStore::open(&url).await?;
    fleet.check().await?;
    back.check().await?;
    fleet.close().await;
    back.close().await;
    // Each knows the other's Testruns now.
    let known = format!("({} there already)", bench.runs().await.len());
    let again = expect(&command(folder.path(), "sqlite:back.db", &url).output()?, &known)?;
    assert!(again.starts_with("0 Testruns, 0 events, 0 bytes copied"), "{again}");
    Ok(())
}

async fn killed(databases: Arc<Databases>) -> Result {
    const RUNS: u64 = 400;
    let folder = tempfile::tempdir()?;
    let (store, bench) = source(folder.path()).await?;
    for _ in 0..RUNS {
        bench.submit(&whole(1)).await;
    }
    bench.pass_all("w").await;
    let url = databases.fresh().await?;
    let target = PostgresStore::options().connections(4).open(&url).await?;
    let mut command = command(folder.path(), "sqlite:from.db", &url);
    let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    while target.numbers().await?.change == 0 {
        if let Some(status) = running.try_wait()? {
            return Err(format!("it ended before anything was stored: {status}").into());
        }
    }
    running.kill()?;
    running.wait()?;
    let there = target.counts(&testrunner_core::store::ListQuery::default()).await?.total();
    assert!(there > 0 && there < RUNS, "{there} of {RUNS} were there");
    // What the server still did for the killed one may come later.
    let said =
        expect(&command.stdout(Stdio::piped()).stderr(Stdio::piped()).output()?, "both sides checked")?;
    assert!(said.contains("there already"), "{said}");
    expect_same(&bench, &store, &target).await?;
    target.check().await?;
    target.close().await;
    Ok(())
}
