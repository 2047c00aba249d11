//! The request's id, and what no request may have.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;
use uuid::Uuid;

use super::Guard;
use super::deadline;
use crate::problem::Problem;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ID_CHARS: usize = 64;
const URI: usize = 8 << 10;

/// Gives the request an id, tells it in the answer and in the log, and writes it into problems.
pub(super) async fn identify(request: Request, next: Next) -> Response {
    let id = id(request.headers());
    let version = request.version();
    // The path alone: a query may hold what nobody should read in a log.
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = problem.body(Some(&id));
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    // What is left of such a body is not waited for.
    let broken = matches!(response.status(), StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE);
    if broken && version < Version::HTTP_2 {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let milliseconds = begun.elapsed().as_millis();
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), %milliseconds, "answered"));
    response
}

/// The caller's id when it is harmless, else a new one.
fn id(headers: &HeaderMap) -> String {
    let mut given = headers.get_all(REQUEST_ID).iter();
    let sane = |id: &&str| {
        (1..=ID_CHARS).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    match (given.next().and_then(|id| id.to_str().ok()).filter(sane), given.next()) {
        (Some(id), None) => id.to_owned(),
        _ => Uuid::now_v7().simple().to_string(),
    }
}

/// Refuses what no route takes, and bounds the time in which the body has to come.
pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let uri = request.uri();
    if uri.path_and_query().map_or(0, |path| path.as_str().len()) > URI {
        return Problem::uri_too_long(URI).into_response();
    }
    let plain = |encoding: &HeaderValue| encoding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !request.headers().get_all(header::CONTENT_ENCODING).iter().all(plain) {
        let problem =
            Problem::unsupported_media_type("compressed requests are not taken; send the body as it is");
        return problem.into_response();
    }
    let expected = request.headers().get_all(header::EXPECT).iter();
    if expected.into_iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        let problem =
            Problem::new(StatusCode::EXPECTATION_FAILED, "expectation-failed", "This cannot be expected");
        return problem.detail("only `Expect: 100-continue` is known").into_response();
    }
    next.run(deadline::pace(request, guard.config.pace)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_kept_when_harmless() {
        let given = |ids: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for given in ids {
                headers.append(REQUEST_ID, HeaderValue::from_bytes(given).unwrap());
            }
            id(&headers)
        };
        assert_eq!(given(&[b"abc-1.2_3"]), "abc-1.2_3");
        let long = [b'a'; 65];
        let bad: [&[&[u8]]; 6] = [&[], &[b""], &[b"a b"], &[b"\xff"], &[&long], &[b"a", b"b"]];
        for bad in bad {
            assert_eq!(given(bad).len(), 32, "{bad:?}");
        }
    }
}
