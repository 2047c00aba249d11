//! What a Testrun made of its slots: a fold over its events.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::{Timestamp, micros};
use crate::event::{Event, EventBody};
use crate::id::{ItemId, Seq, TestrunId, WorkerId};
use crate::item::Item;
use crate::schedule::Schedule;
use crate::store::{EventLimit, Store, StoreResult};
use crate::testrun::ScheduleDocument;

/// What a Testrun made of its slots. Feed it every event once, in order.
///
/// * The **slots** of a Testrun are those that it had: for each worker the most items that it held at the same time,
///   added up. A slot that never got an item of it is none of them.
/// * The **makespan** is the time from the first claim to the end of the last item.
/// * A slot is **idle** while it holds no item of the Testrun, between the first claim and the end: before its worker
///   came, between two items, after its last one, or because something else ran there. Idle slot time is slots ×
///   makespan, less the time that items were held.
///
/// All of it is measured by the store's clock, but for the time of files, which is that of their workers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotUse {
    held: BTreeMap<ItemId, (WorkerId, Timestamp)>,
    workers: BTreeMap<WorkerId, Held>,
    held_for: Duration,
    files: Duration,
    first: Option<Timestamp>,
    last: Timestamp,
}

/// Items of one worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    now: u32,
    most: u32,
}

impl SlotUse {
    /// Takes the next event.
    pub fn apply(&mut self, event: &Event) {
        match &event.body {
            EventBody::ItemStarted { worker, .. } => {
                if let Some(item) = event.item {
                    self.give_back(item, event.at);
                    self.take(item, worker.clone(), event.at);
                }
            }
            EventBody::ItemReturned { .. } | EventBody::ItemFinished { .. } => {
                if let Some(item) = event.item {
                    self.give_back(item, event.at);
                }
            }
            EventBody::RunStatus { to, .. } if to.is_terminal() => self.last = self.last.max(event.at),
            EventBody::FileFinished(finish) => {
                self.files = self.files.saturating_add(finish.duration);
            }
            _ => {}
        }
    }

    fn take(&mut self, item: ItemId, worker: WorkerId, at: Timestamp) {
        self.first.get_or_insert(at);
        self.last = self.last.max(at);
        let held = self.workers.entry(worker.clone()).or_default();
        held.now += 1;
        held.most = held.most.max(held.now);
        self.held.insert(item, (worker, at));
    }

    fn give_back(&mut self, item: ItemId, at: Timestamp) {
        // One that was cancelled while it waited was held by nobody.
        let Some((worker, since)) = self.held.remove(&item) else { return };
        self.last = self.last.max(at);
        self.held_for = self.held_for.saturating_add(at.since(since));
        if let Some(held) = self.workers.get_mut(&worker) {
            held.now = held.now.saturating_sub(1);
        }
    }

