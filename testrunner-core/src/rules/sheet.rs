//! Reports of several holders on items of one Testrun, decided one after the other in memory: what is to be written is
//! known when all are taken, and written once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::fate::{Fate, Verdict};
use super::report::{Lease, Results, check, fresh, verdict};
use super::run_log::{Head, RunLog};
use crate::clock::Timestamp;
use crate::event::{EventBody, NewEvent};
use crate::id::{Epoch, ItemId, LeaseKey, TestrunId};
use crate::item::ItemState;
use crate::queue::Ticket;
use crate::store::{Appended, Batch, Finished, Outcome, StoreError, StoreResult};
use crate::testrun::{CaseCounts, FailReason, FileOutcome, Status, StopWhy};

/// What one holder reports.
#[derive(Clone, Debug)]
pub struct Report {
    /// Its lease.
    pub key: LeaseKey,
    /// The number of the first of its events.
    pub from_n: u64,
    /// What happened.
    pub events: Vec<NewEvent>,
    /// The lease ends with them.
    pub end: Option<End>,
}

/// How a lease ends.
#[derive(Clone, Debug)]
pub struct End {
    /// As its holder says.
    pub outcome: Outcome,
    /// Only if the claim with this mark gave the lease.
    pub claim: Option<i64>,
}

impl Report {
    /// Gives a lease back that nobody uses.
    #[must_use]
    pub const fn give_back(key: LeaseKey, claim: Option<i64>) -> Self {
        let end = End { outcome: Outcome::Release, claim };
        Self { key, from_n: 0, events: Vec::new(), end: Some(end) }
    }
}

/// An item as the store has it when somebody reports on it, and as it is to be written back.
#[derive(Clone, Debug)]
pub struct Holding {
    /// Of its newest lease.
    pub key: LeaseKey,
    /// Whose item it is.
    pub run: TestrunId,
    /// Leased or not.
    pub state: ItemState,
    /// Why it failed, if not by its tests.
    pub reason: Option<FailReason>,
    /// Its files.
    pub files: Vec<u32>,
    /// How often infrastructure has failed it.
    pub infra: u32,
    /// How many events of the newest lease are stored.
    pub appended_n: u64,
    /// From when on it may be claimed.
    pub not_before: Timestamp,
    /// Which claim gave the newest lease, where the store knows it.
    pub claim: Option<i64>,
}

impl Holding {
    fn lease(&self) -> Lease<'_> {
        let Self { key, run, ref files, infra, appended_n, .. } = *self;
        Lease { key, run, files, appended_n, infra }
    }
}

/// What a report came to by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The number of the holder's next event.
    pub next_n: u64,
    /// The item.
    pub item: ItemId,
    /// Where it stands now.
    pub state: ItemState,
    /// Its lease has ended with this report.
    pub ends: bool,
}

/// What became of a report, and of the Testrun with all that was reported beside it.
#[derive(Clone, Debug)]
pub struct Reported {
    taken: Taken,
    run: Status,
    head: Arc<Head>,
}

impl Reported {
    /// The answers to reports of one Testrun, in their order, when it stands at `head`.
    pub fn of(taken: Vec<StoreResult<Taken>>, before: Status, head: Head) -> Vec<StoreResult<Self>> {
        let head = Arc::new(head);
        // Should the Testrun have ended, it was with the last item that did.
        let last = taken.iter().rposition(|taken| taken.as_ref().is_ok_and(|taken| taken.ends));
        let answer = |(place, taken): (usize, StoreResult<Taken>)| {
            let run = if Some(place) == last { head.status } else { before };
            taken.map(|taken| Self { taken, run, head: Arc::clone(&head) })
        };
        taken.into_iter().enumerate().map(answer).collect()
    }

