//! Sessions: one per Testrun, opened with its first item here, closed when the Testrun ends or rests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Running;
use super::workspace::Workspace;
use crate::executor::{ExecError, LogBudget, Session, SessionContext};
use crate::id::TestrunId;
use crate::store::Assignment;
use crate::testrun::FileRecord;

/// How long a session without an item is kept open for the next one.
const IDLE: Duration = Duration::from_secs(30);

/// An open session with what belongs to it.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) session: Arc<dyn Session>,
    pub(super) files: Arc<[FileRecord]>,
    pub(super) budget: Arc<LogBudget>,
    /// Outlives the session, then is removed.
    _workspace: Workspace,
}

/// The sessions of a worker.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<TestrunId, Entry>>);

#[derive(Debug)]
struct Entry {
    cell: Place,
    users: usize,
    /// The Testrun has ended.
    ended: bool,
    idle_since: Instant,
}

/// The place of one Testrun's session, opened or to be opened.
pub(super) type Place = Arc<OnceCell<Arc<Open>>>;

impl Sessions {
    /// The place of a Testrun's session, kept until it is left as often as it was entered.
    pub(super) fn enter(&self, run: TestrunId) -> Place {
        let mut entries = self.lock();
        let idle_since = Instant::now();
        let entry = entries.entry(run).or_insert_with(|| Entry {
            cell: Arc::default(),
            users: 0,
            ended: false,
            idle_since,
        });
        entry.users += 1;
        Arc::clone(&entry.cell)
    }

    /// An item is done with its session; closes it when the Testrun has ended, as this one or another has heard, and
    /// nobody else uses it.
    pub(super) async fn leave(&self, run: TestrunId, ended: bool) {
        let cell = {
            let mut entries = self.lock();
            let Some(entry) = entries.get_mut(&run) else { return };
            entry.users -= 1;
            entry.ended |= ended;
            entry.idle_since = Instant::now();
            let close = entry.users == 0 && (entry.ended || !entry.cell.initialized());
            if close { entries.remove(&run).map(|entry| entry.cell) } else { None }
        };
        close(cell).await;
    }

    /// Testruns with an open session.
    pub(super) fn open_runs(&self) -> Vec<TestrunId> {
        self.lock().keys().copied().collect()
    }

    /// Closes what has rested for long.
    async fn close_idle(&self) {
        let resting = |entry: &Entry| entry.users == 0 && entry.idle_since.elapsed() > IDLE;
        let cells: Vec<_> =
            self.lock().extract_if(|_, entry| resting(entry)).map(|(_, entry)| entry.cell).collect();
        for cell in cells {
            close(Some(cell)).await;
        }
    }

    pub(super) async fn close_all(&self) {
        let cells: Vec<_> = self.lock().drain().map(|(_, entry)| entry.cell).collect();
        for cell in cells {
            close(Some(cell)).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TestrunId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn close(cell: Option<Place>) {
    if let Some(open) = cell.as_ref().and_then(|cell| cell.get()) {
        open.session.close().await;
    }
}

impl Running {
    /// Closes sessions again and again that have rested for long: their Testruns may have ended elsewhere.
    pub(super) async fn close_idle_sessions(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(IDLE / 6) => self.sessions.close_idle().await,
                () = self.over.cancelled() => return,
            }
        }
    }

    /// The session at `place`, opened when there is none. Cancel-safe: the next one to ask opens it then.
    ///
    /// # Errors
    /// The files or the environment cannot be had.
    pub(super) async fn session(
        &self,
        place: &Place,
        assignment: &Assignment,
    ) -> Result<Arc<Open>, ExecError> {
        place.get_or_try_init(|| async { self.open(assignment).await.map(Arc::new) }).await.cloned()
    }

    async fn open(&self, assignment: &Assignment) -> Result<Open, ExecError> {
        let executor = self.parts.executors.get(&assignment.executor).ok_or_else(|| {
            ExecError::fatal(format!("this worker has no executor {:?}", assignment.executor))
        })?;
        let list = || self.parts.store.files(assignment.run);
        let files: Arc<[FileRecord]> = self
            .until_answered(list)
            .await
            .map_err(|error| ExecError { message: error.to_string(), retry: error.is_retryable() })?
            .into();
        let workspace = self.lay_out(assignment, &files).await?;
        let context = SessionContext {
            run: assignment.run,
            files: Arc::clone(&files),
            root: workspace.root().to_owned(),
            in_place: workspace.is_in_place(),
            options: assignment.options.clone(),
            environment: self.parts.settings.environment.clone(),
            limits: assignment.limits.clone(),
            max_fail: assignment.max_fail,
            slots: self.parts.settings.slots,
        };
        let session = executor.open(context).await?;
        let budget = Arc::new(LogBudget::new(assignment.limits.log_bytes));
        Ok(Open { session, files, budget, _workspace: workspace })
    }
}
