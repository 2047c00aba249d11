//! `append` and `finish`: what the holders of leases of one Testrun report, of as many as there are, in one transaction.
//! All that is to be known is read first, then decided in memory, then written: so one that is refused changes nothing,
//! and the others need not be undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::event::NewEvent;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{self, Results, Verdict};
use testrunner_core::store::{Appended, Batch, Finished, Outcome, StoreError, StoreResult};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{
    CaseCounts, Epoch, EventBody, FileOutcome, ItemId, ItemState, LeaseKey, Status, Timestamp,
};

use crate::error::{Error, Result};
use crate::run_log::RunLog;
use crate::sql::leases::{self, Held};
use crate::sql::runs::Head;
use crate::sql::{cases, files};
use crate::verb::{Tx, Verb};

/// What one holder reports.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) key: LeaseKey,
    /// The number of the first of its events.
    pub(crate) from_n: u64,
    pub(crate) events: Vec<NewEvent>,
    /// The lease ends with them.
    pub(crate) end: Option<End>,
}

#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    /// Only if this claim gave the lease.
    pub(crate) claim: Option<i64>,
}

impl Report {
    /// Gives a lease back that nobody uses.
    pub(crate) const fn give_back(key: LeaseKey, claim: i64) -> Self {
        let end = End { outcome: Outcome::Release, claim: Some(claim) };
        Self { key, from_n: 0, events: Vec::new(), end: Some(end) }
    }

    const fn batch(&self) -> Batch<'_> {
        Batch { from_n: self.from_n, events: self.events.as_slice() }
    }
}

/// What became of it, and of the Testrun with all that was reported beside it.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    taken: Taken,
    run: Status,
    head: Arc<Head>,
}

impl Reported {
    pub(crate) fn appended(self) -> Appended {
        let Head { counters, stop, .. } = &*self.head;
        let (last_seq, stop) = (counters.last_seq, stop.clone());
        Appended {
            next_n: self.taken.next_n,
            last_seq,
            stop,
            log_bytes: u64::try_from(counters.log_bytes).unwrap_or(0),
        }
    }

    pub(crate) fn finished(self) -> Finished {
        let Self { taken: Taken { item, state, .. }, run, head } = self;
        let ticket = Ticket { item, run: head.id, priority: head.priority };
        let ready = (state == ItemState::Ready).then_some(ticket);
        Finished { item: state, run, last_seq: head.counters.last_seq, ready }
    }
}

/// Reports about items of the same Testrun.
#[derive(Debug)]
pub(crate) struct Reports(pub(crate) Vec<Report>);

#[async_trait]
impl Verb for Reports {
    /// One for each, in order.
    type Answer = Vec<StoreResult<Reported>>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Answer> {
        let held = leases::hold(tx.conn, self.0.iter().map(|report| report.key.item)).await?;
        let Some(run) = held.values().next().map(|held| held.run) else {
            return Ok(self.0.iter().map(|report| Err(StoreError::fenced(report.key))).collect());
        };
        let log = RunLog::load(tx, run).await?;
        let mut sheet = Sheet::load(tx, self, log, held).await?;
        let mut taken = Vec::with_capacity(self.0.len());
        for report in &self.0 {
            taken.push(match sheet.take(report, tx.now) {
                Ok(done) => Ok(done),
                Err(Error::Refused(error)) => Err(error),
                Err(error) => return Err(error),
            });
        }
        let before = sheet.log.head.status;
        let head = Arc::new(sheet.save(tx).await?);
        // Should the Testrun have ended, it was with the last item that did.
        let last = taken.iter().rposition(|taken| taken.as_ref().is_ok_and(|taken| taken.ends));
        let said = taken.into_iter().enumerate().map(|(place, taken)| {
            let run = if Some(place) == last { head.status } else { before };
            taken.map(|taken| Reported { taken, run, head: Arc::clone(&head) })
        });
        Ok(said.collect())
    }
}

/// What a report came to by itself.
#[derive(Clone, Copy, Debug)]
struct Taken {
    /// The number of the holder's next event.
    next_n: u64,
    item: ItemId,
    state: ItemState,
    /// The lease has ended with it.
    ends: bool,
}

