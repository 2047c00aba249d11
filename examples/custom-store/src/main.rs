//! An engine over a store of one's own, which tells who did what.

use std::time::Duration;

use example_custom_store::AuditStore;
use testrunner_core::{Engine, FileOutcome, FnExecutor, MemoryStore, TestrunSpec, Verdict};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let store = AuditStore::over(MemoryStore::new(), std::io::stdout());
    let check = FnExecutor::new("check", |job| async move {
        let outcome = if job.file.path == "bad" { FileOutcome::Failed } else { FileOutcome::Passed };
        Ok(Verdict::new(outcome, 1))
    });
    let engine = Engine::builder(store).executor(check).slots(1).worker_name("worker 7").build()?;
    // The first one is stopped before anybody has begun with it.
    let spec = || TestrunSpec::upload("check", "ada").file("good", "").file("bad", "");
    let stopped = engine.submit(spec()).await?.run.id();
    engine.cancel(stopped, "eve").await?;
    engine.start();
    let run = engine.submit(spec()).await?.run.id();
    engine.wait(run).await?;
    engine.shutdown(Duration::ZERO).await;
    engine.delete(stopped).await?;
    Ok(())
}
