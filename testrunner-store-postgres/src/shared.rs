//! What the parts of one open store have in common.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::bell::PostgresBell;
use crate::database::Database;
use crate::lanes::Lanes;
use crate::presence::Presence;

/// Longest time for what is polite at the end and needs the server.
const GOODBYE: Duration = Duration::from_secs(3);

/// Dropped with the last handle.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) database: Arc<Database>,
    pub(crate) presence: Arc<Presence>,
    pub(crate) bell: Arc<PostgresBell>,
    pub(crate) lanes: Lanes,
    /// What goes on besides; ends with the store.
    pub(crate) tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Shared {
    fn take_tasks(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gives up the name and all connections.
    pub(crate) async fn close(&self) {
        for task in self.take_tasks() {
            task.abort();
            let _ = task.await;
        }
        leave(&self.database, &self.presence).await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        for task in self.take_tasks() {
            task.abort();
        }
        if let Ok(runtime) = Handle::try_current() {
            let (database, presence) = (Arc::clone(&self.database), Arc::clone(&self.presence));
            runtime.spawn(async move { leave(&database, &presence).await });
        }
    }
}

async fn leave(database: &Arc<Database>, presence: &Presence) {
    // Whatever is not said now is found out by others a little later.
    let _ = tokio::time::timeout(GOODBYE, presence.leave(database)).await;
    let _ = tokio::time::timeout(GOODBYE, database.close()).await;
}