    /// How many slots it had.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.workers.values().fold(0, |sum, held| sum.saturating_add(held.most))
    }

    /// From the first claim to the end of the last item; to the newest claim or end of an item, while it runs.
    #[must_use]
    pub fn makespan(&self) -> Duration {
        self.first.map_or(Duration::ZERO, |first| self.last.since(first))
    }

    /// How long files ran that came to an end, in all.
    #[must_use]
    pub const fn files(&self) -> Duration {
        self.files
    }

    /// How long slots were idle, in all. Right once the Testrun has ended.
    #[must_use]
    pub fn idle(&self) -> Duration {
        self.makespan().saturating_mul(self.slots()).saturating_sub(self.held_for)
    }

    /// What became of the schedule of an ended Testrun; `None` where no item was claimed. `items` are all of it, in
    /// order of rank.
    #[must_use]
    pub fn against(&self, items: &[Item]) -> Option<ScheduleDocument> {
        self.first?;
        let slots = usize::try_from(self.slots()).unwrap_or(usize::MAX);
        let predicted = Schedule::of(items.iter().map(|item| item.weight_us), slots).makespan();
        Some(ScheduleDocument {
            slots: self.slots(),
            predicted_us: micros(predicted),
            makespan_us: micros(self.makespan()),
            files_us: micros(self.files()),
            idle_us: micros(self.idle()),
        })
    }

    /// The use of a stored Testrun up to this event, which there has to be.
    ///
    /// # Errors
    /// There is no such Testrun, or it cannot be read.
    pub async fn read(store: &dyn Store, run: TestrunId, until: Seq) -> StoreResult<Self> {
        let (mut slot_use, mut after) = (Self::default(), Seq(0));
        while after < until {
            let page = store.events(run, after, EventLimit::default()).await?;
            let Some(last) = page.events.last() else { break };
            after = last.seq;
            page.events.iter().filter(|event| event.seq <= until).for_each(|event| slot_use.apply(event));
        }
        Ok(slot_use)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{FileFinish, ReturnWhy, SCHEMA_VERSION};
    use crate::id::Epoch;
    use crate::item::ItemState;
    use crate::testrun::{FailReason, FileOutcome, Status};

    fn fold(events: Vec<(i64, i64, EventBody)>) -> SlotUse {
        let mut slot_use = SlotUse::default();
        for (seq, (at, item, body)) in (1..).zip(events) {
            slot_use.apply(&Event {
                v: SCHEMA_VERSION,
                run: TestrunId(1),
                seq: Seq(seq),
                at: Timestamp(at),
                item: Some(ItemId(item)),
                epoch: Some(Epoch(1)),
                body,
            });
        }
        slot_use
    }

    fn taken(at: i64, item: i64, worker: &str) -> (i64, i64, EventBody) {
        (at, item, EventBody::ItemStarted { worker: WorkerId(worker.to_owned()), attempt: 1 })
    }

    fn done(at: i64, item: i64) -> (i64, i64, EventBody) {
        (at, item, EventBody::ItemFinished { state: ItemState::Passed, reason: None, message: None })
    }

    fn file(at: i64, item: i64, took: u64) -> (i64, i64, EventBody) {
        let (outcome, duration) = (FileOutcome::Passed, Duration::from_micros(took));
        let finish = FileFinish { file: 0, outcome, collected: 1, reported: 1, duration, message: None };
        (at, item, EventBody::FileFinished(finish))
    }

    fn figures(slot_use: &SlotUse) -> (u32, u128, u128, u128) {
        let [makespan, files, idle] =
            [slot_use.makespan(), slot_use.files(), slot_use.idle()].map(|time| time.as_micros());
        (slot_use.slots(), makespan, files, idle)
    }

    #[test]
    fn a_slot_is_idle_while_it_holds_nothing() {
        let slot_use = fold(vec![
            taken(1_000, 1, "a"),
            taken(1_000, 2, "a"),
            file(1_049, 2, 40),
            done(1_050, 2),
            taken(1_053, 3, "a"),
            done(1_080, 3),
            file(1_098, 1, 95),
            done(1_100, 1),
        ]);
        // 3 between the items, 20 at the end.
        assert_eq!(figures(&slot_use), (2, 100, 135, 23));
    }

    #[test]
    fn workers_that_follow_each_other_have_slots_of_their_own() {
        let slot_use = fold(vec![taken(0, 1, "a"), done(10, 1), taken(10, 2, "b"), done(30, 2)]);
        assert_eq!(figures(&slot_use), (2, 30, 0, 30));
    }

    #[test]
    fn a_lost_worker_held_its_item_until_it_was_taken_back() {
        let lost = EventBody::ItemReturned { why: ReturnWhy::WorkerLost, message: None };
        let slot_use = fold(vec![taken(0, 1, "a"), (15, 1, lost), taken(15, 1, "a"), done(20, 1)]);
        assert_eq!(figures(&slot_use), (1, 20, 0, 0));
    }

    #[test]
    fn what_waited_when_it_was_cancelled_was_held_by_nobody() {
        let (to, reason) = (Status::Failed, Some(FailReason::Cancelled));
        let ended = (9, 0, EventBody::RunStatus { from: None, to, reason });
        let slot_use = fold(vec![done(5, 1), ended]);
        assert_eq!(figures(&slot_use), (0, 0, 0, 0));
        assert_eq!(slot_use.against(&[]), None);
    }
}
