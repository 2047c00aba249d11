//! `append` and `finish`: what the holders of leases report, of as many as there are, at once. All that is to be known is
//! read first, then decided in memory, then written: so one that is refused changes nothing, and the others need not be
//! undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{Holding, Needs, Report, Sheet, Step, Taken};
use testrunner_core::store::{Appended, Finished, StoreError, StoreResult};
use testrunner_core::{ItemId, ItemState, Status, TestrunId};

use crate::error::{Error, Result};
use crate::run_log::RunLog;
use crate::sql::runs::Head;
use crate::sql::{cases, files, leases};
use crate::verb::{Tx, Verb};

/// What became of a report, and of the Testrun with all that was reported beside it.
#[derive(Clone, Debug)]
pub(crate) struct Reported {
    taken: Taken,
    run: Status,
    head: Arc<Head>,
}

impl Reported {
    pub(crate) fn appended(self) -> Appended {
        let Head { counters, stop, .. } = &*self.head;
        Appended {
            next_n: self.taken.next_n,
            last_seq: counters.last_seq,
            stop: stop.clone(),
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

/// Reports about items of any Testruns.
#[derive(Debug)]
pub(crate) struct Reports(pub(crate) Arc<[Report]>);

#[async_trait]
impl Verb for Reports {
    /// One for each, in order.
    type Answer = Vec<StoreResult<Reported>>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Answer> {
        let mut held = leases::hold(tx.conn, self.0.iter().map(|report| report.key.item)).await?;
        let runs: BTreeSet<TestrunId> = held.values().map(|held| held.run).collect();
        let mut answers = BTreeMap::new();
        for run in runs {
            let of_run: BTreeMap<_, _> = held.extract_if(.., |_, held| held.run == run).collect();
            self.take(tx, run, of_run, &mut answers).await?;
        }
        let fenced = |report: &Report| Err(StoreError::fenced(report.key));
        let reports = self.0.iter().enumerate();
        Ok(reports.map(|(place, report)| answers.remove(&place).unwrap_or_else(|| fenced(report))).collect())
    }
}

impl Reports {
    /// Takes those about one Testrun. `answers` are by the place of the report.
    async fn take(
        &self,
        tx: &mut Tx<'_>,
        run: TestrunId,
        held: BTreeMap<ItemId, Holding>,
        answers: &mut BTreeMap<usize, StoreResult<Reported>>,
    ) -> Result<()> {
        let reports = self.0.iter().enumerate();
        let reports: Vec<_> = reports.filter(|(_, report)| held.contains_key(&report.key.item)).collect();
        let needs = Needs::of(reports.iter().map(|(_, report)| *report), &held);
        let log = RunLog::load(tx, run).await?;
        let outcomes = files::outcomes(tx.conn, run, needs.outcomes).await?;
        let cases = cases::count(tx.conn, run, needs.cases).await?;
        let mut sheet = Sheet::new(log, held, outcomes, cases);
        let mut taken = Vec::with_capacity(reports.len());
        for (place, report) in reports {
            match sheet.take(report, tx.now) {
                Ok(step) => taken.push((place, leave(tx, &mut sheet, step).await?)),
                Err(Error::Refused(error)) => drop(answers.insert(place, Err(error))),
                Err(error) => return Err(error),
            }
        }
        let before = sheet.log.head.status;
        let head = Arc::new(save(sheet, tx).await?);
        // Should the Testrun have ended, it was with the last item that did.
        let last = taken.iter().rfind(|(_, taken)| taken.ends).map(|(place, _)| *place);
        answers.extend(taken.into_iter().map(|(place, taken)| {
            let run = if Some(place) == last { head.status } else { before };
            (place, Ok(Reported { taken, run, head: Arc::clone(&head) }))
        }));
        Ok(())
    }
}

async fn leave(tx: &mut Tx<'_>, sheet: &mut Sheet<RunLog>, step: Step) -> Result<Taken> {
    if step.stops {
        sheet.log.cancel_waiting(tx).await?;
    }
    sheet.leave(step, tx.now)
}

async fn save(mut sheet: Sheet<RunLog>, tx: &mut Tx<'_>) -> Result<Head> {
    sheet.log.write_results(tx).await?;
    leases::save(tx.conn, &sheet.changed()).await?;
    if !sheet.incomplete().is_empty() {
        let incomplete = sheet.incomplete().to_vec();
        sheet.log.mark_not_run(tx, incomplete.into_iter()).await?;
    }
    if sheet.cancels() {
        sheet.log.cancel_waiting(tx).await?;
    }
    tx.rung.stops |= sheet.stops();
    tx.rung.work |= sheet.returned();
    sheet.log.save(tx).await
}