/// A Testrun with those of its items that somebody reports on.
struct Sheet {
    log: RunLog,
    held: BTreeMap<ItemId, Held>,
    /// Items that are not as they were.
    changed: BTreeSet<ItemId>,
    /// Items that have ended, and not all of whose files have a result.
    incomplete: Vec<ItemId>,
    outcomes: BTreeMap<u32, FileOutcome>,
    /// Cases by file and lease; where they are not to be counted, only those of these reports.
    cases: BTreeMap<(u32, Epoch), CaseCounts>,
    stops: bool,
    /// Something waits again.
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
    async fn load(
        tx: &mut Tx<'_>,
        reports: &Reports,
        log: RunLog,
        held: BTreeMap<ItemId, Held>,
    ) -> Result<Self> {
        let run = log.id();
        if let Some(stranger) = held.values().find(|held| held.run != run) {
            return Err(Error::Row(format!("{} is not of Testrun {run}", stranger.key)));
        }
        let (mut asked, mut counted) = (BTreeSet::new(), BTreeSet::new());
        for report in &reports.0 {
            let Some(held) = held.get(&report.key.item) else { continue };
            for event in &report.events {
                match &event.body {
                    EventBody::Case(case) => drop(asked.insert(case.file)),
                    EventBody::FileFinished(finish) => {
                        asked.insert(finish.file);
                        // With the first events of a lease come the first of its cases.
                        if held.appended_n > 0 {
                            counted.insert(finish.file);
                        }
                    }
                    _ => {}
                }
            }
            if report.end.is_some() {
                asked.extend(&held.files);
            }
        }
        let outcomes = files::outcomes(tx.conn, run, asked).await?;
        let cases = cases::count(tx.conn, run, counted).await?;
        let (changed, incomplete) = (BTreeSet::new(), Vec::new());
        Ok(Self { log, held, changed, incomplete, outcomes, cases, stops: false, returned: false })
    }

    /// Takes a report in; or refuses it, and is as it was.
    fn take(&mut self, report: &Report, now: Timestamp) -> Result<Taken> {
        let key = report.key;
        // Epoch 0 was never claimed: it has no holder.
        let held = self.held.get(&key.item).filter(|held| held.key == key && key.epoch.0 > 0);
        let held = held.ok_or_else(|| StoreError::fenced(key))?;
        if let Some(End { claim: Some(claim), .. }) = report.end
            && held.claim != Some(claim)
        {
            return Err(StoreError::fenced(key).into());
        }
        if held.state != ItemState::Leased {
            // The epoch is the newest: only its holder can have ended it, and did not hear of it.
            let (next_n, item, state) = (held.appended_n, key.item, held.state);
            let ended = report.end.is_some().then_some(Taken { next_n, item, state, ends: false });
            return ended.ok_or_else(|| StoreError::fenced(key).into());
        }
        let (lease, known, standing) =
            (held.lease(), Known { sheet: self, epoch: key.epoch }, self.log.standing());
        let fresh = rules::fresh(lease, report.batch())?;
        let checked = rules::check(lease, &known, fresh)?;
        let verdict = report.end.as_ref();
        let verdict = verdict.map(|end| rules::verdict(lease, &known, &checked, standing, &end.outcome, now));
        let verdict = verdict.transpose()?;
        let next_n = held.appended_n + fresh.len() as u64;
        self.log.store(key, fresh, &checked)?;
        self.outcomes.extend(checked.ends.iter().map(|end| (end.finish.file, end.finish.outcome)));
        self.cases.extend(checked.cases.iter().map(|(file, counts)| ((*file, key.epoch), *counts)));
        if standing.stops_by(&checked) {
            self.log.mark_stopped(now, StopWhy::FailFast, "max_fail")?;
            self.stops = true;
        }
        self.change(key, next_n, verdict.as_ref());
        let Some(Verdict { state, reason, message, back, .. }) = verdict else {
            return Ok(Taken { next_n, item: key.item, state: ItemState::Leased, ends: false });
        };
        match back {
            Some((why, _)) => {
                self.log.push(now, Some(key), &EventBody::ItemReturned { why, message })?;
                self.returned = true;
            }
            None => self.log.count_end(now, key, state, reason, message)?,
        }
        Ok(Taken { next_n, item: key.item, state, ends: true })
    }

    fn change(&mut self, key: LeaseKey, next_n: u64, verdict: Option<&Verdict>) {
        let Some(held) = self.held.get_mut(&key.item) else { return };
        self.changed.insert(key.item);
        held.appended_n = next_n;
        let Some(verdict) = verdict else { return };
        (held.state, held.reason, held.infra) = (verdict.state, verdict.reason, verdict.infra);
        match verdict.back {
            Some((_, due)) => held.not_before = due,
            None if held.files.iter().all(|file| self.outcomes.contains_key(file)) => {}
            None => self.incomplete.push(key.item),
        }
    }

    async fn save(mut self, tx: &mut Tx<'_>) -> Result<Head> {
        self.log.write_results(tx).await?;
        let changed = self.changed.iter().filter_map(|item| self.held.get(item));
        leases::save(tx.conn, changed.collect()).await?;
        if !self.incomplete.is_empty() {
            self.log.mark_not_run(tx, self.incomplete.into_iter()).await?;
        }
        // Only now: what was given back just now waits, too. And of a Testrun that had been stopped, whoever did it may
        // have passed over what waited, and was held by us for a report that came too late.
        let waits = self.held.values().any(|held| held.state == ItemState::Ready);
        if self.stops || (waits && self.log.head.stop.is_some()) {
            self.log.cancel_waiting(tx).await?;
        }
        tx.rung.stops |= self.stops;
        tx.rung.work |= self.returned;
        self.log.save(tx).await
    }
}
