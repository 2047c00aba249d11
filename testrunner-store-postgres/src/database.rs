//! The connections, and how a transaction is begun and ended on one of them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool, Postgres};
use testrunner_core::store::{ListQuery, StoreError, StoreErrorKind, StoreResult};
use testrunner_core::{Clock, Timestamp};
use tokio::sync::Semaphore;

use crate::error::{Error, Result, closed};
use crate::nodelay;

/// How many may look at every Testrun at the same time.
const SCANS: usize = 2;
/// A connection that was idle for longer is asked whether it is still there.
const FRESH: Duration = Duration::from_secs(1);
/// Time in which a server that is there answers.
const PROBE: Duration = Duration::from_secs(2);

/// A beginning that tells the time.
macro_rules! begin {
    ($begin:literal) => {
        concat!($begin, "; SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now")
    };
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Write,
    /// A claim: its statements look for the first in an order that an index has. Without statistics, right after a large
    /// Testrun was stored, the planner takes few items to wait, and would fetch all of them and sort. Where it has to sort all the same, it must not compile that, for what it then
    /// takes to be so dear.
    Claim,
    /// Several reads that are to see one moment.
    Moment,
}

/// Which connections a reader gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// For what an index leads to.
    Short,
    /// For what looks at every row: a few at a time, so that the engine never waits for them.
    Scan,
}

impl Lane {
    /// Each text is looked at, and each Testrun for one that very many have.
    pub(crate) const fn of(query: &ListQuery) -> Self {
        if query.text.is_some() { Self::Scan } else { Self::Short }
    }
}

/// How the connections are set up.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where it is, for people to read. No password.
    pub(crate) place: String,
    pub(crate) schema: String,
    /// There is a proxy between, and no session.
    pub(crate) pooled: bool,
    /// `None`: the time is the server's.
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) statement_timeout: Duration,
}

/// The connections of one open store.
#[derive(Debug)]
pub(crate) struct Database {
    pool: PgPool,
    connect: PgConnectOptions,
    scans: Semaphore,
    pub(crate) settings: Settings,
}

