//! `append` and `finish`: what the holders of leases report, of as many as there are, at once. All that is to be known is
//! read first, then decided in memory, then written: so one that is refused changes nothing, and the others need not be
//! undone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use testrunner_core::rules::{Head, Holding, Needs, Report, Reported, Sheet, Step, Taken};
use testrunner_core::store::{StoreError, StoreResult};
use testrunner_core::{ItemId, TestrunId};

use crate::error::Result;
use crate::run_log;
use crate::sql::{cases, files, leases};
use crate::verb::{Tx, Verb};

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
        let log = run_log::load(tx, run).await?;
        let outcomes = files::outcomes(tx.conn, run, needs.outcomes).await?;
        let cases = cases::count(tx.conn, run, needs.cases).await?;
        let mut sheet = Sheet::new(log, held, outcomes, cases);
        let (mut places, mut taken) = (Vec::with_capacity(reports.len()), Vec::with_capacity(reports.len()));
        for (place, report) in reports {
            places.push(place);
            taken.push(match sheet.take(report, tx.now) {
                Ok(step) => Ok(leave(tx, &mut sheet, step).await?),
                Err(refused) => Err(refused),
            });
        }
        let before = sheet.log.head().status;
        let said = Reported::of(taken, before, save(sheet, tx).await?);
        answers.extend(places.into_iter().zip(said));
        Ok(())
    }
}

async fn leave(tx: &mut Tx<'_>, sheet: &mut Sheet, step: Step) -> Result<Taken> {
    if step.stops {
        run_log::cancel_waiting(tx, &mut sheet.log).await?;
    }
    Ok(sheet.leave(step, tx.now))
}

async fn save(mut sheet: Sheet, tx: &mut Tx<'_>) -> Result<Head> {
    run_log::write_results(tx, &mut sheet.log).await?;
    leases::save(tx.conn, &sheet.changed()).await?;
    if !sheet.incomplete().is_empty() {
        let incomplete = sheet.incomplete().to_vec();
        run_log::mark_not_run(tx, &mut sheet.log, incomplete.into_iter()).await?;
    }
    if sheet.cancels() {
        run_log::cancel_waiting(tx, &mut sheet.log).await?;
    }
    tx.rung.stops |= sheet.stops();
    tx.rung.work |= sheet.returned();
    run_log::save(tx, sheet.log).await
}
