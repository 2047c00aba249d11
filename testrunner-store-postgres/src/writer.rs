//! Writing: each verb is one transaction, in a task of the store's own. So a caller that goes away never leaves a
//! transaction half done on a connection that others will use. What the database undid because two were in each other's
//! way is done again; so is what cannot have happened because the connection was lost before the commit.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Weak};
use std::time::Duration;

use testrunner_core::rules::{Report, Reported};
use testrunner_core::store::StoreResult;
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

use crate::error::Error;
use crate::lanes;
use crate::shared::Shared;
use crate::verb::{Rung, Tx, Verb};
use crate::verbs::report::Reports;

/// Times that a verb is done again.
const AGAIN: u32 = 12;
/// Time between two tries to give a lease back, while the database cannot be reached.
const PATIENCE: Duration = Duration::from_secs(1);

/// The way to write. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    tasks: TaskTracker,
}

/// Like [`Writer`], without keeping the store open.
#[derive(Clone, Debug)]
pub(crate) struct WeakWriter {
    shared: Weak<Shared>,
    tasks: TaskTracker,
}

/// Why a transaction came to nothing.
struct Failure {
    error: Error,
    /// The commit was asked for and not answered: it may have happened.
    in_doubt: bool,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, in_doubt: false }
    }
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, tasks: TaskTracker::new() }
    }

    /// Runs a verb; the answer comes after its commit. Dropping the future either keeps the verb from starting or
    /// changes nothing.
    pub(crate) async fn call<V: Verb>(&self, verb: V) -> StoreResult<V::Answer> {
        let (reply, answer) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        if self.tasks.is_closed() {
            return Err(shared.database.closed());
        }
        self.tasks.spawn(async move {
            if let Some(done) = perform(&shared, &verb, || reply.is_closed()).await {
                // Nobody waits any more: what was done stays done.
                let _ = reply.send(done);
            }
        });
        answer.await.map_err(|_| self.shared.database.closed())?
    }

    /// Stores what the holder of a lease reports, as [`Writer::call`] would, with what others report meanwhile.
    pub(crate) async fn report(&self, report: Report) -> StoreResult<Reported> {
        let (reply, answer) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        if self.tasks.is_closed() {
            return Err(shared.database.closed());
        }
        self.tasks.spawn(async move { lanes::report(&shared, report, reply).await });
        answer.await.map_err(|_| self.shared.database.closed())?
    }

    /// Takes nothing new, and waits for what was begun.
    pub(crate) async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn downgrade(&self) -> WeakWriter {
        WeakWriter { shared: Arc::downgrade(&self.shared), tasks: self.tasks.clone() }
    }
}

impl WeakWriter {
    /// Gives a lease back, however long the database cannot be reached.
    pub(crate) fn give_back(&self, report: Report) {
        let (Some(shared), Ok(runtime)) = (self.shared.upgrade(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let (weak, tasks) = (Arc::downgrade(&shared), self.tasks.clone());
        let report = Reports(vec![report]);
        drop(shared);
        self.tasks.spawn_on(
            async move {
                while let Some(shared) = weak.upgrade() {
                    match perform(&shared, &report, || false).await {
                        Some(Err(error)) if error.is_retryable() && !tasks.is_closed() => {}
                        _ => break,
                    }
                    drop(shared);
                    tokio::time::sleep(PATIENCE).await;
                }
            },
            &runtime,
        );
    }
}

/// Does it until it is done or cannot be. `None`: nobody wanted it any more, and it was not begun.
pub(crate) async fn perform<V: Verb>(
    shared: &Shared,
    verb: &V,
    is_unwanted: impl Fn() -> bool + Send,
) -> Option<StoreResult<V::Answer>> {
    let mut again = 0;
    loop {
        if is_unwanted() {
            return None;
        }
        match attempt(shared, verb).await {
            Ok((answer, rung)) => {
                shared.bell.committed(&rung);
                return Some(Ok(answer));
            }
            Err(Failure { error, in_doubt: false }) if error.may_go_better() && again < AGAIN => {
                again += 1;
                tracing::debug!(%error, again, "a transaction is done again");
                if !error.is_lost() {
                    tokio::time::sleep(jitter(again)).await;
                }
            }
            Err(Failure { error, .. }) => return Some(Err(shared.database.explain(error).await)),
        }
    }
}

async fn attempt<V: Verb>(shared: &Shared, verb: &V) -> Result<(V::Answer, Rung), Failure> {
    let (mut open, now) = shared.database.begin(V::KIND).await?;
    let mut tx = Tx::new(open.conn()?, now, &shared.presence);
    let done = match verb.run(&mut tx).await {
        Ok(answer) => tx.close().await.map(|rung| (answer, rung)),
        Err(error) => Err(error),
    };
    match done {
        Ok((mut answer, rung)) => {
            V::committing(&mut answer);
            match open.commit().await {
                Ok(()) => Ok((answer, rung)),
                // What the server refuses to commit it undoes; only silence leaves a doubt.
                Err(error) => Err(Failure { in_doubt: error.is_lost(), error }),
            }
        }
        Err(error) => {
            open.roll_back(&error).await;
            Err(error.into())
        }
    }
}

/// A few milliseconds, more each time; by chance, so that two do not keep in step.
fn jitter(again: u32) -> Duration {
    let random = RandomState::new().hash_one(again);
    Duration::from_micros(500 + random % (2_000 * u64::from(again)))
}

/// A number by chance.
pub(crate) fn chance() -> i64 {
    i64::from_be_bytes(RandomState::new().hash_one(0).to_be_bytes())
}
