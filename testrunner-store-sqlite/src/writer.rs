//! The one writer of a store: a task that owns one connection. It takes all that waits, up to a bound, into
//! one transaction, each operation in a savepoint of its own, and answers after the one COMMIT. So a sync to
//! disk is shared, SQLite never sees two writers of one process, and a caller that goes away leaves nothing
//! half done.

use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use testrunner_core::store::{StoreError, StoreResult};
use testrunner_core::{Seq, TestrunId, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result, closed};
use crate::presence::Presence;
use crate::sql::pulse;
use crate::store::Shared;

/// Operations in one transaction.
const AT_ONCE: usize = 64;
/// Operations that wait; whoever comes then waits before the queue.
const QUEUE: usize = 1_024;
/// While another process writes too, each lets the other in between two transactions.
const COURTESY: Duration = Duration::from_millis(1);

/// An operation inside the writer's transaction.
#[derive(Debug)]
pub(crate) struct Tx<'a> {
    pub(crate) conn: &'a mut SqliteConnection,
    /// The time of all that this operation writes.
    pub(crate) now: Timestamp,
    pub(crate) presence: &'a Presence,
    /// What to ring for after the commit.
    pub(crate) rung: Rung,
}

/// What happened, for the bells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rung {
    pub(crate) work: bool,
    pub(crate) stops: bool,
    /// Testruns with new events, and their newest. -1: the Testrun is gone.
    pub(crate) runs: BTreeMap<TestrunId, Seq>,
}

impl Rung {
    fn merge(&mut self, other: Self) {
        self.work |= other.work;
        self.stops |= other.stops;
        self.runs.extend(other.runs);
    }
}

/// A writing operation. May be run more than once when what it did was rolled back.
#[async_trait]
pub(crate) trait Verb: Send + Sync + 'static {
    type Answer: Send + 'static;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Answer>;

    /// Called between the commit and the answer.
    fn committed(_answer: &mut Self::Answer) {}
}

/// A verb with whoever waits for its answer.
struct Pending<V: Verb> {
    verb: V,
    answer: Option<StoreResult<V::Answer>>,
    reply: Option<oneshot::Sender<StoreResult<V::Answer>>>,
}

/// A [`Pending`] of any verb.
#[async_trait]
trait Job: Send {
    /// Whether somebody still waits, or nobody ever did.
    fn is_wanted(&self) -> bool;
    /// `false`: it was refused, and what it did is to be undone.
    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool>;
    fn settle(self: Box<Self>, failure: Option<StoreError>);
}

#[async_trait]
impl<V: Verb> Job for Pending<V> {
    fn is_wanted(&self) -> bool {
        self.reply.as_ref().is_none_or(|reply| !reply.is_closed())
    }

    async fn run(&mut self, tx: &mut Tx<'_>) -> Result<bool> {
        let answer = match self.verb.run(tx).await {
            Err(Error::Refused(refusal)) => Err(refusal),
            other => Ok(other?),
        };
        let done = answer.is_ok();
        self.answer = Some(answer);
        Ok(done)
    }

    fn settle(self: Box<Self>, failure: Option<StoreError>) {
        let mut answer = failure.map(Err).or(self.answer);
        if let Some(Ok(answer)) = &mut answer {
            V::committed(answer);
        }
        if let (Some(reply), Some(answer)) = (self.reply, answer) {
            // Nobody waits any more: what was done stays done.
            let _ = reply.send(answer);
        }
    }
}