    /// To one who goes on.
    #[must_use]
    pub fn appended(self) -> Appended {
        let Head { counters, stop, .. } = &*self.head;
        let (next_n, last_seq, log_bytes) = (self.taken.next_n, counters.last_seq, counters.log_bytes);
        Appended { next_n, last_seq, stop: stop.clone(), log_bytes }
    }

    /// To one who has ended its lease.
    #[must_use]
    pub fn finished(self) -> Finished {
        let Self { taken: Taken { item, state, .. }, run, head } = self;
        let ticket = Ticket { item, run: head.id, priority: head.priority };
        let ready = (state == ItemState::Ready).then_some(ticket);
        Finished { item: state, run, last_seq: head.counters.last_seq, ready }
    }
}

/// A report whose events are taken in. What its end comes to is still to be said: first those items are cancelled that
/// wait, where its events have stopped the Testrun.
#[derive(Clone, Debug)]
#[must_use]
pub struct Step {
    taken: Taken,
    verdict: Option<(LeaseKey, Verdict)>,
    /// The Testrun is stopped from here on; items that wait are to be cancelled.
    pub stops: bool,
}

/// What has to be known of files before their holders' reports can be taken.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Whether they have a result.
    pub outcomes: BTreeSet<u32>,
    /// Their recorded cases, by lease.
    pub cases: BTreeSet<u32>,
}

impl Needs {
    /// Of these reports on these items.
    pub fn of<'r>(reports: impl IntoIterator<Item = &'r Report>, held: &BTreeMap<ItemId, Holding>) -> Self {
        let mut needs = Self::default();
        for report in reports {
            let Some(held) = held.get(&report.key.item) else { continue };
            for event in &report.events {
                match &event.body {
                    EventBody::Case(case) => drop(needs.outcomes.insert(case.file)),
                    EventBody::FileFinished(finish) => {
                        needs.outcomes.insert(finish.file);
                        // With the first events of a lease come the first of its cases.
                        if held.appended_n > 0 {
                            needs.cases.insert(finish.file);
                        }
                    }
                    _ => {}
                }
            }
            if report.end.is_some() {
                needs.outcomes.extend(&held.files);
            }
        }
        needs
    }
}

/// A Testrun with those of its items that somebody reports on.
#[derive(Debug)]
pub struct Sheet {
    /// Its log.
    pub log: RunLog,
    held: BTreeMap<ItemId, Holding>,
    outcomes: BTreeMap<u32, FileOutcome>,
    /// By file and lease; where they are not to be counted, only those of these reports.
    cases: BTreeMap<(u32, Epoch), CaseCounts>,
    changed: BTreeSet<ItemId>,
    incomplete: Vec<ItemId>,
    stops: bool,
    returned: bool,
}

/// What the rules ask for.
struct Known<'a> {
    sheet: &'a Sheet,
    epoch: Epoch,
}

impl Results for Known<'_> {
    fn outcome(&self, file: u32) -> Option<FileOutcome> {
        self.sheet.outcomes.get(&file).copied()
    }

    fn cases(&self, file: u32) -> CaseCounts {
        self.sheet.cases.get(&(file, self.epoch)).copied().unwrap_or_default()
    }
}

impl Sheet {
    /// With what [`Needs`] asks for.
    pub fn new(
        log: RunLog,
        held: BTreeMap<ItemId, Holding>,
        outcomes: BTreeMap<u32, FileOutcome>,
        cases: BTreeMap<(u32, Epoch), CaseCounts>,
    ) -> Self {
        let (changed, incomplete) = (BTreeSet::new(), Vec::new());
        Self { log, held, outcomes, cases, changed, incomplete, stops: false, returned: false }
    }

