//! `claim`: leases due items (I2), in order.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use sqlx::SqliteConnection;
use testrunner_core::rules::RunLog;
use testrunner_core::store::{Assignment, Candidates, ClaimRequest, Claimed, PREFER_WITHIN_US};
use testrunner_core::{EventBody, ProcessId, TestrunId, Timestamp};

use crate::error::Result;
use crate::run_log;
use crate::sql::claims::{self, Candidate, Filter, Taken, Taker};
use crate::sql::runs::Brief;
use crate::sql::{files, runs};
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) request: ClaimRequest,
    pub(crate) filter: Filter,
    /// Written beside the leases: when this process dies, they are free at once.
    pub(crate) process: Option<ProcessId>,
}

#[async_trait]
impl Verb for Claim {
    type Answer = Claimed;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Claimed> {
        let request = &self.request;
        let mut logs = BTreeMap::new();
        let chosen = self.choose(tx, &mut logs).await?;
        let taker = Taker {
            worker: &request.worker,
            process: self.process.as_ref(),
            until: tx.now.after(request.ttl),
            now: tx.now,
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
}

impl Claim {
    /// The items to take. Those of stopped Testruns are cancelled on the way (I3).
    async fn choose(
        &self,
        tx: &mut Tx<'_>,
        logs: &mut BTreeMap<TestrunId, RunLog>,
    ) -> Result<Vec<Candidate>> {
        loop {
            let found = candidates(tx.conn, tx.now, &self.request, &self.filter).await?;
            let mut stopped = false;
            for candidate in &found {
                if logs.contains_key(&candidate.run) {
                    continue;
                }
                let mut log = run_log::load(tx, candidate.run).await?;
                if log.head().stop.is_some() {
                    stopped = true;
                    run_log::cancel_waiting(tx, &mut log).await?;
                }
                logs.insert(candidate.run, log);
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

/// The items that a claim would take now, in the order in which they are to be started.
pub(crate) async fn candidates(
    conn: &mut SqliteConnection,
    now: Timestamp,
    request: &ClaimRequest,
    filter: &Filter,
) -> Result<Vec<Candidate>> {
    let max = request.max;
    let ordered = match &request.from {
        Candidates::Any => claims::due(conn, now, filter, max).await?,
        Candidates::Items(items) => claims::due_of_items(conn, now, filter, items).await?,
    };
    let preferred = match (ordered.first(), &request.from) {
        (None, _) => return Ok(ordered),
        (Some(_), _) if request.prefer.is_empty() => Vec::new(),
        (Some(first), Candidates::Any) => {
            let within = (first.priority, first.sort_key.saturating_add(PREFER_WITHIN_US));
            claims::due_of_runs(conn, now, filter, max, &request.prefer, within).await?
        }
        (Some(first), Candidates::Items(_)) => {
            let near = |candidate: &&Candidate| {
                candidate.priority == first.priority
                    && candidate.sort_key <= first.sort_key.saturating_add(PREFER_WITHIN_US)
                    && request.prefer.contains(&candidate.run)
            };
            ordered.iter().filter(near).copied().collect()
        }
    };
    let others = ordered.iter().filter(|candidate| !preferred.contains(candidate)).copied();
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    Ok(preferred.iter().copied().chain(others).take(max).collect())
}
