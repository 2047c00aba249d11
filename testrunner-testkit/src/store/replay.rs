//! A reader that knows only the log, and refuses what no log may say.

use std::collections::BTreeMap;

use testrunner_core::event::{FileFinish, SCHEMA_VERSION};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{CaseCounts, Epoch, Event, EventBody, FailReason, ItemId, ItemState, LeaseKey, Status};

/// What a log adds up to.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub(super) status: Option<Status>,
    pub(super) reason: Option<FailReason>,
    pub(super) stop: Option<(StopWhy, String)>,
    pub(super) items: BTreeMap<ItemId, ItemTold>,
    /// Results of files with the counts of the cases that their lease reported before.
    pub(super) results: BTreeMap<u32, (FileFinish, CaseCounts)>,
    /// What `max_fail` counts.
    pub(super) failures: u32,
    /// Cases by the lease and file that reported them.
    cases: BTreeMap<(LeaseKey, u32), Vec<(i64, testrunner_core::CaseOutcome)>>,
    committed: BTreeMap<u32, LeaseKey>,
}

/// What a log says of an item.
#[derive(Clone, Debug)]
pub(super) struct ItemTold {
    pub(super) state: ItemState,
    pub(super) reason: Option<FailReason>,
    pub(super) attempts: u32,
    /// That of the newest claim.
    pub(super) epoch: Epoch,
}

impl Default for ItemTold {
    fn default() -> Self {
        Self { state: ItemState::Ready, reason: None, attempts: 0, epoch: Epoch(0) }
    }
}

impl Replay {
    pub(super) fn of(events: &[Event]) -> Self {
        let mut replay = Self::default();
        for (seq, event) in (1..).zip(events) {
            assert_eq!(event.seq.0, seq, "seq is dense from 1");
            assert_eq!(event.v, SCHEMA_VERSION, "version of event {seq}");
            assert_eq!(event.run, events[0].run, "event {seq} is of another Testrun");
            let ended = replay.status.is_some_and(Status::is_terminal);
            assert!(!ended, "event {seq} comes after the end: {event:?}");
            replay.take(event);
        }
        replay
    }

    /// The events of cases that count, in order.
    pub(super) fn counted(&self) -> Vec<i64> {
        let keys = self.committed.iter().map(|(file, key)| (*key, *file));
        let mut seqs: Vec<i64> =
            keys.filter_map(|key| self.cases.get(&key)).flatten().map(|(seq, _)| *seq).collect();
        seqs.sort_unstable();
        seqs
    }

    fn take(&mut self, event: &Event) {
        let key = event.item.zip(event.epoch).map(|(item, epoch)| LeaseKey { item, epoch });
        match (&event.body, key) {
            (EventBody::RunStatus { from, to, reason }, None) => {
                assert_eq!(*from, self.status, "{event:?}");
                let legal = from.map_or(*to == Status::Created, |from| from.can_become(*to));
                assert!(legal, "{event:?}");
                self.status = Some(*to);
                self.reason = *reason;
            }
            (EventBody::StopRequested { why, by }, None) => {
                assert_eq!(self.stop, None, "the second stop: {event:?}");
                self.stop = Some((*why, by.clone()));
            }
            (EventBody::ItemStarted { attempt, .. }, Some(key)) => {
                let item = self.step(event, key, ItemState::Leased);
                assert!(key.epoch > item.epoch, "the epoch did not grow: {event:?}");
                item.epoch = key.epoch;
                item.attempts += 1;
                assert_eq!(*attempt, item.attempts, "{event:?}");
                assert_eq!(self.stop, None, "claimed after a stop: {event:?}");
            }
            (EventBody::ItemReturned { .. }, Some(key)) => {
                let item = self.step(event, key, ItemState::Ready);
                assert_eq!(key.epoch, item.epoch, "tells of another epoch: {event:?}");
                assert_eq!(self.stop, None, "returned after a stop: {event:?}");
            }
            (EventBody::ItemFinished { state, reason, .. }, Some(key)) => {
                let was_leased = self.items.get(&key.item).is_some_and(|i| i.state == ItemState::Leased);
                let item = self.step(event, key, *state);
                assert!(!was_leased || key.epoch == item.epoch, "tells of another epoch: {event:?}");
                item.reason = *reason;
            }
            (_, Some(key)) => self.take_holders(event, key),
            (_, None) => panic!("an event of which item? {event:?}"),
        }
    }

    fn step(&mut self, event: &Event, key: LeaseKey, to: ItemState) -> &mut ItemTold {
        let item = self.items.entry(key.item).or_default();
        assert!(item.state.can_become(to), "{} -> {to}: {event:?}", item.state);
        item.state = to;
        item
    }

    fn take_holders(&mut self, event: &Event, key: LeaseKey) {
        assert!(event.body.is_holders(), "{event:?}");
        let item = self.items.get(&key.item);
        let held = item.is_some_and(|item| item.state == ItemState::Leased && item.epoch == key.epoch);
        assert!(held, "written without the lease: {event:?}");
        match &event.body {
            EventBody::Case(case) => {
                assert!(!self.results.contains_key(&case.file), "after the file's end: {event:?}");
                self.cases.entry((key, case.file)).or_default().push((event.seq.0, case.outcome));
            }
            EventBody::FileFinished(finish) => {
                let mut counts = CaseCounts::default();
                for (_, outcome) in self.cases.get(&(key, finish.file)).into_iter().flatten() {
                    counts.add(*outcome, 1);
                }
                self.failures += counts.bad().max(u32::from(finish.outcome.is_bad()));
                self.committed.insert(finish.file, key);
                let earlier = self.results.insert(finish.file, (finish.clone(), counts));
                assert!(earlier.is_none(), "a second result: {event:?}");
            }
            _ => {}
        }
    }
}
