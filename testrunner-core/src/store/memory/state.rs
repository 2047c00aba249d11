//! All that is stored, and how to find a row in it.

use std::collections::{BTreeMap, HashMap};

use super::blobs::Blobs;
use super::index::Index;
use super::run::Run;
use super::workers::Workers;
use crate::id::{Digest, ItemId, ProcessId, TestrunId};
use crate::store::{StoreError, StoreResult};

pub(super) struct State {
    pub(super) runs: BTreeMap<TestrunId, Run>,
    /// The Testrun of each item.
    pub(super) homes: HashMap<ItemId, TestrunId>,
    /// What was created under a username and an idempotency key.
    pub(super) keys: HashMap<(String, String), (Digest, TestrunId)>,
    pub(super) blobs: Blobs,
    pub(super) index: Index,
    pub(super) workers: Workers,
    /// The only process that can see this store.
    pub(super) process: ProcessId,
    last_run: i64,
    last_item: i64,
}

impl State {
    pub(super) fn new(process: ProcessId) -> Self {
        Self {
            runs: BTreeMap::new(),
            homes: HashMap::new(),
            keys: HashMap::new(),
            blobs: Blobs::default(),
            index: Index::default(),
            workers: Workers::default(),
            process,
            last_run: 0,
            last_item: 0,
        }
    }

    /// The next number, counted apart from the rows so that a deleted one does not come back.
    pub(super) const fn next_run(&mut self) -> TestrunId {
        self.last_run += 1;
        TestrunId(self.last_run)
    }

    /// As [`next_run`](Self::next_run).
    pub(super) const fn next_item(&mut self) -> ItemId {
        self.last_item += 1;
        ItemId(self.last_item)
    }

    pub(super) fn run(&self, id: TestrunId) -> StoreResult<&Run> {
        self.runs.get(&id).ok_or_else(|| StoreError::no_testrun(id))
    }

    /// An item, as its Testrun and its place among the items there; with the index, which every change touches.
    pub(super) fn item(&mut self, id: ItemId) -> Option<(&mut Run, usize, &mut Index)> {
        let run = self.runs.get_mut(self.homes.get(&id)?)?;
        let at = run.place_of(id)?;
        Some((run, at, &mut self.index))
    }
}
