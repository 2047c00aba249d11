//! What a worker is doing at the moment.

use serde::{Deserialize, Serialize};

use super::Running;
use crate::id::WorkerId;

/// What a worker is doing at the moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkerStatus {
    /// The name under which it holds leases.
    pub id: WorkerId,
    /// How many items it runs at the same time, at the most.
    pub slots: usize,
    /// How many it runs now.
    pub busy: usize,
    /// It takes no more items.
    pub draining: bool,
    /// Names of its executors.
    pub executors: Vec<String>,
}

impl Running {
    pub(crate) fn status(&self) -> WorkerStatus {
        WorkerStatus {
            id: self.parts.settings.id.clone(),
            slots: self.parts.settings.slots,
            busy: self.leases.count(),
            draining: self.draining.is_cancelled(),
            executors: self.parts.executors.keys().cloned().collect(),
        }
    }
}
