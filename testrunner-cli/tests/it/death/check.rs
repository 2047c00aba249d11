//! Holds the store against what was written down outside of it.

use std::collections::{BTreeMap, BTreeSet};

use testrunner_core::store::{EventLimit, ListQuery};
use testrunner_core::{Event, EventBody, FileOutcome, Seq, Store as _, Testrun, TestrunId};
use testrunner_store_sqlite::SqliteStore;

use super::world::{Executed, Told, World};
use crate::harness::Result;

/// What was found in order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checked {
    pub(crate) runs: usize,
    pub(crate) submits: usize,
    pub(crate) events: usize,
    pub(crate) verdicts: usize,
}

/// # Errors
/// What is missing, changed, doubled or stuck.
pub(crate) async fn check(world: &World) -> Result<Checked> {
    let store = SqliteStore::open(world.place.data().join("testrunner.db")).await?;
    let checked = compare(world, &store).await;
    store.close().await;
    checked
}

async fn compare(world: &World, store: &SqliteStore) -> Result<Checked> {
    let mut checked = Checked::default();
    let executed = world.executed()?;
    let mut logs = BTreeMap::new();
    let all = store.list(&ListQuery { limit: 10_000, ..ListQuery::default() }).await?.rows;
    for summary in &all {
        let run = store.get(summary.id).await?;
        if !run.status().is_terminal() {
            return Err(format!("Testrun {} is stuck in {}", run.id(), run.status()).into());
        }
        let log = read(store, run.id()).await?;
        checked.verdicts += verdicts(&run, &log, &executed)?;
        logs.insert(run.id(), log);
    }
    checked.runs = all.len();
    let mut keys = BTreeMap::new();
    for told in world.told()? {
        match told {
            Told::Submitted { run, key } => {
                checked.submits += 1;
                let known = logs.contains_key(&TestrunId(run)) && *keys.entry(key).or_insert(run) == run;
                require(known, || format!("the submit of Testrun {run} was acknowledged and is lost"))?;
            }
            Told::Event(event) => {
                checked.events += 1;
                let event: Event = serde_json::from_value(event)?;
                let place = usize::try_from(event.seq.0 - 1)?;
                let stored = logs.get(&event.run).and_then(|log| log.get(place));
                require(stored == Some(&event), || format!("{event:?} was told, but {stored:?} is stored"))?;
            }
            Told::Testrun(document) => {
                let run = TestrunId(document["id"].as_i64().ok_or("a document has an id")?);
                let stored = store.get(run).await?.status().to_string();
                let said = &document["status"];
                require(*said == stored.as_str(), || {
                    format!("Testrun {run} ended {said}, stored: {stored}")
                })?;
            }
        }
    }
    Ok(checked)
}

/// The log, which must be dense.
async fn read(store: &SqliteStore, run: TestrunId) -> Result<Vec<Event>> {
    let limit = EventLimit { events: 1_000_000, bytes: usize::MAX };
    let page = store.events(run, Seq(0), limit).await?;
    require(page.terminal, || format!("the log of Testrun {run} does not end"))?;
    let dense = (1..).zip(&page.events).all(|(seq, event)| event.seq.0 == seq);
    require(dense, || format!("the log of Testrun {run} has gaps"))?;
    Ok(page.events)
}

/// One end, one verdict for each file at the most, and none about a file that nobody executed. Counts them.
fn verdicts(run: &Testrun, log: &[Event], executed: &[Executed]) -> Result<usize> {
    let id = run.id();
    let ends =
        log.iter().filter(|event| matches!(event.body, EventBody::RunStatus { to, .. } if to.is_terminal()));
    require(ends.count() == 1, || format!("Testrun {id} did not end once"))?;
    let mut judged = BTreeSet::new();
    for event in log {
        let EventBody::FileFinished(end) = &event.body else { continue };
        require(judged.insert(end.file), || format!("file {} of Testrun {id} has two verdicts", end.file))?;
        let path = &run.files[usize::try_from(end.file)?].path;
        let epoch = event.epoch.map_or(0, |epoch| epoch.0);
        let of_file = || executed.iter().filter(|one| one.run == id.0 && one.file == *path);
        let times = of_file().filter(|one| one.epoch == epoch).count();
        let proven = times == 1 || !matches!(end.outcome, FileOutcome::Passed | FileOutcome::Failed);
        require(times <= 1 && proven, || {
            format!(
                "{path} of Testrun {id} is {} in epoch {epoch} and was executed {times} times",
                end.outcome
            )
        })?;
        let again = of_file().any(|one| one.epoch > epoch);
        require(!again, || format!("{path} of Testrun {id} was executed after its verdict"))?;
    }
    Ok(judged.len())
}

fn require(is_so: bool, what: impl FnOnce() -> String) -> Result {
    if is_so { Ok(()) } else { Err(what().into()) }
}
