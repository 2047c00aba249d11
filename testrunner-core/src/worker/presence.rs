//! That this worker is there, told to the store for people to read.

use std::sync::Arc;

use super::Running;
use super::running::ANSWER;
use crate::store::{WORKER_LISTED, WorkerNotice};

impl Running {
    /// Says so again and again, and once more as soon as no more items are taken.
    pub(super) async fn tell_presence(self: Arc<Self>) {
        loop {
            let draining = self.draining.is_cancelled();
            // Nobody's work depends on it: what fails is said again soon.
            match tokio::time::timeout(ANSWER, self.parts.store.announce(&self.notice(draining))).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::debug!(%error, "could not tell that this worker is there"),
                Err(_) => tracing::debug!("telling that this worker is there took too long"),
            }
            tokio::select! {
                () = tokio::time::sleep(WORKER_LISTED / 3) => {}
                () = self.draining.cancelled(), if !draining => {}
                () = self.over.cancelled() => return,
            }
            if draining && self.items.is_empty() {
                return self.depart().await;
            }
        }
    }

    /// Says that it has left. Who cannot be told notices it by the silence.
    pub(super) async fn depart(&self) {
        let told = tokio::time::timeout(ANSWER, self.parts.store.depart(&self.parts.settings.id)).await;
        if let Ok(Err(error)) = told {
            tracing::debug!(%error, "could not tell that this worker has left");
        }
    }

    fn notice(&self, draining: bool) -> WorkerNotice {
        WorkerNotice {
            id: self.parts.settings.id.clone(),
            slots: u32::try_from(self.parts.settings.slots).unwrap_or(u32::MAX),
            executors: self.parts.executors.keys().cloned().collect(),
            labels: self.parts.settings.labels.clone(),
            draining,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
