//! The flusher: stores the events of one lease in batches, in order, and hears of stops in the answers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::Running;
use crate::doorbell::Topic;
use crate::event::{EventBody, NewEvent};
use crate::executor::{LogBudget, SinkMessage, StopHandle, StopLevel};
use crate::id::{LeaseKey, TestrunId};
use crate::store::{Batch, StoreError, StoreErrorKind};
use crate::testrun::StopWhy;

/// Longest wait for company before an event is stored. Verdicts do not wait, unless another was stored so shortly before.
const INTERVAL: Duration = Duration::from_millis(50);
const BATCH_BYTES: usize = 256 << 10;
const BATCH_EVENTS: usize = 500;

/// Where the lease's events go.
#[derive(Debug)]
pub(super) struct Flusher {
    pub(super) worker: Arc<Running>,
    pub(super) key: LeaseKey,
    pub(super) run: TestrunId,
    pub(super) stop: Arc<StopHandle>,
    pub(super) budget: Arc<LogBudget>,
}

/// What is left when all reporters are gone.
#[derive(Debug, Default)]
pub(super) struct Flushed {
    /// Number of the first event of `tail`.
    pub(super) next_n: u64,
    /// Events not stored yet: they go with the verdict, in one transaction.
    pub(super) tail: Vec<NewEvent>,
    /// The store refused events: nothing more is to be written.
    pub(super) refused: Option<StoreError>,
}

#[derive(Debug, Default)]
struct Pending {
    events: Vec<NewEvent>,
    bytes: usize,
    waiting: Vec<oneshot::Sender<()>>,
    /// Somebody waits for it.
    urgent: bool,
    /// A file has ended.
    verdict: bool,
}

impl Pending {
    fn take(&mut self, message: SinkMessage) {
        match message {
            SinkMessage::Event(event) => {
                self.bytes += event.body.weight();
                self.verdict |= matches!(event.body, EventBody::FileFinished(_));
                if !self.joined(&event) {
                    self.events.push(event);
                }
            }
            SinkMessage::Flush(done) => {
                self.waiting.push(done);
                self.urgent = true;
            }
        }
    }

    /// Lengthens the last event when this one only continues its output.
    fn joined(&mut self, event: &NewEvent) -> bool {
        let (Some(last), EventBody::Log(next)) = (self.events.last_mut(), &event.body) else {
            return false;
        };
        let EventBody::Log(log) = &mut last.body else { return false };
        let continues = (log.file, log.stream, &log.case) == (next.file, next.stream, &next.case)
            && log.offset + log.data.len() as u64 == next.offset
            && log.data.len() + next.data.len() <= 64 << 10;
        if continues {
            log.data.extend_from_slice(&next.data);
        }
        continues
    }

    fn is_full(&self, verdicts_from: Instant) -> bool {
        // A verdict is shown at once, and would be lost with this process; but tiny files are stored together.
        let urgent = self.urgent || self.verdict && verdicts_from <= Instant::now();
        urgent || self.bytes >= BATCH_BYTES || self.events.len() >= BATCH_EVENTS
    }
}

impl Flusher {
    pub(super) async fn run(self, mut from: mpsc::Receiver<SinkMessage>) -> Flushed {
        let mut flushed = Flushed::default();
        // When a verdict may be stored again without company.
        let mut verdicts_from = Instant::now();
        while let Some(first) = from.recv().await {
            let mut pending = Pending::default();
            pending.take(first);
            let deadline = Instant::now() + INTERVAL;
            let mut closed = false;
            while !pending.is_full(verdicts_from) && !closed {
                let until = if pending.verdict { deadline.min(verdicts_from) } else { deadline };
                match timeout_at(until, from.recv()).await {
                    Ok(Some(message)) => pending.take(message),
                    Ok(None) => closed = true,
                    Err(_) => break,
                }
            }
            if closed {
                flushed.tail = pending.events;
                break;
            }
            if let Err(error) = self.store(&mut flushed.next_n, &pending.events).await {
                // Dropping the receiver lets reporters go on to their end without being stored.
                self.stop.raise(StopLevel::Hard(StopWhy::LeaseLost));
                flushed.refused = Some(error);
                break;
            }
            if pending.verdict {
                verdicts_from = Instant::now() + INTERVAL;
            }
            for done in pending.waiting {
                // The one who waited may have been stopped meanwhile.
                let _ = done.send(());
            }
        }
        flushed
    }

    async fn store(&self, next_n: &mut u64, events: &[NewEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let parts = &self.worker.parts;
        let batch = Batch { from_n: *next_n, events };
        let append = || parts.store.append(self.key, batch);
        let appended = match self.worker.until_answered(append).await {
            Ok(appended) => appended,
            Err(error) => {
                if error.kind() != StoreErrorKind::Fenced {
                    tracing::error!(key = %self.key, %error, "events were not stored");
                }
                return Err(error);
            }
        };
        *next_n = appended.next_n;
        self.budget.learn(appended.log_bytes);
        parts.bell.ring(&[Topic::Run(self.run)]);
        if let Some(mark) = appended.stop {
            if self.stop.level() == StopLevel::Go {
                // Our own events may have set the mark (`max_fail`): tell the Testrun's other items.
                parts.bell.ring(&[Topic::Stops]);
            }
            self.stop.raise(StopLevel::Soft(mark.why));
        }
        Ok(())
    }
}
