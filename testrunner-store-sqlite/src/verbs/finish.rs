//! `finish`: the last events and the end of the lease, in one transaction.

use async_trait::async_trait;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::{self, Verdict};
use testrunner_core::store::{Finished, Outcome, StoreError};
use testrunner_core::{EventBody, ItemState, LeaseKey};

use super::append::{Known, OwnedBatch, store};
use crate::error::Result;
use crate::run_log::RunLog;
use crate::sql::leases::{self, End, Held};
use crate::sql::runs;
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Finish {
    pub(crate) key: LeaseKey,
    pub(crate) tail: OwnedBatch,
    pub(crate) outcome: Outcome,
}

impl Finish {
    /// Gives a lease back that nobody uses.
    pub(crate) const fn give_back(key: LeaseKey) -> Self {
        Self { key, tail: OwnedBatch { from_n: 0, events: Vec::new() }, outcome: Outcome::Release }
    }
}

#[async_trait]
impl Verb for Finish {
    type Answer = Finished;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Finished> {
        // Epoch 0 was never claimed: nobody can have ended it.
        let held = leases::held(tx.conn, self.key).await?.filter(|held| held.key.epoch.0 > 0);
        let mut held = held.ok_or_else(|| StoreError::fenced(self.key))?;
        if held.state != ItemState::Leased {
            return repeated(tx, &held).await;
        }
        let mut log = RunLog::load(tx, held.run).await?;
        let known = Known::load(tx, &held, &self.tail, true).await?;
        let (lease, standing) = (held.lease(), log.standing());
        let fresh = rules::fresh(lease, self.tail.borrowed())?;
        let checked = rules::check(lease, &known, fresh)?;
        let verdict = rules::verdict(lease, &known, &checked, standing, &self.outcome, tx.now)?;
        store(tx, &mut log, &mut held, fresh, &checked).await?;
        let Verdict { state, reason, message, infra, back } = verdict;
        let not_before = back.map_or(held.not_before, |(_, due)| due);
        let end = End { state, reason, forced: false, lost: held.lost, infra, not_before };
        if !leases::end(tx.conn, self.key, end).await? {
            return Err(StoreError::fenced(self.key).into());
        }
        match back {
            Some((why, _)) => {
                log.push(tx.now, Some(self.key), &EventBody::ItemReturned { why, message })?;
                tx.rung.work = true;
            }
            None => log.end_item(tx, self.key, state, reason, message).await?,
        }
        let head = log.save(tx).await?;
        Ok(Finished {
            item: state,
            run: head.status,
            last_seq: head.counters.last_seq,
            ready: ticket(&held, state, head.priority),
        })
    }
}

/// The epoch is the newest and the item is not leased: only its holder can have ended it.
async fn repeated(tx: &mut Tx<'_>, held: &Held) -> Result<Finished> {
    let head = runs::head(tx.conn, held.run).await?.ok_or_else(|| StoreError::no_testrun(held.run))?;
    Ok(Finished {
        item: held.state,
        run: head.status,
        last_seq: head.counters.last_seq,
        ready: ticket(held, held.state, head.priority),
    })
}

fn ticket(held: &Held, state: ItemState, priority: i16) -> Option<Ticket> {
    (state == ItemState::Ready).then_some(Ticket { item: held.key.item, run: held.run, priority })
}