    /// Takes a report in; or refuses it, and is as it was.
    ///
    /// # Errors
    /// `Fenced`, `Gap`, `Invalid`.
    pub fn take(&mut self, report: &Report, now: Timestamp) -> StoreResult<Step> {
        let (key, item) = (report.key, report.key.item);
        // Epoch 0 was never claimed: it has no holder.
        let held = self.held.get(&item).filter(|held| held.key == key && key.epoch.0 > 0);
        let held = held.ok_or_else(|| StoreError::fenced(key))?;
        if let Some(End { claim: Some(claim), .. }) = report.end
            && held.claim != Some(claim)
        {
            return Err(StoreError::fenced(key));
        }
        if held.state != ItemState::Leased {
            // The epoch is the newest: only its holder can have ended it, and did not hear of it.
            let taken = Taken { next_n: held.appended_n, item, state: held.state, ends: false };
            let step = Step { taken, verdict: None, stops: false };
            return report.end.as_ref().map(|_| step).ok_or_else(|| StoreError::fenced(key));
        }
        let (lease, known) = (held.lease(), Known { sheet: self, epoch: key.epoch });
        let standing = self.log.standing();
        let fresh = fresh(lease, Batch { from_n: report.from_n, events: &report.events })?;
        let checked = check(lease, &known, fresh)?;
        let judge = |end: &End| verdict(lease, &known, &checked, standing, &end.outcome, now);
        let verdict = report.end.as_ref().map(judge).transpose()?;
        let next_n = held.appended_n + fresh.len() as u64;
        self.log.store(key, fresh, &checked);
        self.outcomes.extend(checked.ends.iter().map(|end| (end.finish.file, end.finish.outcome)));
        self.cases.extend(checked.cases.iter().map(|(file, counts)| ((*file, key.epoch), *counts)));
        let stops = standing.stops_by(&checked);
        if stops {
            self.stops = self.log.stop(now, StopWhy::FailFast, "max_fail");
        }
        self.change(item, next_n, verdict.as_ref());
        let state = verdict.as_ref().map_or(ItemState::Leased, |verdict| verdict.fate.state());
        let taken = Taken { next_n, item, state, ends: verdict.is_some() };
        Ok(Step { taken, verdict: verdict.map(|verdict| (key, verdict)), stops })
    }

    /// Says what the end of a report comes to.
    pub fn leave(&mut self, step: Step, now: Timestamp) -> Taken {
        if let Some((key, verdict)) = step.verdict {
            self.returned |= verdict.fate.state() == ItemState::Ready;
            self.log.leave(now, key, verdict);
        }
        step.taken
    }

    fn change(&mut self, item: ItemId, next_n: u64, verdict: Option<&Verdict>) {
        let Some(held) = self.held.get_mut(&item) else { return };
        self.changed.insert(item);
        held.appended_n = next_n;
        let Some(verdict) = verdict else { return };
        (held.state, held.reason, held.infra) = (verdict.fate.state(), verdict.fate.reason(), verdict.infra);
        match verdict.fate {
            Fate::Back { due, .. } => held.not_before = due,
            Fate::Ended(_) if held.files.iter().all(|file| self.outcomes.contains_key(file)) => {}
            Fate::Ended(_) => self.incomplete.push(item),
        }
    }

    /// Items that are to be written back.
    #[must_use]
    pub fn changed(&self) -> Vec<&Holding> {
        self.changed.iter().filter_map(|item| self.held.get(item)).collect()
    }

    /// Items that have ended, and not all of whose files have a result.
    #[must_use]
    pub fn incomplete(&self) -> &[ItemId] {
        &self.incomplete
    }

    /// The Testrun was stopped by these reports.
    #[must_use]
    pub const fn stops(&self) -> bool {
        self.stops
    }

    /// Some of these items wait again.
    #[must_use]
    pub const fn returned(&self) -> bool {
        self.returned
    }

    /// Items wait of a Testrun that is stopped, and are to be cancelled: some were given back before it was; others were
    /// held for a report that came too late, and passed over by whoever stopped it.
    #[must_use]
    pub fn cancels(&self) -> bool {
        let waits = || self.held.values().any(|held| held.state == ItemState::Ready);
        self.log.standing().stopped && waits()
    }
}
