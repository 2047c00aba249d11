//! `claim`: leases due items (I2), in order.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;
use testrunner_core::rules::RunLog;
use testrunner_core::store::{Assignment, Candidates, ClaimRequest, Claimed, PREFER_WITHIN_US};
use testrunner_core::{EventBody, ItemId, ProcessId, TestrunId, Timestamp};

use crate::error::Result;
use crate::run_log;
use crate::sql::claims::{self, Candidate, Filter, Taken, Taker};
use crate::sql::runs::Brief;
use crate::sql::{files, runs};
use crate::verb::Tx;

#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) request: ClaimRequest,
    pub(crate) filter: Filter,
    /// Written beside the leases: when this process dies, they are free at once.
    pub(crate) process: Option<ProcessId>,
}

impl Claim {
    /// `mark` tells these leases from all others.
    pub(crate) async fn run(&self, tx: &mut Tx<'_>, mark: i64) -> Result<Claimed> {
        let request = &self.request;
        let mut logs = BTreeMap::new();
        let chosen = self.choose(tx, &mut logs).await?;
        let taker = Taker {
            worker: &request.worker,
            process: self.process.as_ref(),
            until: tx.now.after(request.ttl),
            now: tx.now,
            claim: mark,
        };
        let taken = claims::take(tx.conn, chosen.iter().map(|candidate| candidate.item), taker).await?;
        let mut taken: BTreeMap<_, _> = taken.into_iter().map(|lease| (lease.key.item, lease)).collect();
        let mut briefs: BTreeMap<TestrunId, Brief> = BTreeMap::new();
        let mut assignments = Vec::with_capacity(chosen.len());
        for candidate in chosen {
            let Some(lease) = taken.remove(&candidate.item) else { continue };
            let Some(log) = logs.get_mut(&candidate.run) else { continue };
            let started = EventBody::ItemStarted { worker: request.worker.clone(), attempt: lease.attempt };
            log.push(tx.now, Some(lease.key), started);
            let brief = match briefs.entry(candidate.run) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(runs::brief(tx.conn, candidate.run).await?),
            };
            let done = done(tx, candidate.run, &lease).await?;
            assignments.push(self.assignment(log, brief, lease, done));
        }
        for (_, mut log) in logs {
            log.start(tx.now);
            run_log::save(tx, log).await?;
        }
        let next = claims::next_due(tx.conn, tx.now, &self.filter).await?;
        Ok(Claimed { leases: assignments, next_ready_in: next.map(|at| at.since(tx.now)) })
    }

    /// The items to take. Those of stopped Testruns are cancelled on the way (I3).
    async fn choose(
        &self,
        tx: &mut Tx<'_>,
        logs: &mut BTreeMap<TestrunId, RunLog>,
    ) -> Result<Vec<Candidate>> {
        loop {
            let found = candidates(tx.conn, tx.now, &self.request, &self.filter).await?;
            let mut stopped = false;
            let runs: BTreeSet<TestrunId> = found.iter().map(|candidate| candidate.run).collect();
            for run in runs {
                if logs.contains_key(&run) {
                    continue;
                }
                let mut log = run_log::load(tx, run).await?;
                if log.head().stop.is_some() {
                    stopped = true;
                    run_log::cancel_waiting(tx, &mut log).await?;
                }
                logs.insert(run, log);
            }
            if !stopped {
                return Ok(found);
            }
        }
    }

    fn assignment(&self, log: &RunLog, brief: &Brief, lease: Taken, done: Vec<u32>) -> Assignment {
        let Brief { username, executor, source, options, limits } = brief.clone();
        Assignment {
            key: lease.key,
            run: log.id(),
            username,
            executor,
            source,
            options,
            limits,
            max_fail: log.head().max_fail,
            files: lease.files,
            done,
            attempt: lease.attempt,
            ttl: (!lease.pinned).then_some(self.request.ttl),
            stop: log.head().stop.clone(),
        }
    }
}

/// Files of the item that an earlier epoch has finished.
async fn done(tx: &mut Tx<'_>, run: TestrunId, lease: &Taken) -> Result<Vec<u32>> {
    if lease.attempt <= 1 {
        return Ok(Vec::new());
    }
    let all = files::of_item(tx.conn, run, lease.key.item).await?;
    Ok(all.into_iter().filter(|(_, outcome)| outcome.is_some()).map(|(file, _)| file).collect())
}

/// The items to take now, in the order in which they are to be started. Nobody else gets them meanwhile.
async fn candidates(
    conn: &mut PgConnection,
    now: Timestamp,
    request: &ClaimRequest,
    filter: &Filter,
) -> Result<Vec<Candidate>> {
    let max = usize::try_from(request.max).unwrap_or(usize::MAX);
    if let Candidates::Items(items) = &request.from {
        return named(conn, now, request, filter, items).await;
    }
    if request.prefer.is_empty() {
        return claims::hold_due(conn, now, filter, max, &[]).await;
    }
    let Some(first) = claims::first_due(conn, now, filter).await? else { return Ok(Vec::new()) };
    let within = (first.priority, first.sort_key.saturating_add(PREFER_WITHIN_US));
    let mut chosen = claims::hold_due_of_runs(conn, now, filter, max, &request.prefer, within).await?;
    if chosen.len() < max {
        chosen.extend(claims::hold_due(conn, now, filter, max - chosen.len(), &chosen).await?);
    }
    Ok(chosen)
}

/// As [`candidates`], of items that somebody named.
async fn named(
    conn: &mut PgConnection,
    now: Timestamp,
    request: &ClaimRequest,
    filter: &Filter,
    items: &[ItemId],
) -> Result<Vec<Candidate>> {
    let ordered = claims::due_of_items(conn, now, filter, items).await?;
    let Some(first) = ordered.first().copied() else { return Ok(ordered) };
    let is_preferred = |candidate: &Candidate| {
        candidate.priority == first.priority
            && candidate.sort_key <= first.sort_key.saturating_add(PREFER_WITHIN_US)
            && request.prefer.contains(&candidate.run)
    };
    let (preferred, others): (Vec<_>, Vec<_>) = ordered.into_iter().partition(is_preferred);
    let max = usize::try_from(request.max).unwrap_or(usize::MAX);
    let mut chosen: Vec<_> = preferred.into_iter().chain(others).take(max).collect();
    let held = claims::hold(conn, now, chosen.iter().map(|candidate| candidate.item)).await?;
    chosen.retain(|candidate| held.contains(&candidate.item));
    Ok(chosen)
}
