//! Until when a request is under way: until the last byte of its answer has left, whether anybody reads it or not.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};

use super::Permit;

/// Marks an answer that has no end: it counts as a stream, and so not as a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LiveStream;

/// Ties the right to a request to its answer.
pub(super) fn until_sent(response: Response, permit: Permit) -> Response {
    if response.extensions().get::<LiveStream>().is_some() {
        return response;
    }
    response.map(|body| {
        if body.is_end_stream() { body } else { Body::new(Sending { body, permit: Arc::new(permit) }) }
    })
}

#[derive(Debug)]
struct Sending {
    body: Body,
    permit: Arc<Permit>,
}

impl HttpBody for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        // The connection drops a body when it has taken the last frame, which may still wait to be written.
        let hold = |bytes| Bytes::from_owner(Waiting { bytes, _permit: Arc::clone(&self.permit) });
        frame.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(hold))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes that wait to be written.
#[derive(Debug)]
struct Waiting {
    bytes: Bytes,
    _permit: Arc<Permit>,
}

impl AsRef<[u8]> for Waiting {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
