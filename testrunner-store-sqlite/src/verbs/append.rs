//! `append`, and what every write by a lease holder has in common.

use std::collections::BTreeMap;

use async_trait::async_trait;
use testrunner_core::event::NewEvent;
use testrunner_core::rules::{self, Checked, Results};
use testrunner_core::store::{Appended, Batch, StoreError};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{CaseCounts, EventBody, FileOutcome, ItemState, LeaseKey};

use crate::error::Result;
use crate::run_log::RunLog;
use crate::sql::leases::{self, Held};
use crate::sql::{cases, files};
use crate::verb::{Tx, Verb};

/// Events of a holder with the number of the first one.
#[derive(Debug)]
pub(crate) struct OwnedBatch {
    pub(crate) from_n: u64,
    pub(crate) events: Vec<NewEvent>,
}

impl OwnedBatch {
    pub(crate) const fn borrowed(&self) -> Batch<'_> {
        Batch { from_n: self.from_n, events: self.events.as_slice() }
    }
}

#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) key: LeaseKey,
    pub(crate) batch: OwnedBatch,
}

#[async_trait]
impl Verb for Append {
    type Answer = Appended;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Appended> {
        let held = leases::held(tx.conn, self.key).await?.filter(|held| held.state == ItemState::Leased);
        let mut held = held.ok_or_else(|| StoreError::fenced(self.key))?;
        let mut log = RunLog::load(tx, held.run).await?;
        let known = Known::load(tx, &held, &self.batch, false).await?;
        let fresh = rules::fresh(held.lease(), self.batch.borrowed())?;
        let checked = rules::check(held.lease(), &known, fresh)?;
        store(tx, &mut log, &mut held, fresh, &checked).await?;
        let head = log.save(tx).await?;
        Ok(Appended {
            next_n: held.appended_n,
            last_seq: head.counters.last_seq,
            stop: head.stop,
            log_bytes: u64::try_from(head.counters.log_bytes).unwrap_or(0),
        })
    }
}

/// What is known of the files that a holder reports on.
#[derive(Debug, Default)]
pub(crate) struct Known {
    outcomes: BTreeMap<u32, FileOutcome>,
    /// Where they are to be counted.
    cases: BTreeMap<u32, CaseCounts>,
}

impl Known {
    /// `whole`: of all files of the item, whatever is in the batch.
    pub(crate) async fn load(tx: &mut Tx<'_>, held: &Held, batch: &OwnedBatch, whole: bool) -> Result<Self> {
        let mut known = Self::default();
        let (run, key) = (held.run, held.key);
        let tells = |event: &NewEvent| matches!(event.body, EventBody::Case(_) | EventBody::FileFinished(_));
        if whole || batch.events.iter().any(tells) {
            let files = files::of_item(tx.conn, run, key.item).await?;
            known.outcomes = files.into_iter().filter_map(|(file, outcome)| Some((file, outcome?))).collect();
        }
        for NewEvent { body, .. } in &batch.events {
            // With the first events of a lease come the first of its cases.
            if let EventBody::FileFinished(finish) = body
                && held.appended_n > 0
            {
                known.cases.insert(finish.file, cases::count(tx.conn, run, finish.file, key.epoch).await?);
            }
        }
        Ok(known)
    }
}

impl Results for Known {
    fn outcome(&self, file: u32) -> Option<FileOutcome> {
        self.outcomes.get(&file).copied()
    }

    fn cases(&self, file: u32) -> CaseCounts {
        self.cases.get(&file).copied().unwrap_or_default()
    }
}

/// Stores checked events and what follows from them.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    log: &mut RunLog,
    held: &mut Held,
    fresh: &[NewEvent],
    checked: &Checked<'_>,
) -> Result<()> {
    if fresh.is_empty() {
        return Ok(());
    }
    let stops = log.standing().stops_by(checked);
    log.store(tx, held.key, fresh, checked).await?;
    if stops {
        log.stop(tx, StopWhy::FailFast, "max_fail").await?;
    }
    held.appended_n += fresh.len() as u64;
    leases::save_appended(tx.conn, held).await
}
