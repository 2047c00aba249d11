//! A program that embeds the engine: it submits uploads, goes on with what it finds, and writes down outside
//! what it was told.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use testrunner_core::store::ListQuery;
use testrunner_core::{Engine, Plan, Seq, Status, TestrunId, TestrunSpec};
use testrunner_executor_pytest::PytestExecutor;
use testrunner_store_sqlite::SqliteStore;

use crate::death::world::EXECUTED;
use crate::harness::Result;

/// What it is to do, as JSON: `{"data", "journal", "python", "keys", "lease_ms"}`.
pub(crate) const ORDER: &str = "TESTRUNNER_DEATH_ORDER";

/// Submits the files of its folder once for each of `keys`, and ends when these and what was open have ended.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other program of the tests beside; does nothing by itself"]
async fn program() -> Result {
    let Ok(order) = std::env::var(ORDER) else { return Ok(()) };
    let order: Value = serde_json::from_str(&order)?;
    let text = |name: &str| order[name].as_str().ok_or_else(|| format!("the order has no {name}"));
    let journal = Journal::open(Path::new(text("journal")?))?;
    let data = Path::new(text("data")?);
    let store = SqliteStore::open(data.join("testrunner.db")).await?;
    let pytest = PytestExecutor::builder().data_folder(data).python(text("python")?).build()?;
    let executed = BTreeMap::from([(EXECUTED.to_owned(), std::env::var(EXECUTED)?)]);
    let lease = Duration::from_millis(order["lease_ms"].as_u64().ok_or("the order has no lease_ms")?);
    let builder = Engine::builder(store.clone()).executor(pytest).slots(2).environment(executed);
    let engine = builder.lease(lease).build()?;
    engine.start();
    let mut open = Vec::new();
    for status in [Status::Created, Status::Running] {
        let query = ListQuery { statuses: vec![status], limit: 500, ..ListQuery::default() };
        // Those of another program that lives are its own business.
        let rows = engine.list(&query).await?.rows.into_iter().filter(|run| run.pinned_to.is_none());
        open.extend(rows.map(|run| run.id));
    }
    for key in order["keys"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let spec = batch()?;
        let run = engine.submit(spec.plan(Plan::PerFile).idempotency_key(key)).await?.run.id();
        journal.write(&json!({"submitted": {"run": run, "key": key}}))?;
        open.push(run);
    }
    let following = open.into_iter().map(|run| follow(&engine, &journal, run));
    for followed in following.map(tokio::spawn).collect::<Vec<_>>() {
        followed.await??;
    }
    engine.shutdown(Duration::ZERO).await;
    store.close().await;
    Ok(())
}

/// The files of the working folder.
fn batch() -> Result<TestrunSpec> {
    let mut spec = TestrunSpec::upload("pytest", "embedder");
    for entry in std::fs::read_dir(".")? {
        let (path, name) = (entry?.path(), |path: &Path| path.file_name()?.to_str().map(str::to_owned));
        let name = name(&path).ok_or("a file has a name")?;
        if name.starts_with("test_") {
            spec = spec.file(name, std::fs::read(path)?);
        } else if name == "conftest.py" {
            spec = spec.support(name, std::fs::read(path)?);
        }
    }
    spec.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(spec)
}

/// Writes down each event that was read: whoever has read it may rely on it.
fn follow(engine: &Engine, journal: &Journal, run: TestrunId) -> impl Future<Output = Result> + use<> {
    let (mut events, journal) = (engine.subscribe(run, Seq(0)), journal.clone());
    async move {
        while let Some(event) = events.next().await {
            journal.write(&json!({"event": event?}))?;
        }
        Ok(())
    }
}

/// A file that is only appended to. What a process has written outlives it.
#[derive(Clone)]
struct Journal(Arc<Mutex<File>>);

impl Journal {
    fn open(path: &Path) -> Result<Self> {
        Ok(Self(Arc::new(Mutex::new(File::options().append(true).create(true).open(path)?))))
    }

    /// One line, in one call of the operating system.
    fn write(&self, line: &Value) -> Result {
        let mut file = self.0.lock().map_err(|_| "the journal is poisoned")?;
        Ok(file.write_all(format!("{line}\n").as_bytes())?)
    }
}