enum Message {
    Job(Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

/// The way to the writer. It ends when all of these are dropped, after what waits is done.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    urgent: mpsc::Sender<Message>,
    normal: mpsc::Sender<Message>,
}

/// Like [`Writer`], without keeping it going.
#[derive(Clone, Debug)]
pub(crate) struct WeakWriter(mpsc::WeakSender<Message>);

impl Writer {
    /// Starts the task.
    pub(crate) fn start(
        conn: SqliteConnection,
        options: SqliteConnectOptions,
        patience: Duration,
        shared: Arc<Shared>,
    ) -> Self {
        let (urgent, urgent_queue) = mpsc::channel(QUEUE);
        let (normal, normal_queue) = mpsc::channel(QUEUE);
        let work = Work {
            conn: Some(conn),
            options,
            patience,
            shared,
            urgent: urgent_queue,
            normal: normal_queue,
            contended: None,
            closing: None,
        };
        tokio::spawn(work.run());
        Self { urgent, normal }
    }

    /// Runs a verb; the answer comes after its commit. Dropping the future either keeps the verb from starting
    /// or changes nothing.
    pub(crate) async fn call<V: Verb>(&self, shared: &Shared, verb: V) -> StoreResult<V::Answer> {
        Self::send(&self.normal, shared, verb).await
    }

    /// As [`Self::call`], before all that waits.
    pub(crate) async fn call_first<V: Verb>(&self, shared: &Shared, verb: V) -> StoreResult<V::Answer> {
        Self::send(&self.urgent, shared, verb).await
    }

    async fn send<V: Verb>(
        queue: &mpsc::Sender<Message>,
        shared: &Shared,
        verb: V,
    ) -> StoreResult<V::Answer> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Pending { verb, answer: None, reply: Some(reply) });
        let sent = queue.send(Message::Job(job)).await;
        sent.map_err(|_| closed(&shared.path))?;
        answer.await.map_err(|_| closed(&shared.path))?
    }

    /// Does what waits, then closes the connection.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.normal.send(Message::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }

    pub(crate) fn downgrade(&self) -> WeakWriter {
        WeakWriter(self.normal.downgrade())
    }
}

impl WeakWriter {
    /// Runs a verb for nobody, as soon as there is room for it.
    pub(crate) fn cast<V: Verb>(&self, verb: V) {
        let Some(queue) = self.0.upgrade() else { return };
        let job = Box::new(Pending { verb, answer: None, reply: None });
        if let Err(TrySendError::Full(message)) = queue.try_send(Message::Job(job))
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move { queue.send(message).await });
        }
    }
}

/// Why a transaction came to nothing.
struct Failure {
    error: Error,
    /// It never began: the single operations are not to blame.
    outside: bool,
}

struct Work {
    conn: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    patience: Duration,
    shared: Arc<Shared>,
    urgent: mpsc::Receiver<Message>,
    normal: mpsc::Receiver<Message>,
    /// When another process was last seen to write.
    contended: Option<Instant>,
    closing: Option<oneshot::Sender<()>>,
}

impl Work {
    async fn run(mut self) {
        while self.closing.is_none() {
            let Some(batch) = self.gather().await else { break };
            self.settle_all(batch).await;
        }
        self.urgent.close();
        self.normal.close();
        if let Some(conn) = self.conn.take()
            && let Err(error) = conn.close().await
        {
            tracing::debug!(%error, "closing the writing connection");
        }
        self.shared.presence.leave();
        if let Some(done) = self.closing.take() {
            let _ = done.send(());
        }
    }

