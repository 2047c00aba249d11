//! One item from claim to verdict.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tracing::Instrument as _;

use super::flush::{Flushed, Flusher};
use super::session::Open;
use super::{Running, announce};
use crate::event::{EventBody, FileFinish, NewEvent};
use crate::executor::{
    ExecError, FileJob, FileSink, LogBudget, SinkMessage, Stop, StopHandle, StopLevel, Verdict,
};
use crate::store::{Assignment, Batch, Outcome, StoreErrorKind};
use crate::testrun::{FileOutcome, StopWhy};

/// What an executor may take beyond the grace before it is killed from here.
const PATIENCE: Duration = Duration::from_secs(5);
/// Beyond the grace, a file that is to stop takes no longer than this: it is killed, then left.
pub(super) const LAST_WORD: Duration = PATIENCE.saturating_mul(2);

impl Running {
    pub(super) fn start_item(
        self: &Arc<Self>,
        assignment: Assignment,
        begun: Duration,
        permit: Option<OwnedSemaphorePermit>,
    ) {
        let worker = Arc::clone(self);
        let span = tracing::info_span!(
            "item",
            run = assignment.run.0,
            item = assignment.key.item.0,
            epoch = assignment.key.epoch.0
        );
        self.items.spawn(
            async move {
                let run = assignment.run;
                let ended = worker.run_item(assignment, begun).await;
                // Others need not wait for a session to close.
                drop(permit);
                worker.sessions.leave(run, ended).await;
            }
            .instrument(span),
        );
    }

    /// Returns whether the Testrun has ended. Its session is still to be left.
    async fn run_item(self: &Arc<Self>, assignment: Assignment, begun: Duration) -> bool {
        let key = assignment.key;
        tracing::trace!("claimed");
        let (handle, stop) = StopHandle::new();
        let handle = Arc::new(handle);
        let grace = assignment.limits.grace;
        self.leases.hold(key, Arc::clone(&handle), grace, assignment.ttl.map(|_| begun));
        if self.stopping.is_cancelled() {
            // Claimed by a call whose answer came late.
            handle.raise(StopLevel::Soft(StopWhy::Drain));
        }
        announce::claimed(&self.parts.bell, assignment.run);
        if let Some(mark) = &assignment.stop {
            handle.raise(StopLevel::Soft(mark.why));
        }
        let place = self.sessions.enter(assignment.run);
        let mut stopped = stop.clone();
        // Opening may take long (an environment is built); a stop does not wait for it.
        let opened = tokio::select! {
            opened = self.session(&place, &assignment) => Some(opened),
            _ = stopped.soft() => None,
        };
        tracing::trace!("the session is open");
        let (all_done, flushed) = match opened {
            Some(Ok(open)) => self.run_files(&assignment, &open, &handle, stop).await,
            Some(Err(error)) => (Err(error), Flushed::default()),
            None => (Ok(false), Flushed::default()),
        };
        let ended = self.end_item(&assignment, &handle, all_done, flushed).await;
        self.leases.forget(key);
        ended
    }

    /// Runs the files that have no result yet. `Ok(true)`: all of them have one now.
    async fn run_files(
        self: &Arc<Self>,
        assignment: &Assignment,
        open: &Arc<Open>,
        handle: &Arc<StopHandle>,
        stop: Stop,
    ) -> (Result<bool, ExecError>, Flushed) {
        let (to, from) = FileSink::pair();
        let flusher = Flusher {
            worker: Arc::clone(self),
            key: assignment.key,
            run: assignment.run,
            stop: Arc::clone(handle),
            budget: Arc::clone(&open.budget),
        };
        let flushing = tokio::spawn(flusher.run(from));
        let mut all = Ok(true);
        for index in assignment.files.iter().copied().filter(|index| !assignment.done.contains(index)) {
            if handle.level() != StopLevel::Go {
                all = Ok(false);
                break;
            }
            match self.run_file(assignment, open, index, &to, handle, &stop).await {
                Ok(true) => {}
                other => {
                    all = other;
                    break;
                }
            }
        }
        drop(to);
        let flushed = flushing.await.unwrap_or_else(|error| {
            let fatal = ExecError::fatal(format!("storing events failed: {error}"));
            all = Err(fatal);
            Flushed::default()
        });
        (all, flushed)
    }

