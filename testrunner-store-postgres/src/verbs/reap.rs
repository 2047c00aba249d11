//! `reap`: takes back what nobody works on any more. Safe from any number of processes at any time.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{Overdue, RunLog};
use testrunner_core::store::{Reaped, StoreErrorKind};
use testrunner_core::testrun::StopWhy;
use testrunner_core::{ItemState, TestrunId};

use crate::error::{Error, Result};
use crate::run_log;
use crate::sql::janitor::{self, Stalled};
use crate::sql::leases::{self, End};
use crate::sql::processes;
use crate::verb::{Tx, Verb};

/// What is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Only what belonged to processes that are gone: certain at any time, also right after the start.
    Dead,
    /// Also what ran out by the clock.
    All,
}

#[derive(Debug)]
pub(crate) struct Reap {
    pub(crate) scope: Scope,
    /// Most leases that are taken back, not counting those that are certain; all else is done in any case.
    pub(crate) limit: u32,
}

#[async_trait]
impl Verb for Reap {
    type Answer = Reaped;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Reaped> {
        // Who may judge strikes out those that are gone; whoever is not in the list is dead, and stays dead.
        if let Some(silent) = tx.presence.verdict() {
            processes::condemn(tx.conn, silent).await?;
        }
        let dead = processes::missing(tx.conn).await?;
        let by_clock = (self.scope == Scope::All).then_some(tx.now);
        let (mut overdue, mut swept) = (Vec::new(), Vec::new());
        if by_clock.is_some() {
            overdue = janitor::overdue(tx.conn, tx.now).await?;
            swept = janitor::unswept(tx.conn).await?;
        }
        // The items first, then their Testruns in order, as everybody does it: so nobody waits in a circle.
        let stalled = janitor::hold_stalled(tx.conn, by_clock, &dead, self.limit).await?;
        if !dead.is_empty() {
            swept.extend(janitor::orphans(tx.conn, &dead).await?);
        }
        let mut logs =
            lock(tx, overdue.iter().chain(&swept).copied().chain(stalled.iter().map(|it| it.run))).await?;
        for run in overdue {
            if let Some(log) = logs.get_mut(&run) {
                run_log::stop(tx, log, StopWhy::Deadline, "deadline").await?;
            }
        }
        let mut ready = Vec::new();
        for lease in stalled {
            if let Some(log) = logs.get_mut(&lease.run) {
                ready.extend(take_back(tx, log, lease).await?);
            }
        }
        for run in swept {
            if let Some(log) = logs.get_mut(&run) {
                run_log::cancel_waiting(tx, log).await?;
            }
        }
        let mut touched = Vec::new();
        for (run, log) in logs {
            let before = log.seq_before();
            if run_log::save(tx, log).await?.counters.last_seq > before {
                touched.push(run);
            }
        }
        Ok(Reaped { ready, touched })
    }
}

/// Those of these Testruns that have not ended meanwhile, in order.
async fn lock(
    tx: &mut Tx<'_>,
    runs: impl Iterator<Item = TestrunId> + Send,
) -> Result<BTreeMap<TestrunId, RunLog>> {
    let runs: BTreeSet<TestrunId> = runs.collect();
    let mut logs = BTreeMap::new();
    for run in runs {
        match run_log::load(tx, run).await {
            Ok(log) if log.head().status.is_terminal() => {}
            Ok(log) => drop(logs.insert(run, log)),
            Err(Error::Refused(error)) if error.kind() == StoreErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(logs)
}

/// I9, I10 or I11. The answer is there when the item waits again.
async fn take_back(tx: &mut Tx<'_>, log: &mut RunLog, lease: Stalled) -> Result<Option<Ticket>> {
    let Some(held) = leases::held(tx.conn, lease.key).await? else { return Ok(None) };
    let overdue = Overdue {
        lost: lease.lost,
        lost_before: held.lost,
        pinned: held.pinned,
        worker: held.worker.as_deref(),
        infra: held.infra,
    };
    let verdict = overdue.verdict(log.head().stop.is_some(), log.head().max_lost);
    let not_before = verdict.fate.due().unwrap_or(held.not_before);
    let (state, reason, infra) = (verdict.fate.state(), verdict.fate.reason(), verdict.infra);
    let end = End { state, reason, forced: true, lost: overdue.times_lost(), infra, not_before };
    if !leases::end(tx.conn, lease.key, end).await? {
        return Ok(None);
    }
    run_log::leave(tx, log, lease.key, verdict).await?;
    let waits = state == ItemState::Ready;
    tx.rung.work |= waits;
    Ok(waits.then_some(Ticket { item: lease.key.item, run: lease.run, priority: log.head().priority }))
}
