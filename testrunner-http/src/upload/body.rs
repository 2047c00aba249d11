//! The body of a form, before anything of it is read.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::{BodyDataStream, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;
use futures_util::Stream;
use http_body_util::Limited;

use super::UploadLimits;
use crate::guard::deadline;
use crate::problem::Problem;

const BOUNDARY: std::ops::RangeInclusive<usize> = 1..=70;
/// More of a form is never held while the end of a part's headers is looked for.
const AHEAD: u64 = 1 << 20;

/// A multipart form that nobody has read yet. Give it to [`receive`](super::receive).
#[derive(Debug)]
pub struct Body(Request);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let mut given = request.headers().get_all(header::CONTENT_TYPE).iter();
        let (Some(Ok(kind)), None) = (given.next().map(|kind| kind.to_str()), given.next()) else {
            return Err(wrong_type());
        };
        let mut parts = kind.split(';').map(str::trim);
        if !parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")) {
            return Err(wrong_type());
        }
        let mut named = parts
            .filter_map(|part| part.split_once('='))
            .filter(|(name, _)| name.eq_ignore_ascii_case("boundary"));
        match (named.next().map(|(_, boundary)| boundary.trim_matches('"').len()), named.next()) {
            (Some(length), None) if BOUNDARY.contains(&length) => Ok(Self(request)),
            _ => Err(Problem::invalid_multipart(
                "the header Content-Type must name one boundary of 1 to 70 characters",
            )),
        }
    }
}

fn wrong_type() -> Problem {
    Problem::unsupported_media_type("the body must be multipart/form-data")
}

/// What was read and is not understood yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Ahead(Arc<Unread>);

#[derive(Debug, Default)]
struct Unread {
    bytes: AtomicU64,
    /// What is there was tried, and is not enough.
    hungry: AtomicBool,
}

impl Ahead {
    /// Something was understood; perhaps more can be, of what is there.
    pub(super) fn reset(&self) {
        self.0.bytes.store(0, Ordering::Relaxed);
        self.0.hungry.store(false, Ordering::Relaxed);
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the headers of a part are too long")]
struct Headless;

/// Hands out one piece at a time, and only when what is there is not enough. The parser would read on as long as there
/// is more, and hold all of it.
#[derive(Debug)]
struct Gently {
    stream: BodyDataStream,
    ahead: Ahead,
}

impl Stream for Gently {
    type Item = Result<Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !self.ahead.0.hungry.swap(true, Ordering::Relaxed) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = Pin::new(&mut self.stream).poll_next(cx);
        let Poll::Ready(Some(Ok(bytes))) = piece else { return piece.map_err(Into::into) };
        self.ahead.0.hungry.store(false, Ordering::Relaxed);
        if self.ahead.0.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed) > AHEAD {
            return Poll::Ready(Some(Err(Headless.into())));
        }
        Poll::Ready(Some(Ok(bytes)))
    }
}

impl Body {
    /// The form's parts. The whole is bounded, whatever its length is said to be.
    pub(super) async fn open(self, limits: &UploadLimits) -> Result<(Multipart, Ahead), Problem> {
        let most = limits.body_bytes();
        let told = self
            .0
            .headers()
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if told.is_some_and(|told| told > most) {
            return Err(too_large(limits));
        }
        let ahead = Ahead::default();
        let counter = ahead.clone();
        let mut request = self.0.map(|body| {
            let limited = Limited::new(body, usize::try_from(most).unwrap_or(usize::MAX));
            let stream = axum::body::Body::new(limited).into_data_stream();
            axum::body::Body::from_stream(Gently { stream, ahead: counter })
        });
        // The bound above is the one that counts.
        DefaultBodyLimit::disable().apply(&mut request);
        let form = Multipart::from_request(request, &()).await;
        let form =
            form.map_err(|_| Problem::invalid_multipart("the boundary in Content-Type cannot be read"))?;
        Ok((form, ahead))
    }
}

fn too_large(limits: &UploadLimits) -> Problem {
    Problem::too_large("all files together", limits.total_bytes, "bytes")
}

/// The problem behind a form that cannot be read to its end.
pub(super) fn broken(error: &(dyn std::error::Error + 'static), limits: &UploadLimits) -> Problem {
    let problem = deadline::broken(error, "all files together", limits.total_bytes);
    if problem.code() != "bad-request" {
        return problem;
    }
    let headless = deadline::causes(error).any(|error| error.is::<Headless>());
    Problem::invalid_multipart(if headless {
        "the headers of a part are too long"
    } else {
        "a part is not closed, has no proper headers, or the body broke off"
    })
}
