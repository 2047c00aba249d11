//! A model of the store: the protocol written down once more, as plainly as it can be said.
//!
//! The [`Ledger`] has no async, no clock and no indexes. What can be derived is derived at every reading, a verb
//! works on a copy and keeps it when nothing was refused. Property tests compare every store with it
//! ([`model`](crate::store::model)); the mistakes that a store must not make live in it as [`Mutant`]s, to prove
//! that the suite catches them.

mod backlog;
mod blobs;
mod changes;
mod claim;
mod create;
mod janitor;
mod lease;
mod mutant;
mod query;
mod read;
mod run;
mod store;
mod workers;

use std::collections::BTreeMap;
use std::time::Duration;

use testrunner_core::store::{Change, StoreError, StoreErrorKind, StoreResult, WorkerRecord};
use testrunner_core::{Digest, ItemId, ProcessId, TestrunId};

pub(crate) use janitor::OWN_WORDS;
pub use mutant::Mutant;
pub use store::LedgerStore;

use self::blobs::Blob;
use self::run::Run;

/// The model of a store that one process uses. Every verb takes the time as `now`.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The only process that lives; directory Testruns of all others have lost theirs.
    process: ProcessId,
    mutant: Option<Mutant>,
    /// Oldest first.
    runs: Vec<Run>,
    last_run: i64,
    last_item: i64,
    blobs: BTreeMap<Digest, Blob>,
    /// By suite and path.
    timings: BTreeMap<(String, String), Duration>,
    /// All there ever were.
    changes: Vec<Change>,
    /// Also those that are no longer listed.
    workers: Vec<WorkerRecord>,
}

impl Ledger {
    /// An empty ledger of this process.
    #[must_use]
    pub const fn new(process: ProcessId) -> Self {
        Self {
            process,
            mutant: None,
            runs: Vec::new(),
            last_run: 0,
            last_item: 0,
            blobs: BTreeMap::new(),
            timings: BTreeMap::new(),
            changes: Vec::new(),
            workers: Vec::new(),
        }
    }

    /// A ledger that makes one mistake.
    #[must_use]
    pub fn mutated(process: ProcessId, mutant: Mutant) -> Self {
        Self { mutant: Some(mutant), ..Self::new(process) }
    }

    /// Every Testrun, oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<TestrunId> {
        self.runs.iter().map(|run| run.id).collect()
    }

    fn run(&self, id: TestrunId) -> StoreResult<&Run> {
        self.runs.iter().find(|run| run.id == id).ok_or_else(|| StoreError::no_testrun(id))
    }

    fn run_mut(&mut self, id: TestrunId) -> StoreResult<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id).ok_or_else(|| StoreError::no_testrun(id))
    }

    /// The Testrun of an item, and the item's place there.
    fn find(&self, item: ItemId) -> Option<(&Run, usize)> {
        self.runs.iter().find_map(|run| Some((run, run.place_of(item)?)))
    }

    fn makes(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}

fn invalid(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}
