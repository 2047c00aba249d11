//! What the holder of a lease reports: whether it may, what it adds up to, and where its item goes. Found out before
//! anything is stored, so that a report which is refused changes nothing.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::event::{EventBody, FileFinish, NewEvent, ReturnWhy};
use crate::id::{LeaseKey, TestrunId};
use crate::item::Item;
use crate::rules::{Fate, ItemEnd, Verdict, item_end};
use crate::store::{Batch, Outcome, StoreError, StoreErrorKind, StoreResult};
use crate::testrun::{CaseCounts, FailReason, FileOutcome};

/// A lease that is held, as the store has it when its holder reports.
#[derive(Clone, Copy, Debug)]
pub struct Lease<'a> {
    /// Its key.
    pub key: LeaseKey,
    /// Whose item it is.
    pub run: TestrunId,
    /// The item's files.
    pub files: &'a [u32],
    /// How many of the holder's events are stored.
    pub appended_n: u64,
    /// How often infrastructure has failed the item.
    pub infra: u32,
}

/// What the store has of the files of a lease.
pub trait Results {
    /// The outcome of a file that has one.
    fn outcome(&self, file: u32) -> Option<FileOutcome>;

    /// The cases of a file that this lease has recorded.
    fn cases(&self, file: u32) -> CaseCounts;
}

/// Where the Testrun stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// It was asked to stop.
    pub stopped: bool,
    /// Failures so far, as `max_fail` counts them.
    pub failures: u32,
    /// How many it may have.
    pub max_fail: Option<u32>,
    /// How often infrastructure may fail an item.
    pub max_infra: u32,
}

/// A file that gets its result.
#[derive(Clone, Copy, Debug)]
pub struct FileEnd<'e> {
    /// The place of its event in the batch.
    pub at: usize,
    /// What its event says.
    pub finish: &'e FileFinish,
    /// The cases that count from now on.
    pub cases: CaseCounts,
}

/// What a batch of events adds up to.
#[derive(Clone, Debug, Default)]
pub struct Checked<'e> {
    /// Files that get their result, in order.
    pub ends: Vec<FileEnd<'e>>,
    /// Cases by file that are recorded, including those recorded before.
    pub cases: BTreeMap<u32, CaseCounts>,
    /// What is added to the failures that `max_fail` counts.
    pub failures: u32,
    /// Bytes of output.
    pub log_bytes: u64,
}

/// The events of a batch that are not stored yet.
///
/// # Errors
/// `Gap`: events before them are missing.
pub fn fresh<'e>(lease: Lease<'_>, batch: Batch<'e>) -> StoreResult<&'e [NewEvent]> {
    let expected_n = lease.appended_n;
    let Some(known) = expected_n.checked_sub(batch.from_n) else {
        let message = format!("events {expected_n} to {} of {} are missing", batch.from_n - 1, lease.key);
        return Err(StoreError::new(StoreErrorKind::Gap { expected_n }, message));
    };
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    Ok(batch.events.get(known..).unwrap_or_default())
}

/// Checks that these events are for the holder to write.
///
/// # Errors
/// `Invalid`: one is not, is about a file of another item, or comes when its file has its result already.
pub fn check<'e>(
    lease: Lease<'_>,
    results: &impl Results,
    fresh: &'e [NewEvent],
) -> StoreResult<Checked<'e>> {
    let mut checked = Checked::default();
    for (at, NewEvent { body, .. }) in fresh.iter().enumerate() {
        let kind = body.kind();
        let Some(file) = body.file().filter(|_| body.is_holders()) else {
            return Err(invalid(format!("an event {kind:?} is not for a lease holder to write")));
        };
        if !lease.files.contains(&file) {
            return Err(invalid(format!("{kind}: file {file} is not in item {}", lease.key.item)));
        }
        let Checked { ends, cases, .. } = &mut checked;
        let is_done = || results.outcome(file).is_some() || ends.iter().any(|end| end.finish.file == file);
        match body {
            // What comes after the commit point could not be counted any more.
            EventBody::Case(_) | EventBody::FileFinished(_) if is_done() => {
                return Err(invalid(format!(
                    "{kind}: file {file} of Testrun {} has a result already",
                    lease.run
                )));
            }
            EventBody::Case(case) => {
                cases.entry(file).or_insert_with(|| results.cases(file)).add(case.outcome, 1);
            }
            EventBody::FileFinished(finish) => {
                let cases = *cases.entry(file).or_insert_with(|| results.cases(file));
                ends.push(FileEnd { at, finish, cases });
                checked.failures += match cases.bad() {
                    0 => u32::from(finish.outcome.is_bad()),
                    bad => bad,
                };
            }
            EventBody::Log(chunk) => checked.log_bytes += chunk.data.len() as u64,
            _ => {}
        }
    }
    Ok(checked)
}

impl Standing {
    /// Whether a Testrun that was not asked to stop has as many failures as it may have, once these are stored.
    #[must_use]
    pub fn stops_by(&self, checked: &Checked<'_>) -> bool {
        let failures = self.failures.saturating_add(checked.failures);
        checked.failures > 0 && !self.stopped && self.max_fail.is_some_and(|max| failures >= max)
    }
}

/// Where the item goes once what was checked is stored.
///
/// # Errors
/// `Invalid`: it is not complete, or was cancelled where nobody asked for it.
pub fn verdict(
    lease: Lease<'_>,
    results: &impl Results,
    checked: &Checked<'_>,
    standing: Standing,
    outcome: &Outcome,
    now: Timestamp,
) -> StoreResult<Verdict> {
    let stopped = standing.stopped || standing.stops_by(checked);
    let plain = |fate| Verdict { fate, message: None, infra: lease.infra };
    let cancelled = Fate::Ended(ItemEnd::Cancelled);
    Ok(match outcome {
        Outcome::Completed => {
            let of =
                |file| checked.ends.iter().find(|end| end.finish.file == file).map(|end| end.finish.outcome);
            let outcome = |file: &u32| {
                of(*file).or_else(|| results.outcome(*file)).ok_or_else(|| {
                    let item = lease.key.item;
                    invalid(format!("item {item} is not complete: file {file} has no result"))
                })
            };
            let outcomes = lease.files.iter().map(outcome).collect::<StoreResult<Vec<_>>>()?;
            plain(Fate::Ended(item_end(outcomes)))
        }
        Outcome::Cancelled if !stopped => {
            let message = format!("Testrun {} was not asked to stop; release the item", lease.run);
            return Err(invalid(message));
        }
        // A stopped Testrun gets nothing back into the queue.
        Outcome::Cancelled | Outcome::Release if stopped => plain(cancelled),
        Outcome::Cancelled | Outcome::Release => {
            plain(Fate::Back { why: ReturnWhy::Drain, due: Item::AT_ONCE })
        }
        Outcome::Infra { message, retry_in, fatal } => {
            let infra = lease.infra + 1;
            let fate = if *fatal || infra >= standing.max_infra {
                Fate::Ended(ItemEnd::Failed(Some(FailReason::Infra)))
            } else if stopped {
                cancelled
            } else {
                Fate::Back { why: ReturnWhy::Infra, due: now.after(*retry_in) }
            };
            Verdict { fate, message: Some(message.clone()), infra }
        }
    })
}

fn invalid(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}
