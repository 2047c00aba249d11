//! The one connection that stays: it listens for what others say, and holds the lock by which they know that we live.
//! When it is lost it is made anew, and everybody is woken, for what was said meanwhile is lost. As long as there is none,
//! everybody is woken once a second: the bell is a poll then.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener};

use tokio::sync::oneshot;

use crate::bell::PostgresBell;
use crate::database::pool_options;
use crate::error::Result;
use crate::presence::Presence;

/// Time between two looks where there is nobody to listen to.
const POLL: Duration = Duration::from_secs(1);
/// Time between two questions whether the connection is there, and for the answer.
const ASK: Duration = Duration::from_secs(5);
/// Longest time between two tries to connect, in polls.
const RARELY: u32 = 5;

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) connect: PgConnectOptions,
    pub(crate) channel: String,
    pub(crate) bell: Arc<PostgresBell>,
    pub(crate) presence: Arc<Presence>,
    /// Dropped after the first try: who waits for it knows that from then on nothing is missed, or polled for.
    pub(crate) tried: Option<oneshot::Sender<()>>,
}

impl Line {
    /// For ever.
    pub(crate) async fn hold(mut self) {
        let mut failures = 0_u32;
        loop {
            match self.connect().await {
                Ok(listener) => {
                    failures = 0;
                    self.bell.resync();
                    self.tried = None;
                    let lost = self.listen(listener).await;
                    tracing::debug!(?lost, "the listening connection was lost");
                    self.bell.resync();
                }
                Err(error) => {
                    failures += 1;
                    tracing::debug!(%error, failures, "cannot listen to other processes");
                }
            }
            self.tried = None;
            for _ in 0..failures.min(RARELY) {
                tokio::time::sleep(POLL).await;
                self.bell.resync();
            }
        }
    }

    /// Where there is no session to listen in: as if there never were a connection.
    pub(crate) async fn poll(mut self) {
        self.tried = None;
        loop {
            tokio::time::sleep(POLL).await;
            self.bell.resync();
        }
    }

    async fn connect(&self) -> Result<PgListener> {
        // Of its own, so that a listener that is dropped takes its connection, and with it the lock, along.
        let pool = pool_options(&self.connect)
            .max_connections(1)
            .acquire_timeout(ASK)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(self.connect.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.eager_reconnect(false);
        listener.listen(&self.channel).await?;
        self.lock(&mut listener).await?;
        Ok(listener)
    }

    /// The lock may still be held by a connection of ours that the server does not know to be lost: says whether it is.
    async fn lock(&self, listener: &mut PgListener) -> Result<bool> {
        let Some(lock) = self.presence.lock() else { return Ok(true) };
        let locked = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(lock).fetch_one(listener);
        Ok(locked.await?)
    }

    /// Until the connection is lost; returns why, where something says it.
    async fn listen(&self, mut listener: PgListener) -> Option<String> {
        loop {
            match tokio::time::timeout(ASK, listener.try_recv()).await {
                Ok(Ok(Some(said))) => self.bell.heard(said.payload()),
                Ok(Ok(None)) => return None,
                Ok(Err(error)) => return Some(error.to_string()),
                // Silence: nobody says anything, or nobody is there.
                Err(_) => match tokio::time::timeout(ASK, self.ask(&mut listener)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return Some(error.to_string()),
                    Err(_) => return Some("the server does not answer".to_owned()),
                },
            }
        }
    }

    /// Whether the connection is there; and if the lock was not to be had before, it is now.
    async fn ask(&self, listener: &mut PgListener) -> Result<()> {
        let Some(lock) = self.presence.lock() else { return Ok(()) };
        let ours: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'
                            AND granted AND objsubid = 1
                            AND (classid::bigint << 32 | objid::bigint) = $1)",
        )
        .bind(lock)
        .fetch_one(&mut *listener)
        .await?;
        if !ours {
            self.lock(listener).await?;
        }
        Ok(())
    }
}