    /// Waits for one operation and takes along what else is there.
    async fn gather(&mut self) -> Option<Vec<Box<dyn Job>>> {
        if self.contended.is_some_and(|seen| seen.elapsed() < Duration::from_secs(1)) {
            tokio::time::sleep(COURTESY).await;
        }
        let first = tokio::select! {
            biased;
            Some(message) = self.urgent.recv() => message,
            Some(message) = self.normal.recv() => message,
            else => return None,
        };
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Job(job) => batch.push(job),
                Message::Close(done) => {
                    self.closing = Some(done);
                    break;
                }
            }
            if batch.len() == AT_ONCE {
                break;
            }
            next = self.urgent.try_recv().or_else(|_| self.normal.try_recv()).ok();
        }
        batch.retain(|job| job.is_wanted());
        Some(batch)
    }

    async fn settle_all(&mut self, mut batch: Vec<Box<dyn Job>>) {
        match self.attempt(&mut batch).await {
            Ok(()) => batch.into_iter().for_each(|job| job.settle(None)),
            Err(Failure { error, outside }) if outside || batch.len() == 1 => {
                let failure = error.into_store(&self.shared.path);
                for job in batch {
                    // A cause cannot be copied; the message has all of it.
                    job.settle(Some(StoreError::new(failure.kind(), failure.to_string())));
                }
            }
            // One of them failed in a way that may have undone the others too: each gets its own chance.
            Err(_) => {
                for mut job in batch {
                    let done = self.attempt(std::slice::from_mut(&mut job)).await;
                    job.settle(done.err().map(|failure| failure.error.into_store(&self.shared.path)));
                }
            }
        }
    }

    /// One transaction. Rings when it is committed.
    async fn attempt(&mut self, batch: &mut [Box<dyn Job>]) -> std::result::Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        self.begin().await.map_err(|error| Failure { error, outside: true })?;
        let Some(conn) = &mut self.conn else { return Ok(()) };
        match fill(conn, &self.shared, batch).await {
            Ok((rung, beat)) => {
                self.shared.bell.committed(&rung, beat);
                Ok(())
            }
            Err(error) => {
                let undone = sqlx::query("ROLLBACK").execute(conn).await.map_err(Error::from);
                // SQLite may have rolled back by itself; any other trouble is left behind with the connection.
                if error.is_broken() || undone.is_err_and(|undone| !undone.is_plain()) {
                    self.conn = None;
                }
                Err(Failure { error, outside: false })
            }
        }
    }

    /// Takes the write lock, waiting for other processes as long as patience lasts.
    async fn begin(&mut self) -> Result<()> {
        let since = Instant::now();
        loop {
            let conn = match &mut self.conn {
                Some(conn) => conn,
                none => none.insert(self.options.connect().await?),
            };
            let begun = sqlx::query("BEGIN IMMEDIATE").execute(conn).await.map_err(Error::from);
            match begun {
                Ok(_) => return Ok(()),
                Err(error) if error.is_busy() => {
                    self.contended = Some(Instant::now());
                    if since.elapsed() >= self.patience {
                        return Err(error);
                    }
                    tokio::time::sleep(jitter()).await;
                }
                Err(error) => {
                    self.conn = None;
                    return Err(error);
                }
            }
        }
    }
}

/// Runs all operations and commits.
async fn fill(
    conn: &mut SqliteConnection,
    shared: &Shared,
    batch: &mut [Box<dyn Job>],
) -> Result<(Rung, (i64, i64))> {
    let alone = batch.len() == 1;
    let mut rung = Rung::default();
    let mut kept = false;
    for job in batch {
        if !alone {
            sqlx::query("SAVEPOINT job").execute(&mut *conn).await?;
        }
        let mut tx = Tx {
            conn: &mut *conn,
            now: shared.clock.now(),
            presence: &shared.presence,
            rung: Rung::default(),
        };
        let done = job.run(&mut tx).await?;
        if done {
            kept = true;
            rung.merge(tx.rung);
        } else if !alone {
            sqlx::query("ROLLBACK TO job").execute(&mut *conn).await?;
        }
        if !alone {
            sqlx::query("RELEASE job").execute(&mut *conn).await?;
        }
    }
    let mut beat = (0, 0);
    if rung.work || rung.stops {
        beat = pulse::beat(conn, rung.work, rung.stops).await?;
    }
    sqlx::query(if kept { "COMMIT" } else { "ROLLBACK" }).execute(conn).await?;
    Ok((rung, beat))
}

/// 1 to 12 ms, so that two processes do not keep in step.
fn jitter() -> Duration {
    let random = RandomState::new().hash_one(0);
    Duration::from_micros(1_000 + random % 11_000)
}
