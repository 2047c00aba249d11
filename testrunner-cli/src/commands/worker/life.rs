//! What signals do to a worker.

use std::time::Duration;

use testrunner_core::Drained;

use super::body::Body;
use crate::drain::{self, LAST_WORDS};
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupts;

/// Works until a signal. Then no more is taken; what runs may end within `grace`, the rest goes back to the queue. The
/// second signal kills what runs. A ledger that does not answer is not waited for.
///
/// # Errors
/// The ledger did not hear of the end.
pub(super) async fn live(body: Body, grace: Duration, mut interrupts: Interrupts) -> Result<Exit> {
    body.start();
    interrupts.next().await;
    tracing::info!(?grace, "ending: what runs may finish; the second signal kills it");
    let drained = drain::drain(&body, grace, &mut interrupts).await;
    let closed = tokio::time::timeout(LAST_WORDS, body.close()).await.is_ok();
    if drained == Drained::InOrder && closed {
        return Ok(Exit::Passed);
    }
    Err(Failure::infrastructure("the ledger did not answer in time; what ran could not be handed back")
        .hint("nothing that was stored is lost: others run the rest when its leases have run out"))
}