    /// Runs one file and reports its end. `Ok(false)`: it was interrupted and has no result.
    async fn run_file(
        &self,
        assignment: &Assignment,
        open: &Arc<Open>,
        index: u32,
        to: &mpsc::Sender<SinkMessage>,
        handle: &Arc<StopHandle>,
        stop: &Stop,
    ) -> Result<bool, ExecError> {
        let record = open.files.get(index as usize);
        let path = record.map(|file| file.path.clone()).ok_or_else(|| {
            ExecError::fatal(format!("item {} names file {index}, which does not exist", assignment.key.item))
        })?;
        let job = FileJob {
            index,
            path,
            item: assignment.key.item,
            epoch: assignment.key.epoch,
            attempt: assignment.attempt,
        };
        tracing::trace!(file = job.path, "the file begins");
        self.report(to, EventBody::FileStarted { file: index }).await;
        let budget: Arc<LogBudget> = Arc::clone(&open.budget);
        let sink = FileSink::new(index, to.clone(), Arc::clone(&self.parts.settings.clock), budget);
        let started = Instant::now();
        let grace = assignment.limits.grace;
        let verdict = execute(open, job, sink.clone(), handle, stop.clone(), grace).await;
        sink.finish().await;
        let verdict = verdict?.proven(sink.reported(), sink.counts().bad());
        tracing::trace!("the file has ended");
        if verdict.outcome == FileOutcome::Cancelled && !is_stored(handle.level().why()) {
            return Ok(false);
        }
        let finish = FileFinish {
            file: index,
            outcome: verdict.outcome,
            collected: verdict.collected,
            reported: sink.reported(),
            duration: started.elapsed(),
            message: verdict.message,
        };
        self.report(to, EventBody::FileFinished(finish)).await;
        if assignment.max_fail.is_some() {
            // The answer may be that enough has failed: hear it before the next file is started.
            let (done, answered) = oneshot::channel();
            if to.send(SinkMessage::Flush(done)).await.is_ok() {
                let _ = answered.await;
            }
        }
        Ok(true)
    }

    async fn report(&self, to: &mpsc::Sender<SinkMessage>, body: EventBody) {
        let event = NewEvent { at: self.parts.settings.clock.now(), body };
        // An error means that the lease is lost; the stop that says so is raised already.
        let _ = to.send(SinkMessage::Event(event)).await;
    }

    /// Ends the lease; returns whether the Testrun has ended with it.
    async fn end_item(
        &self,
        assignment: &Assignment,
        handle: &Arc<StopHandle>,
        all_done: Result<bool, ExecError>,
        flushed: Flushed,
    ) -> bool {
        let (tail, outcome) = match flushed.refused {
            Some(error) if error.kind() == StoreErrorKind::Fenced => return false,
            Some(error) if error.is_retryable() => {
                self.report_fault(error);
                return false;
            }
            Some(error) => {
                let message = format!("the events of this item were refused: {error}");
                (Vec::new(), infra(message, false, assignment.attempt))
            }
            None => (flushed.tail, outcome(all_done, handle.level().why(), assignment.attempt)),
        };
        let batch = Batch { from_n: flushed.next_n, events: &tail };
        let finish = || self.parts.store.finish(assignment.key, batch, &outcome);
        match self.until_answered(finish).await {
            Ok(finished) => {
                tracing::trace!("stored");
                let (queue, bell) = (&self.parts.queue, &self.parts.bell);
                announce::finished(queue, bell, assignment.run, &finished).await;
                finished.run.is_terminal()
            }
            Err(error) if error.kind() == StoreErrorKind::Fenced => {
                tracing::warn!(key = %assignment.key, "the item was taken over; its results are dropped");
                false
            }
            Err(error) => {
                self.report_fault(error);
                false
            }
        }
    }
}

/// Whether a stop for this reason stands on the Testrun, so that an interrupted file is to be recorded as such.
const fn is_stored(why: Option<StopWhy>) -> bool {
    matches!(why, Some(StopWhy::Cancel | StopWhy::FailFast | StopWhy::Deadline))
}

fn outcome(all_done: Result<bool, ExecError>, why: Option<StopWhy>, attempt: u32) -> Outcome {
    match all_done {
        Ok(true) => Outcome::Completed,
        Ok(false) if is_stored(why) => Outcome::Cancelled,
        Ok(false) => Outcome::Release,
        // An executor that fails while it is being stopped was stopped.
        Err(_) if is_stored(why) => Outcome::Cancelled,
        Err(_) if why.is_some() => Outcome::Release,
        Err(error) => infra(error.message, error.retry, attempt),
    }
}

fn infra(message: String, retry: bool, attempt: u32) -> Outcome {
    let retry_in = Duration::from_secs(1 << attempt.saturating_sub(1).min(6));
    Outcome::Infra { message, retry_in, fatal: !retry }
}

/// Runs a file in a task of its own, so that a panic is an error; kills it when it ignores a stop.
async fn execute(
    open: &Arc<Open>,
    job: FileJob,
    sink: FileSink,
    handle: &Arc<StopHandle>,
    mut stop: Stop,
    grace: Duration,
) -> Result<Verdict, ExecError> {
    let (session, path, follow) = (Arc::clone(&open.session), job.path.clone(), stop.clone());
    let mut running = tokio::spawn(async move { session.execute(job, sink, follow).await }.in_current_span());
    let ended = tokio::select! {
        ended = &mut running => ended,
        why = stop.soft() => {
            let patience = grace + PATIENCE;
            tokio::select! {
                ended = &mut running => ended,
                () = hard_after(&mut stop, patience) => {
                    handle.raise(StopLevel::Hard(why));
                    match tokio::time::timeout(PATIENCE, &mut running).await {
                        Ok(ended) => ended,
                        Err(_) => {
                            running.abort();
                            return Err(ExecError::fatal(format!("{path} did not end when it was killed")));
                        }
                    }
                }
            }
        }
    };
    ended.unwrap_or_else(|error| Err(ExecError::fatal(format!("the executor panicked on {path}: {error}"))))
}

async fn hard_after(stop: &mut Stop, patience: Duration) {
    let _ = tokio::time::timeout(patience, stop.hard()).await;
}
