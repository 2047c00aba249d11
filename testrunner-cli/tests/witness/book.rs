//! Testruns with their whole logs, as they are stored, held against what was written down outside.

use std::collections::{BTreeMap, BTreeSet};

use testrunner_core::store::{EventLimit, ListQuery};
use testrunner_core::{Event, EventBody, FileOutcome, Seq, Store, Testrun, TestrunId};

use super::Result;
use super::journal::{Executed, Told};

/// What was found in order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Checked {
    pub(crate) runs: usize,
    pub(crate) submits: usize,
    pub(crate) events: usize,
    pub(crate) verdicts: usize,
}

impl Checked {
    pub(crate) const fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.submits += other.submits;
        self.events += other.events;
        self.verdicts += other.verdicts;
    }
}

pub(crate) struct Book(pub(crate) BTreeMap<TestrunId, Entry>);

pub(crate) struct Entry {
    pub(crate) run: Testrun,
    pub(crate) log: Vec<Event>,
}

impl Book {
    /// Reads all Testruns after this one.
    ///
    /// # Errors
    /// One has not ended, or its log has gaps.
    pub(crate) async fn read(store: &dyn Store, after: TestrunId) -> Result<Self> {
        let mut entries = BTreeMap::new();
        let all = store.list(&ListQuery { limit: 10_000, ..ListQuery::default() }).await?.rows;
        for summary in all.into_iter().filter(|summary| summary.id > after) {
            let run = store.get(summary.id).await?;
            if !run.status().is_terminal() {
                return Err(format!("Testrun {} is stuck in {}", run.id(), run.status()).into());
            }
            let log = read(store, run.id()).await?;
            entries.insert(run.id(), Entry { run, log });
        }
        Ok(Self(entries))
    }

    /// # Errors
    /// What is missing, changed or doubled.
    pub(crate) fn check(&self, told: &[Told], executed: &[Executed]) -> Result<Checked> {
        let mut checked = Checked { runs: self.0.len(), ..Checked::default() };
        for Entry { run, log } in self.0.values() {
            checked.verdicts += verdicts(run, log, executed)?;
        }
        let mut keys = BTreeMap::new();
        for told in told {
            match told {
                Told::Submitted { run, key } => {
                    checked.submits += 1;
                    let known =
                        self.0.contains_key(&TestrunId(*run)) && keys.entry(key).or_insert(run) == &run;
                    require(known, || format!("the submit of Testrun {run} was acknowledged and is lost"))?;
                }
                Told::Event(event) => {
                    checked.events += 1;
                    let event: Event = serde_json::from_value(event.clone())?;
                    let place = usize::try_from(event.seq.0 - 1)?;
                    let stored = self.0.get(&event.run).and_then(|entry| entry.log.get(place));
                    require(stored == Some(&event), || {
                        format!("{event:?} was told, but {stored:?} is stored")
                    })?;
                }
                Told::Testrun(document) => {
                    let id = TestrunId(document["id"].as_i64().ok_or("a document has an id")?);
                    let stored = self.0.get(&id).map(|entry| entry.run.status().to_string());
                    let said = document["status"].as_str();
                    require(said == stored.as_deref(), || {
                        format!("Testrun {id} ended {said:?}, stored: {stored:?}")
                    })?;
                }
            }
        }
        Ok(checked)
    }
}

/// The log, which must be dense.
async fn read(store: &dyn Store, run: TestrunId) -> Result<Vec<Event>> {
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

pub(crate) fn require(is_so: bool, what: impl FnOnce() -> String) -> Result {
    if is_so { Ok(()) } else { Err(what().into()) }
}
