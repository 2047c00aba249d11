//! One Testrun inside one transaction: its head is read once, entries get their places in memory, and all is
//! written back at the end. So `seq` is dense and its order is the order of the commits.

use testrunner_core::event::NewEvent;
use testrunner_core::rules::{Checked, Log, Standing, Tally, Verdict, testrun_end};
use testrunner_core::store::StoreError;
use testrunner_core::testrun::{StopMark, StopWhy};
use testrunner_core::{
    EventBody, FailReason, FileOutcome, ItemId, ItemState, LeaseKey, Seq, Status, TestrunId, Timestamp,
};

use crate::error::{Error, Result};
use crate::sql::runs::Head;
use crate::sql::{cases, events, files, items, runs, timings};
use crate::verb::Tx;

/// A Testrun that is being written to.
#[derive(Debug)]
pub(crate) struct RunLog {
    pub(crate) head: Head,
    before: Head,
    events: Vec<events::Entry>,
    cases: Vec<cases::Entry>,
    results: Vec<files::Committed>,
    took: timings::Took,
}

impl RunLog {
    /// Waits until nobody else writes to the Testrun. Who needs several loads them in ascending order, and holds its
    /// items before.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) async fn load(tx: &mut Tx<'_>, run: TestrunId) -> Result<Self> {
        let head = runs::lock(tx.conn, run).await?.ok_or_else(|| StoreError::no_testrun(run))?;
        Ok(Self {
            before: head.clone(),
            head,
            events: Vec::new(),
            cases: Vec::new(),
            results: Vec::new(),
            took: timings::Took::new(),
        })
    }

    pub(crate) const fn id(&self) -> TestrunId {
        self.head.id
    }

    pub(crate) const fn last_seq(&self) -> Seq {
        self.head.counters.last_seq
    }

    /// Where the log ended when it was loaded.
    pub(crate) const fn saved_seq(&self) -> Seq {
        self.before.counters.last_seq
    }

    /// Whether nothing was added since then.
    pub(crate) fn is_clean(&self) -> bool {
        self.last_seq() == self.saved_seq()
    }

    /// Gives an event the next place.
    pub(crate) fn push(&mut self, at: Timestamp, lease: Option<LeaseKey>, body: &EventBody) -> Result<Seq> {
        let seq = Seq(self.last_seq().0 + 1);
        let entry = events::Entry::new(seq, at, lease, body)?;
        let counters = &mut self.head.counters;
        counters.bytes = counters.bytes.saturating_add(i64::try_from(entry.size()).unwrap_or(i64::MAX));
        counters.last_seq = seq;
        self.events.push(entry);
        Ok(seq)
    }

    /// Writes the results of files: from here on their cases count, as this log has them.
    pub(crate) async fn write_results(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        files::commit(tx.conn, self.id(), &self.results).await?;
        self.results.clear();
        Ok(())
    }

    /// Sets the stop mark, once, and cancels the items that wait.
    pub(crate) async fn stop(&mut self, tx: &mut Tx<'_>, why: StopWhy, by: &str) -> Result<()> {
        if self.head.stop.is_some() {
            return Ok(());
        }
        self.mark_stopped(tx.now, why, by)?;
        tx.rung.stops = true;
        self.cancel_waiting(tx).await
    }

    /// Cancels the items that wait (I3).
    pub(crate) async fn cancel_waiting(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let cancelled = items::cancel_ready(tx.conn, self.id()).await?;
        for key in &cancelled {
            self.count_end(tx.now, *key, ItemState::Cancelled, None, None)?;
        }
        if !cancelled.is_empty() {
            self.mark_not_run(tx, cancelled.iter().map(|key| key.item)).await?;
        }
        Ok(())
    }

    /// An item has ended: counts it, says it, and gives its files without a result one.
    pub(crate) async fn end_item(
        &mut self,
        tx: &mut Tx<'_>,
        key: LeaseKey,
        state: ItemState,
        reason: Option<FailReason>,
        message: Option<String>,
    ) -> Result<()> {
        self.count_end(tx.now, key, state, reason, message)?;
        self.mark_not_run(tx, std::iter::once(key.item)).await
    }

    /// An item has ended: counts it and says it. Its files are not looked at.
    fn count_end(
        &mut self,
        now: Timestamp,
        key: LeaseKey,
        state: ItemState,
        reason: Option<FailReason>,
        message: Option<String>,
    ) -> Result<()> {
        let counts = &mut self.head.counters.items;
        counts.open = counts.open.saturating_sub(1);
        match state {
            ItemState::Passed => counts.passed += 1,
            ItemState::Failed => counts.failed += 1,
            ItemState::Cancelled => counts.cancelled += 1,
            ItemState::Ready | ItemState::Leased => {
                return Err(Error::Row(format!("{key} ended as {state}, which is no end")));
            }
        }
        self.push(now, Some(key), &EventBody::ItemFinished { state, reason, message })?;
        Ok(())
    }

    /// Gives the files of ended items a result that have none.
    pub(crate) async fn mark_not_run(
        &mut self,
        tx: &mut Tx<'_>,
        ended: impl Iterator<Item = ItemId> + Send,
    ) -> Result<()> {
        self.head.counters.files.not_run += files::not_run(tx.conn, self.id(), ended).await?;
        Ok(())
    }

    /// Ends the Testrun when no item is open any more (R3, R4, R5), then writes all back.
    pub(crate) async fn save(mut self, tx: &mut Tx<'_>) -> Result<Head> {
        if self.head.counters.items.open == 0 && !self.head.status.is_terminal() {
            let (worker_lost, infra) = items::broken(tx.conn, self.id()).await?;
            let (to, reason) = testrun_end(&Tally {
                cancelled_items: self.head.counters.items.cancelled,
                stop: self.head.stop.as_ref().map(|stop| stop.why),
                worker_lost,
                infra,
                files: self.head.counters.files,
            });
            self.head.finished_at = Some(tx.now);
            self.turn(tx.now, to, reason)?;
        }
        self.write_entries(tx).await?;
        timings::remember(tx.conn, self.head.id, &self.took, tx.now).await?;
        let head = self.head;
        if head.counters != self.before.counters {
            runs::save_counters(tx.conn, &head).await?;
            tx.rung.runs.insert(head.id);
        }
        if (head.status, &head.stop) != (self.before.status, &self.before.stop) {
            runs::save_status(tx.conn, &head).await?;
        }
        if head.status != self.before.status {
            tx.changed(head.id, Some(head.status), head.reason);
        }
        Ok(head)
    }

    /// The first claim of a Testrun (R2).
    pub(crate) fn start(&mut self, now: Timestamp) -> Result<()> {
        self.head.started_at = Some(now);
        self.turn(now, Status::Running, None)
    }

    /// Changes the status and says so.
    fn turn(&mut self, now: Timestamp, to: Status, reason: Option<FailReason>) -> Result<()> {
        let from = Some(self.head.status);
        (self.head.status, self.head.reason) = (to, reason);
        self.push(now, None, &EventBody::RunStatus { from, to, reason })?;
        Ok(())
    }

    async fn write_entries(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        events::insert(tx.conn, self.id(), &self.events).await?;
        cases::insert(tx.conn, self.id(), &self.cases).await?;
        self.events.clear();
        self.cases.clear();
        Ok(())
    }
}

