//! What waits, why, and who runs what.

mod fleet;
mod view;
mod waiting;
mod workers;

use testrunner_api::OpenItemDocument;
use testrunner_core::clock;
use testrunner_core::store::OpenItem;

pub(crate) use self::view::{__path_view, view};
pub(crate) use self::waiting::{__path_waiting, waiting};
pub(crate) use self::workers::{__path_workers, workers};

fn document(item: &OpenItem) -> OpenItemDocument {
    OpenItemDocument {
        id: item.id,
        run: item.run,
        state: item.state,
        executor: item.executor.clone(),
        priority: item.priority,
        files: item.files,
        weight_us: clock::micros(item.weight),
        attempts: item.attempts,
        pinned: item.pinned,
        not_before: item.not_before,
        worker: item.worker.clone(),
        lease_until: item.lease_until,
    }
}
