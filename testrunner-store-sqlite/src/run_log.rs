//! What the log of a Testrun has of the database: it is read, the items are cancelled that wait, all is written back.

use testrunner_core::rules::{Fate, Head, RunLog, Verdict};
use testrunner_core::store::StoreError;
use testrunner_core::testrun::StopWhy;
use testrunner_core::{ItemId, LeaseKey, TestrunId};

use crate::error::Result;
use crate::sql::{cases, events, files, items, runs, timings};
use crate::verb::Tx;

/// # Errors
/// `NotFound`.
pub(crate) async fn load(tx: &mut Tx<'_>, run: TestrunId) -> Result<RunLog> {
    let head = runs::head(tx.conn, run).await?.ok_or_else(|| StoreError::no_testrun(run))?;
    Ok(RunLog::new(head))
}

/// Writes the results of files: from here on their cases count, as the log has them.
pub(crate) async fn write_results(tx: &mut Tx<'_>, log: &mut RunLog) -> Result<()> {
    let run = log.id();
    for result in log.take_files() {
        files::commit(tx.conn, run, &result).await?;
    }
    Ok(())
}

/// Sets the stop mark, once, and cancels the items that wait.
pub(crate) async fn stop(tx: &mut Tx<'_>, log: &mut RunLog, why: StopWhy, by: &str) -> Result<()> {
    if log.stop(tx.now, why, by) {
        tx.rung.stops = true;
        cancel_waiting(tx, log).await?;
    }
    Ok(())
}

/// Cancels the items that wait (I3).
pub(crate) async fn cancel_waiting(tx: &mut Tx<'_>, log: &mut RunLog) -> Result<()> {
    let cancelled = items::cancel_ready(tx.conn, log.id()).await?;
    for key in &cancelled {
        log.cancel(tx.now, *key);
    }
    if !cancelled.is_empty() {
        mark_not_run(tx, log, cancelled.iter().map(|key| key.item)).await?;
    }
    Ok(())
}

/// An item has been taken back: says so, and gives its files without a result one, should it have ended.
pub(crate) async fn leave(tx: &mut Tx<'_>, log: &mut RunLog, key: LeaseKey, verdict: Verdict) -> Result<()> {
    let has_ended = matches!(verdict.fate, Fate::Ended(_));
    log.leave(tx.now, key, verdict);
    if has_ended {
        mark_not_run(tx, log, std::iter::once(key.item)).await?;
    }
    Ok(())
}

/// Gives the files of ended items a result that have none.
pub(crate) async fn mark_not_run(
    tx: &mut Tx<'_>,
    log: &mut RunLog,
    ended: impl Iterator<Item = ItemId> + Send,
) -> Result<()> {
    log.mark_not_run(files::not_run(tx.conn, log.id(), ended).await?);
    Ok(())
}

/// Ends the Testrun when no item is open any more (R3, R4, R5), then writes all back.
pub(crate) async fn save(tx: &mut Tx<'_>, mut log: RunLog) -> Result<Head> {
    if log.is_done() {
        let (worker_lost, infra) = items::broken(tx.conn, log.id()).await?;
        log.end(tx.now, worker_lost, infra);
    }
    let (run, entries) = (log.id(), log.take_entries());
    events::insert(tx.conn, run, &entries.events).await?;
    cases::insert(tx.conn, run, &entries.cases).await?;
    timings::remember(tx.conn, run, log.took(), tx.now).await?;
    if log.has_counted() {
        runs::save_counters(tx.conn, log.head()).await?;
        tx.rung.runs.insert(run, log.head().counters.last_seq);
    }
    if log.has_turned() {
        runs::save_status(tx.conn, log.head()).await?;
    }
    let head = log.head();
    if head.status != log.status_before() {
        tx.changed(run, Some(head.status), head.reason).await?;
    }
    Ok(log.into_head())
}
