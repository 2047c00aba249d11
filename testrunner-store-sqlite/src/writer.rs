//! The one writer of a store: a task that owns one connection. It takes all that waits, up to a bound, into
//! one transaction, each operation in a savepoint of its own, and answers after the one COMMIT. So a sync to
//! disk is shared, SQLite never sees two writers of one process, and a caller that goes away leaves nothing
//! half done.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use testrunner_core::store::{StoreError, StoreResult};
use tokio::runtime::Handle;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result, closed};
use crate::sql::pulse;
use crate::store::Shared;
use crate::verb::{Job, Pending, Rung, Tx, Verb};

/// Operations in one transaction.
const AT_ONCE: usize = 64;
/// Operations that wait; whoever comes then waits before the queue.
const QUEUE: usize = 1_024;
/// While another process writes too, each leaves the other a gap between two transactions; without it, whoever
/// has the lock would take it again before the others look.
const COURTESY: Duration = Duration::from_millis(2);
/// How long another process counts as writing after it was in the way.
const CONTENDED: Duration = Duration::from_millis(500);

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
        let (job, answer) = Pending::new(verb);
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
        let job = Pending::unattended(verb);
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
        if self.contended.is_some_and(|seen| seen.elapsed() < CONTENDED) {
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
            match self.try_begin().await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_busy() => {
                    self.contended = Some(Instant::now());
                    if since.elapsed() >= self.patience {
                        return Err(error);
                    }
                    tokio::time::sleep(jitter(since.elapsed())).await;
                }
                Err(error) => {
                    self.conn = None;
                    return Err(error);
                }
            }
        }
    }

    async fn try_begin(&mut self) -> Result<()> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            none => none.insert(self.options.connect().await?),
        };
        sqlx::query("BEGIN IMMEDIATE").execute(conn).await?;
        Ok(())
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

/// 0.5 to 3 ms, later up to 10 ms; by chance, so that two processes do not keep in step.
fn jitter(waited: Duration) -> Duration {
    let random = RandomState::new().hash_one(0);
    let most = if waited < Duration::from_millis(200) { 2_500 } else { 9_500 };
    Duration::from_micros(500 + random % most)
}
