//! Which processes are alive. Each has a row in which it says so every few seconds, and, where there is no proxy between,
//! a lock that the server frees when the connection ends. Whoever holds its lock lives. Whoever does not, and has been
//! silent for the grace, is gone; but only who was itself in touch with the server all that time can say so: after an
//! outage of the database everybody has been silent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use testrunner_core::store::StoreResult;
use testrunner_core::{ProcessId, clock};

use crate::database::Database;
use crate::lock;
use crate::sql::processes;

/// Beats in one grace.
const BEATS: u32 = 6;

/// The sign that this process is alive.
#[derive(Debug)]
pub(crate) struct Presence {
    id: ProcessId,
    /// `None` behind a proxy.
    lock: Option<i64>,
    grace: Duration,
    touch: Mutex<Touch>,
}

#[derive(Debug, Default)]
struct Touch {
    /// Since when every beat was heard.
    since: Option<Instant>,
    /// When the last one was, by the server's time.
    last: Option<i64>,
    left: bool,
}

impl Presence {
    pub(crate) fn new(schema: &str, pooled: bool, grace: Duration) -> Self {
        let id = ProcessId::unique();
        let lock = (!pooled).then(|| lock::of_process(schema, &id.0));
        Self { id, lock, grace, touch: Mutex::default() }
    }

    pub(crate) const fn id(&self) -> &ProcessId {
        &self.id
    }

    /// To be held by the session that also listens.
    pub(crate) const fn lock(&self) -> Option<i64> {
        self.lock
    }

    /// How long others must have been silent to be struck out by us; `None`: we cannot say.
    pub(crate) fn verdict(&self) -> Option<i64> {
        let since = self.touch().since?;
        (since.elapsed() >= self.grace).then(|| clock::micros(self.grace))
    }

    /// Says once that this process lives.
    pub(crate) async fn beat(&self, database: &Arc<Database>) -> StoreResult<()> {
        if self.touch().left {
            return Ok(());
        }
        let (id, lock) = (self.id.0.clone(), self.lock);
        let beat =
            database.write(move |conn| Box::pin(async move { processes::beat(conn, &id, lock).await }));
        let beat = beat.await;
        let mut touch = self.touch();
        match beat {
            Ok(at) => {
                // The machine may have slept, which its own clock does not count.
                let gap = touch.last.map_or(0, |last| at.saturating_sub(last));
                if touch.since.is_none() || gap > clock::micros(self.grace) {
                    touch.since = Some(Instant::now());
                }
                touch.last = Some(at);
                Ok(())
            }
            Err(error) => {
                touch.since = None;
                Err(error)
            }
        }
    }

    /// Says so for ever.
    pub(crate) async fn go_on(self: Arc<Self>, database: Arc<Database>) {
        loop {
            tokio::time::sleep(self.grace / BEATS).await;
            if let Err(error) = self.beat(&database).await {
                tracing::debug!(%error, "cannot say that this process lives");
            }
        }
    }

    /// Gives the name up. What is pinned to it may be ended by others from now on.
    pub(crate) async fn leave(&self, database: &Arc<Database>) {
        if std::mem::replace(&mut self.touch().left, true) {
            return;
        }
        let id = self.id.0.clone();
        let left = database.write(move |conn| Box::pin(async move { processes::leave(conn, &id).await }));
        if let Err(error) = left.await {
            tracing::debug!(%error, "cannot say that this process leaves");
        }
    }

    fn touch(&self) -> MutexGuard<'_, Touch> {
        self.touch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
