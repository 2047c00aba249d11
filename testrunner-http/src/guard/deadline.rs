//! Bodies that come too slowly: a drip would hold a place for ever.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::Request;
use http_body_util::LengthLimitError;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::problem::Problem;

/// How slowly a body may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// It has to be there whole within this time.
    pub whole: Duration,
    /// Nothing is asked of it within this time.
    pub grace: Duration,
    /// After that it must have come at this rate on average, in bytes a second.
    pub rate: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { whole: Duration::from_mins(1), grace: Duration::from_secs(10), rate: 1 << 10 }
    }
}

impl Pace {
    /// Until when more has to come after so many bytes.
    fn patience(self, received: u64) -> Duration {
        let earned = Duration::from_millis(received.saturating_mul(1_000) / self.rate.max(1));
        earned.max(self.grace).min(self.whole)
    }
}

/// The body came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct TooSlow;

/// The problem behind a body that broke off; `limit` is that of `what`, in bytes.
pub(crate) fn broken(error: &(dyn Error + 'static), what: &str, limit: u64) -> Problem {
    for cause in causes(error) {
        if cause.is::<TooSlow>() {
            return Problem::too_slow();
        }
        if cause.is::<LengthLimitError>() {
            return Problem::too_large(what, limit, "bytes");
        }
    }
    Problem::bad_request("the body broke off, or its encoding is wrong")
}

/// An error and what caused it, to the last.
pub(crate) fn causes<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| Error::source(*error))
}

/// Watches over the body of a request.
pub(super) fn pace(request: Request, pace: Pace) -> Request {
    request.map(|body| if body.is_end_stream() { body } else { Body::new(Paced::new(body, pace)) })
}

#[derive(Debug)]
struct Paced {
    body: Body,
    pace: Pace,
    begun: Instant,
    received: u64,
    end: Pin<Box<Sleep>>,
}

impl Paced {
    fn new(body: Body, pace: Pace) -> Self {
        let begun = Instant::now();
        Self { body, pace, begun, received: 0, end: Box::pin(sleep_until(begun + pace.patience(0))) }
    }
}

impl axum::body::HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::BoxError;

    /// What has come is taken before the clock is looked at: a reader that was slow itself is not the sender's fault.
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(Ok(data)) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
                self.received = self.received.saturating_add(data.map_or(0, |data| data.len() as u64));
                let end = self.begun + self.pace.patience(self.received);
                self.end.as_mut().reset(end);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        self.end.as_mut().poll(cx).map(|()| Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use http_body_util::BodyExt as _;

    use super::*;

    /// A body of pieces, each after a pause.
    fn drip(pieces: usize, size: usize, pause: Duration) -> Request {
        let pieces = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(Bytes::from(vec![b'x'; size]))
        });
        Request::new(Body::from_stream(pieces))
    }

    async fn collect(request: Request) -> Result<usize, Problem> {
        let body = pace(request, Pace::default()).into_body().collect().await;
        body.map(|body| body.to_bytes().len()).map_err(|error| broken(&error, "the body", 1))
    }

    #[tokio::test(start_paused = true)]
    async fn a_drip_ends() {
        let begun = Instant::now();
        let problem = collect(drip(1_000_000, 1, Duration::from_secs(1))).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (408, "too-slow"));
        assert_eq!(begun.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_ends() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(collect(Request::new(body)).await.unwrap_err().code(), "too-slow");
    }

    #[tokio::test(start_paused = true)]
    async fn what_keeps_the_pace_passes() {
        assert_eq!(collect(drip(20, 4 << 10, Duration::from_secs(2))).await.unwrap(), 20 * (4 << 10));
        assert_eq!(collect(drip(1, 3, Duration::from_secs(9))).await.unwrap(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn not_for_longer_than_a_minute() {
        let begun = Instant::now();
        let problem = collect(drip(100, 1 << 20, Duration::from_secs(1))).await.unwrap_err();
        assert_eq!(problem.code(), "too-slow");
        assert_eq!(begun.elapsed().as_secs(), 60);
    }
}
