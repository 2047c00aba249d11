//! `reap`: takes back what nobody works on any more. Safe from any number of processes at any time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use sqlx::SqliteConnection;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{Overdue, RunLog};
use testrunner_core::store::Reaped;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{ItemState, TestrunId, Timestamp};

use crate::error::Result;
use crate::presence::Presence;
use crate::run_log;
use crate::sql::janitor::{self, Stalled};
use crate::sql::leases::{self, End};
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

/// Everything that there is to do.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    overdue: Vec<TestrunId>,
    stalled: Vec<Stalled>,
    /// Testruns that have to be swept: stopped, or their process is gone.
    swept: Vec<TestrunId>,
}

impl Findings {
    pub(crate) const fn is_empty(&self) -> bool {
        self.overdue.is_empty() && self.stalled.is_empty() && self.swept.is_empty()
    }
}

/// Looks for work without doing it.
pub(crate) async fn survey(
    conn: &mut SqliteConnection,
    now: Timestamp,
    presence: &Presence,
    reap: &Reap,
) -> Result<Findings> {
    // A process locks its file before it writes here, so whoever is named here and has no lock is gone.
    let mut dead = janitor::processes(conn).await?;
    dead.retain(|process| !presence.is_alive(process));
    let by_clock = (reap.scope == Scope::All).then_some(now);
    let mut found = Findings::default();
    if let Some(now) = by_clock {
        found.overdue = janitor::overdue(conn, now).await?;
        found.swept = janitor::unswept(conn).await?;
    }
    found.stalled = janitor::stalled(conn, by_clock, &dead, reap.limit).await?;
    if !dead.is_empty() {
        found.swept.extend(janitor::orphans(conn, &dead).await?);
    }
    Ok(found)
}

#[async_trait]
impl Verb for Reap {
    type Answer = Reaped;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Reaped> {
        let found = survey(tx.conn, tx.now, tx.presence, self).await?;
        let mut logs = BTreeMap::new();
        for run in found.overdue {
            let log = open(tx, &mut logs, run).await?;
            run_log::stop(tx, log, StopWhy::Deadline, "deadline").await?;
        }
        let mut ready = Vec::new();
        for lease in found.stalled {
            let log = open(tx, &mut logs, lease.run).await?;
            ready.extend(take_back(tx, log, lease).await?);
        }
        for run in found.swept {
            let log = open(tx, &mut logs, run).await?;
            run_log::cancel_waiting(tx, log).await?;
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

async fn open<'a>(
    tx: &mut Tx<'_>,
    logs: &'a mut BTreeMap<TestrunId, RunLog>,
    run: TestrunId,
) -> Result<&'a mut RunLog> {
    Ok(match logs.entry(run) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(run_log::load(tx, run).await?),
    })
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
