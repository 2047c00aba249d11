//! Leases on their way to who asked for them. Whoever has gone meanwhile does not get them: they go back at once, not only
//! when they have run out.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use testrunner_core::store::{Batch, Claimed, Outcome};
use testrunner_core::{Engine, LeaseKey, TestrunId};

/// Gives them back when it is dropped before they were sent.
#[derive(Debug)]
pub(super) struct Unclaimed {
    engine: Engine,
    leases: Vec<(LeaseKey, TestrunId)>,
}

impl Unclaimed {
    pub(super) fn new(engine: Engine, claimed: &Claimed) -> Self {
        Self { engine, leases: claimed.leases.iter().map(|lease| (lease.key, lease.run)).collect() }
    }
}

impl Drop for Unclaimed {
    fn drop(&mut self) {
        let leases = std::mem::take(&mut self.leases);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if leases.is_empty() {
            return;
        }
        tracing::info!(count = leases.len(), "who claimed has gone; giving the items back");
        let engine = self.engine.clone();
        runtime.spawn(async move {
            for (key, run) in leases {
                let nothing = Batch { from_n: 0, events: &[] };
                if let Err(error) = engine.finish(key, run, nothing, &Outcome::Release).await {
                    // It goes back when it has run out.
                    tracing::warn!(%error, %key, "could not give an item back");
                }
            }
        });
    }
}

/// An answer that holds leases until the connection has taken it.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) bytes: Option<Bytes>,
    pub(super) leases: Unclaimed,
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let bytes = self.bytes.take();
        self.leases.leases.clear();
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}
