//! What is left to do.

use std::cmp::Reverse;
use std::time::Duration;

use testrunner_core::store::{Backlog, OpenItem};
use testrunner_core::{EventBody, Item, ItemState, Timestamp};

use super::run::{Row, Run};
use super::{Ledger, Mutant};

impl Ledger {
    /// As [`Store::backlog`](testrunner_core::Store::backlog).
    #[must_use]
    pub fn backlog(&self, now: Timestamp, limit: u32) -> Backlog {
        let rows = || self.runs.iter().flat_map(|run| run.rows.iter().map(move |row| (run, row)));
        let of = |state: ItemState| rows().filter(move |(_, row)| row.item.state == state);
        let mut leased: Vec<_> = of(ItemState::Leased).collect();
        leased.sort_by_key(|(run, row)| (run.claimed_at(&row.item), row.item.id));
        let mut ready: Vec<_> = of(ItemState::Ready).collect();
        ready.sort_by_key(|(run, row)| {
            let later = (row.item.not_before > now).then_some(row.item.not_before);
            let urgent = if self.makes(Mutant::BacklogByAge) { 0 } else { run.new.priority };
            (later, Reverse(urgent), row.sort_key, row.item.id)
        });
        let limit = if limit == 0 { 100 } else { limit as usize };
        let items = leased.iter().chain(&ready).take(limit).map(|(run, row)| open(run, row));
        Backlog { items: items.collect(), ready: ready.len() as u64, leased: leased.len() as u64 }
    }
}

impl Run {
    fn claimed_at(&self, item: &Item) -> Option<Timestamp> {
        let claims =
            self.log.iter().rev().filter(|event| matches!(event.body, EventBody::ItemStarted { .. }));
        claims.filter(|event| event.item == Some(item.id)).map(|event| event.at).next()
    }
}

fn open(run: &Run, row: &Row) -> OpenItem {
    let item = &row.item;
    OpenItem {
        id: item.id,
        run: run.id,
        state: item.state,
        executor: run.new.executor.clone(),
        priority: run.new.priority,
        files: item.files.len() as u32,
        weight: Duration::from_micros(item.weight_us as u64),
        attempts: item.attempts,
        pinned: run.new.pinned_to.is_some(),
        not_before: item.not_before,
        worker: item.worker.clone(),
        lease_until: item.lease_until,
    }
}
