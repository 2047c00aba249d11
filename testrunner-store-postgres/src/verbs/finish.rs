//! `finish`: the last events and the end of the lease, in one transaction.

use async_trait::async_trait;
use testrunner_core::event::ReturnWhy;
use testrunner_core::queue::Ticket;
use testrunner_core::rules::item_end;
use testrunner_core::store::{Finished, Outcome, StoreError};
use testrunner_core::{EventBody, FailReason, Item, ItemState, LeaseKey, Timestamp};

use super::append::{OwnedBatch, store};
use crate::error::{Error, Result};
use crate::run_log::RunLog;
use crate::sql::leases::{self, End, Held};
use crate::sql::{files, runs};
use crate::verb::{Tx, Verb};

#[derive(Debug)]
pub(crate) struct Finish {
    pub(crate) key: LeaseKey,
    pub(crate) tail: OwnedBatch,
    pub(crate) outcome: Outcome,
    /// Only if this claim gave the lease.
    pub(crate) claim: Option<i64>,
}

impl Finish {
    /// Gives a lease back that nobody uses.
    pub(crate) const fn give_back(key: LeaseKey, claim: i64) -> Self {
        let tail = OwnedBatch { from_n: 0, events: Vec::new() };
        Self { key, tail, outcome: Outcome::Release, claim: Some(claim) }
    }
}

#[async_trait]
impl Verb for Finish {
    type Answer = Finished;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Finished> {
        if let Some(claim) = self.claim
            && !leases::is_of_claim(tx.conn, self.key, claim).await?
        {
            return Err(StoreError::fenced(self.key).into());
        }
        // Epoch 0 was never claimed: nobody can have ended it.
        let held = leases::held(tx.conn, self.key).await?.filter(|held| held.key.epoch.0 > 0);
        let mut held = held.ok_or_else(|| StoreError::fenced(self.key))?;
        if held.state != ItemState::Leased {
            return repeated(tx, &held).await;
        }
        let mut log = RunLog::load(tx, held.run).await?;
        store(tx, &mut log, &mut held, &self.tail).await?;
        let verdict = self.verdict(tx, &log, &held).await?;
        let end = End {
            state: verdict.state,
            reason: verdict.reason,
            forced: false,
            lost: held.lost,
            infra: verdict.infra,
            not_before: verdict.not_before,
        };
        if !leases::end(tx.conn, self.key, end).await? {
            return Err(StoreError::fenced(self.key).into());
        }
        match verdict.back {
            Some(why) => {
                log.push(tx.now, Some(self.key), &EventBody::ItemReturned { why, message: verdict.message })?;
                tx.rung.work = true;
            }
            None => {
                log.end_item(tx, self.key, verdict.state, verdict.reason, verdict.message).await?;
            }
        }
        let head = log.save(tx).await?;
        Ok(Finished {
            item: verdict.state,
            run: head.status,
            last_seq: head.counters.last_seq,
            ready: ticket(&held, verdict.state, head.priority),
        })
    }
}

/// Where the item goes.
struct Verdict {
    state: ItemState,
    reason: Option<FailReason>,
    message: Option<String>,
    infra: u32,
    not_before: Timestamp,
    /// Why it goes back to the queue, if it does.
    back: Option<ReturnWhy>,
}

impl Finish {
    async fn verdict(&self, tx: &mut Tx<'_>, log: &RunLog, held: &Held) -> Result<Verdict> {
        let stopped = log.head.stop.is_some();
        let ended = |state| Verdict {
            state,
            reason: None,
            message: None,
            infra: held.infra,
            not_before: held.not_before,
            back: None,
        };
        Ok(match &self.outcome {
            Outcome::Completed => {
                let done = files::of_item(tx.conn, held.run, held.key.item).await?;
                let outcomes: Option<Vec<_>> = done.into_iter().map(|(_, outcome)| outcome).collect();
                let outcomes = outcomes.ok_or_else(|| {
                    Error::invalid(format!("item {} is not complete: a file has no result", held.key.item))
                })?;
                ended(item_end(outcomes))
            }
            Outcome::Cancelled if !stopped => {
                let message = format!("Testrun {} was not asked to stop; release the item", held.run);
                return Err(Error::invalid(message));
            }
            // A stopped Testrun gets nothing back into the queue.
            Outcome::Cancelled | Outcome::Release if stopped => ended(ItemState::Cancelled),
            Outcome::Cancelled | Outcome::Release => {
                Verdict { not_before: Item::AT_ONCE, back: Some(ReturnWhy::Drain), ..ended(ItemState::Ready) }
            }
            Outcome::Infra { message, retry_in, fatal } => {
                let infra = held.infra + 1;
                let message = Some(message.clone());
                if *fatal || infra >= log.head.max_infra {
                    let reason = Some(FailReason::Infra);
                    Verdict { reason, message, infra, ..ended(ItemState::Failed) }
                } else if stopped {
                    Verdict { message, infra, ..ended(ItemState::Cancelled) }
                } else {
                    let (not_before, back) = (tx.now.after(*retry_in), Some(ReturnWhy::Infra));
                    Verdict { message, infra, not_before, back, ..ended(ItemState::Ready) }
                }
            }
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
