//! The open items of all Testruns.

use std::time::Duration;

use super::index::Place;
use super::run::ItemRow;
use super::state::State;
use crate::id::ItemId;
use crate::store::{Backlog, OpenItem};
use crate::testrun::Summary;

impl State {
    pub(super) fn backlog(&mut self, limit: u32) -> Backlog {
        self.index.wake_due();
        let limit = if limit == 0 { 100 } else { limit as usize };
        let mut leased: Vec<_> = self.index.leased.iter().filter_map(|id| self.row(*id)).collect();
        leased.sort_by_key(|(_, row)| (row.claimed_at, row.item.id));
        let later = self.index.delayed.iter().map(|(_, place)| place);
        let waiting = self.index.ready.iter().chain(later).map(|Place { item, .. }| *item);
        let waiting = waiting.filter_map(|id| self.row(id));
        let items = leased.iter().copied().chain(waiting).take(limit);
        Backlog {
            items: items.map(|(summary, row)| open(summary, row)).collect(),
            ready: (self.index.ready.len() + self.index.delayed.len()) as u64,
            leased: leased.len() as u64,
        }
    }

    fn row(&self, id: ItemId) -> Option<(&Summary, &ItemRow)> {
        let run = self.runs.get(self.homes.get(&id)?)?;
        Some((&run.summary, &run.items[run.place_of(id)?]))
    }
}

fn open(summary: &Summary, row: &ItemRow) -> OpenItem {
    let item = &row.item;
    OpenItem {
        id: item.id,
        run: item.run,
        state: item.state,
        executor: summary.executor.clone(),
        priority: summary.priority,
        files: u32::try_from(item.files.len()).unwrap_or(u32::MAX),
        weight: Duration::from_micros(item.weight_us.try_into().unwrap_or(0)),
        attempts: item.attempts,
        pinned: summary.pinned_to.is_some(),
        not_before: item.not_before,
        worker: item.worker.clone(),
        lease_until: item.lease_until,
    }
}
