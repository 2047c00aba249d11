//! `append`, and what every write by a lease holder has in common.

use std::collections::BTreeSet;

use async_trait::async_trait;
use testrunner_core::event::NewEvent;
use testrunner_core::store::{Appended, StoreError, StoreErrorKind};
use testrunner_core::{EventBody, ItemState, LeaseKey};

use crate::error::{Error, Result};
use crate::run_log::RunLog;
use crate::sql::files;
use crate::sql::leases::{self, Held};
use crate::verb::{Tx, Verb};

/// Events of a holder with the number of the first one.
#[derive(Debug)]
pub(crate) struct OwnedBatch {
    pub(crate) from_n: u64,
    pub(crate) events: Vec<NewEvent>,
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
        store(tx, &mut log, &mut held, &self.batch).await?;
        let head = log.save(tx).await?;
        Ok(Appended {
            next_n: held.appended_n,
            last_seq: head.counters.last_seq,
            stop: head.stop,
            log_bytes: u64::try_from(head.counters.log_bytes).unwrap_or(0),
        })
    }
}

/// Stores those events of the batch that are not stored yet.
pub(crate) async fn store(
    tx: &mut Tx<'_>,
    log: &mut RunLog,
    held: &mut Held,
    batch: &OwnedBatch,
) -> Result<()> {
    let expected_n = held.appended_n;
    let Some(known) = expected_n.checked_sub(batch.from_n) else {
        let message = format!("events {expected_n} to {} of {} are missing", batch.from_n - 1, held.key);
        return Err(StoreError::new(StoreErrorKind::Gap { expected_n }, message).into());
    };
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    let fresh = batch.events.get(known..).unwrap_or_default();
    if fresh.is_empty() {
        return Ok(());
    }
    check_open(tx, held, fresh).await?;
    for event in fresh {
        check(held, &event.body)?;
        match &event.body {
            EventBody::Case(case) => log.push_case(event.at, held.key, case)?,
            EventBody::FileFinished(finish) => log.finish_file(tx, event.at, held.key, finish).await?,
            other => {
                if let EventBody::Log(chunk) = other {
                    log.head.counters.log_bytes += i64::try_from(chunk.data.len()).unwrap_or(i64::MAX);
                }
                log.push(event.at, Some(held.key), other)?;
            }
        }
    }
    log.stop_if_failed(tx).await?;
    held.appended_n += fresh.len() as u64;
    leases::save_appended(tx.conn, held).await
}

/// A case after its file's end could not be counted any more. Within the batch the counting sees to it.
async fn check_open(tx: &mut Tx<'_>, held: &Held, fresh: &[NewEvent]) -> Result<()> {
    let mut open = BTreeSet::new();
    let mut ended = BTreeSet::new();
    for NewEvent { body, .. } in fresh {
        match body {
            EventBody::Case(case) if ended.contains(&case.file) => return Err(late(held, case.file)),
            EventBody::Case(case) => drop(open.insert(case.file)),
            EventBody::FileFinished(finish) => drop(ended.insert(finish.file)),
            _ => {}
        }
    }
    match files::first_done(tx.conn, held.run, open).await? {
        Some(file) => Err(late(held, file)),
        None => Ok(()),
    }
}

fn late(held: &Held, file: u32) -> Error {
    Error::invalid(format!("a case of file {file} of Testrun {} comes after the file's end", held.run))
}

fn check(held: &Held, body: &EventBody) -> Result<()> {
    match body.file() {
        Some(file) if body.is_holders() && held.files.contains(&file) => Ok(()),
        Some(file) if body.is_holders() => {
            Err(Error::invalid(format!("file {file} is not in item {}", held.key.item)))
        }
        _ => Err(Error::invalid(format!("an event {:?} is not for a lease holder to write", body.kind()))),
    }
}