impl Database {
    /// Opens nothing yet.
    pub(crate) fn new(
        connect: PgConnectOptions,
        settings: Settings,
        connections: u32,
        acquire_timeout: Duration,
    ) -> Self {
        let pool = pool_options(&connect)
            .max_connections(connections)
            .acquire_timeout(acquire_timeout)
            .max_lifetime(None)
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > FRESH {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(connect.clone());
        Self { pool, connect, scans: Semaphore::new(SCANS), settings }
    }

    /// How to connect besides the pool.
    pub(crate) const fn connect_options(&self) -> &PgConnectOptions {
        &self.connect
    }

    /// Begins a transaction; with the time of all that happens in it.
    pub(crate) async fn begin(&self, kind: Kind) -> Result<(Open, Timestamp)> {
        let mut open = Open(Some(self.pool.acquire().await?));
        let conn = open.conn()?;
        // One way for all of it.
        let begin = match kind {
            Kind::Write => begin!("BEGIN"),
            Kind::Claim => begin!("BEGIN; SET LOCAL enable_sort = off; SET LOCAL jit = off"),
            Kind::Moment => begin!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
        };
        let row = sqlx::raw_sql(begin).fetch_one(&mut *conn).await?;
        let now = self.settings.clock.as_ref().map_or_else(|| time(&row), |clock| Ok(clock.now()))?;
        if self.settings.pooled {
            self.set_up(conn).await?;
        }
        Ok((open, now))
    }

    /// What a session would know, for one transaction.
    async fn set_up(&self, conn: &mut PgConnection) -> Result<()> {
        forget_statements(conn).await?;
        sqlx::query(
            "SELECT set_config('search_path', $1, TRUE), set_config('statement_timeout', $2, TRUE),
                    set_config('idle_in_transaction_session_timeout', $3, TRUE)",
        )
        .bind(self.settings.schema.as_str())
        .bind(self.settings.statement_timeout.as_millis().to_string())
        .bind(IDLE_TIMEOUT_MS)
        .execute(conn)
        .await?;
        Ok(())
    }

    /// One reading statement. In a task of its own, as everything on these connections: a caller that goes away does
    /// not leave one behind that is in the middle of something.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, lane: Lane, read: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        if self.settings.pooled {
            return self.moment(lane, move |conn, _| read(conn)).await;
        }
        let this = Arc::clone(self);
        self.task(async move {
            let _turn = this.turn(lane).await?;
            let mut open = Open(Some(this.pool.acquire().await?));
            let found = read(open.conn()?).await;
            if !found.as_ref().is_err_and(Error::is_lost) {
                drop(open.0.take());
            }
            found
        })
        .await
    }

    /// Several reading statements that see one moment, and its time.
    pub(crate) async fn moment<T, F>(self: &Arc<Self>, lane: Lane, read: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection, Timestamp) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let this = Arc::clone(self);
        self.task(async move {
            let _turn = this.turn(lane).await?;
            let (mut open, now) = this.begin(Kind::Moment).await?;
            match read(open.conn()?, now).await {
                Ok(found) => open.commit().await.map(|()| found),
                Err(error) => {
                    open.roll_back(&error).await;
                    Err(error)
                }
            }
        })
        .await
    }

    /// A small transaction that writes, tried once.
    pub(crate) async fn write<T, F>(self: &Arc<Self>, write: F) -> StoreResult<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut PgConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let this = Arc::clone(self);
        self.task(async move {
            let (mut open, _) = this.begin(Kind::Write).await?;
            match write(open.conn()?).await {
                Ok(found) => open.commit().await.map(|()| found),
                Err(error) => {
                    open.roll_back(&error).await;
                    Err(error)
                }
            }
        })
        .await
    }

    async fn task<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> StoreResult<T> {
        match tokio::spawn(work).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(self.explain(error).await),
            Err(_) => Err(self.closed()),
        }
    }

    async fn turn(&self, lane: Lane) -> Result<Option<tokio::sync::SemaphorePermit<'_>>> {
        match lane {
            Lane::Short => Ok(None),
            Lane::Scan => Ok(Some(self.scans.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?)),
        }
    }

    /// The error as the caller sees it.
    pub(crate) async fn explain(&self, error: Error) -> StoreError {
        if !error.is_timeout() || self.pool.is_closed() {
            return error.into_store(&self.settings.place);
        }
        // The pool does not say why it had no connection to give.
        let place = &self.settings.place;
        match tokio::time::timeout(PROBE, self.connect.connect()).await {
            Ok(Ok(conn)) => {
                let _ = conn.close().await;
                error.into_store(place)
            }
            Ok(Err(why)) => Error::from(why).into_store(place),
            Err(_) => {
                let message =
                    format!("the database {place} does not answer; see that it runs, then try again");
                StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
            }
        }
    }

    pub(crate) fn closed(&self) -> StoreError {
        closed(&self.settings.place)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

/// A pool's settings, with what each new connection needs.
pub(crate) fn pool_options(connect: &PgConnectOptions) -> PgPoolOptions {
    let tcp = connect.get_socket().is_none().then(|| connect.get_port());
    PgPoolOptions::new().after_connect(move |_, _| {
        if let Some(port) = tcp {
            nodelay::set(port);
        }
        Box::pin(async { Ok(()) })
    })
}

/// Behind a proxy: what others have prepared on this connection of the server has names that the driver is about to
/// give. In a statement of its own, by which newer proxies, which keep account of such names, know it.
pub(crate) async fn forget_statements(conn: &mut PgConnection) -> Result<()> {
    sqlx::raw_sql("DEALLOCATE ALL").execute(conn).await?;
    Ok(())
}

/// A session that does nothing in the middle of a transaction holds up others: it is ended.
pub(crate) const IDLE_TIMEOUT_MS: &str = "10000";

fn time(row: &sqlx::postgres::PgRow) -> Result<Timestamp> {
    crate::rows::Cells::time(row, "now")
}

/// A connection inside a transaction. Dropped there, it is cut: the server rolls back, and nobody gets it in the state
/// that it is in.
#[derive(Debug)]
pub(crate) struct Open(Option<PoolConnection<Postgres>>);

impl Open {
    pub(crate) fn conn(&mut self) -> Result<&mut PgConnection> {
        Ok(self.0.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?)
    }

    pub(crate) async fn commit(mut self) -> Result<()> {
        sqlx::raw_sql("COMMIT").execute(self.conn()?).await?;
        drop(self.0.take());
        Ok(())
    }

    /// Undoes everything, for this reason.
    pub(crate) async fn roll_back(mut self, why: &Error) {
        let Ok(conn) = self.conn() else { return };
        if !why.is_lost() && sqlx::raw_sql("ROLLBACK").execute(conn).await.is_ok() {
            drop(self.0.take());
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            drop(conn.detach());
        }
    }
}
