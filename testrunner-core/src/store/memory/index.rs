//! What is known across Testruns: which items wait, which are held, what files took.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::changes::Changes;
use crate::clock::Timestamp;
use crate::id::{ItemId, TestrunId};
use crate::item::ItemState;
use crate::store::History;

/// An item's place in the order of claims: larger priority first, then sort key, then number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) priority: Reverse<i16>,
    pub(super) sort_key: i64,
    pub(super) item: ItemId,
}

/// Kept in step with the rows by [`Run::set_state`](super::run::Run::set_state).
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The time of the transaction.
    pub(super) now: Timestamp,
    /// Items that wait and are due.
    pub(super) ready: BTreeSet<Place>,
    /// Items that wait for their time.
    pub(super) delayed: BTreeSet<(Timestamp, Place)>,
    pub(super) leased: BTreeSet<ItemId>,
    /// Testruns that have not ended.
    pub(super) open: BTreeSet<TestrunId>,
    /// Those that have ended, by the time of their end.
    pub(super) ended: BTreeSet<(Timestamp, TestrunId)>,
    pub(super) changes: Changes,
    history: HashMap<String, HashMap<String, Duration>>,
}

impl Index {
    /// Notes that an item left `from` for `to`.
    pub(super) fn moved(
        &mut self,
        place: Place,
        not_before: Timestamp,
        from: Option<ItemState>,
        to: ItemState,
    ) {
        match from {
            Some(ItemState::Ready) => {
                self.ready.remove(&place);
                self.delayed.remove(&(not_before, place));
            }
            Some(ItemState::Leased) => {
                self.leased.remove(&place.item);
            }
            Some(ItemState::Passed | ItemState::Failed | ItemState::Cancelled) | None => {}
        }
        match to {
            ItemState::Ready if not_before > self.now => {
                self.delayed.insert((not_before, place));
            }
            ItemState::Ready => {
                self.ready.insert(place);
            }
            ItemState::Leased => {
                self.leased.insert(place.item);
            }
            ItemState::Passed | ItemState::Failed | ItemState::Cancelled => {}
        }
    }

    /// Moves what has become due to where it is claimed from.
    pub(super) fn wake_due(&mut self) {
        while let Some((due, place)) = self.delayed.first().copied()
            && due <= self.now
        {
            self.delayed.pop_first();
            self.ready.insert(place);
        }
    }

    pub(super) fn remember(&mut self, suite: &str, path: &str, took: Duration) {
        self.history.entry(suite.to_owned()).or_default().insert(path.to_owned(), took);
    }

    pub(super) fn history_of(&self, suite: &str, paths: &[String]) -> History {
        let known = self.history.get(suite);
        paths.iter().filter_map(|path| Some((path.clone(), *known?.get(path)?))).collect()
    }
}
