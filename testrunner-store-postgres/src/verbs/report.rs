//! `append` and `finish`: what the holders of leases of one Testrun report, of as many as there are, in one transaction.
//! All that is to be known is read first, then decided in memory, then written: so one that is refused changes nothing,
//! and the others need not be undone.

use std::collections::BTreeMap;

use async_trait::async_trait;
use testrunner_core::ItemId;
use testrunner_core::rules::{Head, Holding, Needs, Report, Reported, RunLog, Sheet, Step, Taken};
use testrunner_core::store::{StoreError, StoreResult};

use crate::error::{Error, Result};
use crate::run_log;
use crate::sql::{cases, files, leases};
use crate::verb::{Tx, Verb};

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
        if let Some(stranger) = held.values().find(|held| held.run != run) {
            return Err(Error::Row(format!("{} is not of Testrun {run}", stranger.key)));
        }
        let log = run_log::load(tx, run).await?;
        let mut sheet = self.sheet(tx, log, held).await?;
        let mut taken = Vec::with_capacity(self.0.len());
        for report in &self.0 {
            taken.push(match sheet.take(report, tx.now) {
                Ok(step) => Ok(leave(tx, &mut sheet, step).await?),
                Err(refused) => Err(refused),
            });
        }
        let before = sheet.log.head().status;
        Ok(Reported::of(taken, before, save(sheet, tx).await?))
    }
}

impl Reports {
    async fn sheet(&self, tx: &mut Tx<'_>, log: RunLog, held: BTreeMap<ItemId, Holding>) -> Result<Sheet> {
        let (run, needs) = (log.id(), Needs::of(&self.0, &held));
        let outcomes = files::outcomes(tx.conn, run, needs.outcomes).await?;
        let cases = cases::count(tx.conn, run, needs.cases).await?;
        Ok(Sheet::new(log, held, outcomes, cases))
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