impl Log for RunLog {
    type Error = Error;

    fn standing(&self) -> Standing {
        let Head { stop, max_fail, max_infra, counters, .. } = &self.head;
        let (failures, max_fail, max_infra) = (counters.failures, *max_fail, *max_infra);
        Standing { stopped: stop.is_some(), failures, max_fail, max_infra }
    }

    fn store(&mut self, key: LeaseKey, fresh: &[NewEvent], checked: &Checked<'_>) -> Result<()> {
        let first = self.last_seq().0 + 1;
        for event in fresh {
            let seq = self.push(event.at, Some(key), &event.body)?;
            if let EventBody::Case(case) = &event.body {
                let (file, epoch, outcome) = (case.file, key.epoch, case.outcome);
                self.cases.push(cases::Entry { seq, file, epoch, outcome });
            }
        }
        let counters = &mut self.head.counters;
        counters.failures += checked.failures;
        counters.log_bytes += i64::try_from(checked.log_bytes).unwrap_or(i64::MAX);
        for end in &checked.ends {
            counters.files.add(end.finish.outcome);
            counters.cases.merge(&end.cases);
            // What did not run to its end says nothing about how long it takes.
            if !matches!(end.finish.outcome, FileOutcome::NotRun | FileOutcome::Cancelled) {
                self.took.insert(end.finish.file, end.finish.duration);
            }
            let seq = Seq(first + i64::try_from(end.at).unwrap_or(i64::MAX));
            self.results.push(files::Committed::new(key, seq, end)?);
        }
        Ok(())
    }

    fn mark_stopped(&mut self, now: Timestamp, why: StopWhy, by: &str) -> Result<()> {
        self.head.stop = Some(StopMark { why, by: by.to_owned(), at: now });
        self.push(now, None, &EventBody::StopRequested { why, by: by.to_owned() }).map(drop)
    }

    fn leave(&mut self, now: Timestamp, key: LeaseKey, verdict: Verdict) -> Result<()> {
        let Verdict { state, reason, message, back, .. } = verdict;
        match back {
            Some((why, _)) => self.push(now, Some(key), &EventBody::ItemReturned { why, message }).map(drop),
            None => self.count_end(now, key, state, reason, message),
        }
    }
}
