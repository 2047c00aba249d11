//! What is told after a lease holder's write, by whoever has made it: a worker here, or a server for one elsewhere.

use std::sync::Arc;

use crate::doorbell::{Doorbell, Topic};
use crate::id::TestrunId;
use crate::queue::{Queue, Ticket};
use crate::store::Finished;

/// An item was claimed; its Testrun may have become RUNNING by it.
pub(crate) fn claimed(bell: &Arc<dyn Doorbell>, run: TestrunId) {
    bell.ring(&[Topic::Run(run), Topic::Runs]);
}

/// A lease was ended.
pub(crate) async fn finished(
    queue: &Arc<dyn Queue>,
    bell: &Arc<dyn Doorbell>,
    run: TestrunId,
    finished: &Finished,
) {
    bell.ring(&[Topic::Run(run)]);
    if finished.run.is_terminal() {
        bell.ring(&[Topic::Runs]);
    }
    offered(queue, bell, finished.ready.as_slice()).await;
}

/// Items wait again.
pub(crate) async fn offered(queue: &Arc<dyn Queue>, bell: &Arc<dyn Doorbell>, tickets: &[Ticket]) {
    if tickets.is_empty() {
        return;
    }
    if let Err(error) = queue.offer(tickets).await {
        // A lost hint: the poll finds the items.
        tracing::warn!(%error, "could not offer tickets");
    }
    bell.ring(&[Topic::Work]);
}
