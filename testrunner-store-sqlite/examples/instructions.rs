//! One of the hot paths, so often: what `scripts/instructions.py` counts the instructions of. It is always prepared for
//! as much, so that the difference of two counts is the path alone.
//!
//! `instructions PATH TIMES MOST`, where PATH is `memory-append`, `sqlite-claim`, `plan-1000` and so on.

use std::hint::black_box;
use std::sync::Arc;

use testrunner_core::{MemoryStore, Plan, Store, plan};
use testrunner_store_sqlite::SqliteStore;
use testrunner_testkit::load::{Answer, Steps, weighed};

// One thread, so that the same happens each time; SQLite has its own beside.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Answer {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, times, most] = arguments.as_slice() else { return Err("PATH TIMES MOST".into()) };
    let (times, most) = (times.parse()?, most.parse()?);
    let (place, step) = path.split_once('-').ok_or("a path is PLACE-STEP")?;
    match place {
        "plan" => {
            planned(step.parse()?, times);
            Ok(())
        }
        "memory" => on(Arc::new(MemoryStore::new()), step, times, most).await,
        "sqlite" => {
            let folder = tempfile::tempdir()?;
            let store = SqliteStore::options().open(folder.path().join("ledger.db")).await?;
            let taken = on(Arc::new(store.clone()), step, times, most).await;
            store.close().await;
            taken
        }
        _ => Err(format!("{place} is neither plan, memory nor sqlite").into()),
    }
}

async fn on(store: Arc<dyn Store>, step: &str, times: u64, most: u64) -> Answer {
    Steps::prepare(store, step.parse()?, most).await?.take(times).await?;
    Ok(())
}

fn planned(files: u32, times: u64) {
    let files = weighed(files);
    for _ in 0..times {
        black_box(plan(black_box(&files), Plan::Weighted, 8));
    }
}
