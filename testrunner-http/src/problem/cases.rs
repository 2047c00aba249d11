//! The refusals there are, each once.

use std::fmt::Display;
use std::time::Duration;

use axum::http::StatusCode;
use testrunner_api::FieldError;

use super::{Problem, echo};

/// After this a server that was busy is asked again.
const SOON: Duration = Duration::from_secs(2);

impl Problem {
    /// 401: no token, a wrong one, or one that is over. All look alike.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "A valid token is needed")
            .detail("send `Authorization: Bearer TOKEN` with a token that is known here and not over")
    }

    /// 403: the role does not allow it.
    #[must_use]
    pub fn forbidden(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "This token may not do that").detail(detail)
    }

    /// 403: acts for somebody else.
    #[must_use]
    pub fn subject_mismatch(subject: &str, username: &str) -> Self {
        let detail = format!("the token belongs to {:?}, not to {:?}", echo(subject), echo(username));
        Self::new(StatusCode::FORBIDDEN, "subject-mismatch", "This token may act for its own user only")
            .detail(detail)
    }

    /// 403: the name that this server was called by is not one of its own.
    #[must_use]
    pub fn host_not_allowed(host: &str) -> Self {
        let detail =
            format!("{:?} is not a name of this server; it can be started with --allowed-host", echo(host));
        Self::new(StatusCode::FORBIDDEN, "host-not-allowed", "This server does not answer to that name")
            .detail(detail)
    }

    /// 403: a page of another origin asks.
    #[must_use]
    pub fn cross_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross-origin", "Pages of other origins may not ask here")
            .detail("the headers Sec-Fetch-Site and Origin say that another site's page sent this")
    }

    /// 404: there is no such thing.
    #[must_use]
    pub fn not_found(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing").detail(detail)
    }

    /// 404: there is no such route.
    #[must_use]
    pub fn no_route() -> Self {
        Self::not_found("there is no such route; /openapi.json lists all of them")
    }

    /// 405. The header `Allow` is the router's to add.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "Not with this method")
            .detail("the header Allow names the methods of this route")
    }

    /// 408: the body came too slowly.
    #[must_use]
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The request took too long to arrive")
            .detail("its body came below the least rate, or not within the time that is allowed")
    }

    /// 409: not in this state.
    #[must_use]
    pub fn conflict(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "Not in this state").detail(detail)
    }

    /// 413. Names the limit and what it is of.
    #[must_use]
    pub fn too_large(what: impl Display, limit: u64, unit: &str) -> Self {
        let detail = format!("{what}: at most {limit} {unit} are allowed");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large").detail(detail)
    }

    /// 414: an address that is longer than any here.
    #[must_use]
    pub fn uri_too_long(limit: usize) -> Self {
        let detail = format!("at most {limit} bytes are allowed in an address");
        Self::new(StatusCode::URI_TOO_LONG, "uri-too-long", "The address is too long").detail(detail)
    }

    /// 415.
    #[must_use]
    pub fn unsupported_media_type(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not in this form")
            .detail(detail)
    }

    /// 416. `size`: how many bytes there are.
    #[must_use]
    pub fn range_not_satisfiable(size: u64) -> Self {
        let detail = format!("there are {size} bytes");
        let mut problem = Self::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range-not-satisfiable",
            "There is nothing in this range",
        )
        .detail(detail);
        problem.0.size = Some(size);
        problem
    }

    /// 400: what was sent cannot be read, or not as meant.
    #[must_use]
    pub fn bad_request(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request cannot be read").detail(detail)
    }

    /// 400: not JSON, or not such as everybody reads alike.
    #[must_use]
    pub fn invalid_json(why: impl Display, line: usize, column: usize) -> Self {
        let detail = format!("{why}, at line {line} column {column}");
        Self::new(StatusCode::BAD_REQUEST, "invalid-json", "The body is not valid JSON").detail(detail)
    }

    /// 400: not a multipart form.
    #[must_use]
    pub fn invalid_multipart(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid-multipart", "The body is not a valid multipart form")
            .detail(detail)
    }

    /// 422: a field that nobody knows.
    #[must_use]
    pub fn unknown_field(field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown-field", "There is no such field")
            .field(field, detail)
    }

    /// 422: it breaks a rule that is not of one field.
    #[must_use]
    pub(super) fn refused(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something in it is wrong").detail(detail)
    }

    /// 422: one field is wrong.
    #[must_use]
    pub fn invalid(field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something in it is wrong")
            .field(field, detail)
    }

    /// 422: several fields are wrong.
    #[must_use]
    pub fn invalid_fields(errors: Vec<FieldError>) -> Self {
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something in it is wrong");
        errors.into_iter().fold(problem, |problem, error| problem.field(error.field, error.detail))
    }

    /// 422: nobody can be called that.
    #[must_use]
    pub fn invalid_username(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-username", "Nobody can be called that")
            .field("username", detail)
    }

    /// 422: nothing of it is a test.
    #[must_use]
    pub fn no_tests(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "no-tests", "There is nothing to run").detail(detail)
    }

    /// 422: a file cannot be called that.
    #[must_use]
    pub fn invalid_filename(path: &str, why: impl Display) -> Self {
        let detail = format!("the file name {:?} is refused: {why}", echo(path));
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-filename", "A file cannot be called that")
            .field("files", detail)
    }

    /// 422: a file that Python would load in place of its own or the test framework's.
    #[must_use]
    pub fn shadows_runtime(path: &str) -> Self {
        let detail =
            format!("the file {:?} would be loaded in place of a part of the runtime; rename it", echo(path));
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "shadows-runtime",
            "A file would replace a part of the runtime",
        )
        .field("files", detail)
    }

    /// 422: an archive that cannot be unpacked, or not safely.
    #[must_use]
    pub fn invalid_archive(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-archive", "The archive cannot be taken")
            .field("archive", detail)
    }

    /// 422: the same key with another content.
    #[must_use]
    pub fn idempotency_mismatch(detail: impl AsRef<str>) -> Self {
        let title = "The idempotency key was used for something else";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-mismatch", title).detail(detail)
    }

    /// 422: not a cursor of this server's.
    #[must_use]
    pub fn invalid_cursor() -> Self {
        Self::invalid("cursor", "it must be the next_cursor of an answer")
    }

    /// 429.
    #[must_use]
    pub fn rate_limited(detail: impl AsRef<str>, after: Duration) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too often")
            .detail(detail)
            .retry_after(after)
    }

    /// 503: so many items wait that no more are taken.
    #[must_use]
    pub fn queue_full(waiting: u64, limit: u64) -> Self {
        let detail = format!("{waiting} items wait already, {limit} may; nothing was stored");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "queue-full", "The queue is full")
            .detail(detail)
            .retry_after(Duration::from_secs(30))
    }

    /// 503: others take up what this needs.
    #[must_use]
    pub fn busy(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too much at once")
            .detail(detail)
            .retry_after(SOON)
    }

    /// 503: the store or the server cannot answer now. `inside` goes to the log.
    #[must_use]
    pub fn unavailable(inside: impl Display) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now")
            .detail("the server cannot do this now; try again")
            .retry_after(SOON);
        problem.0.inside = Some(inside.to_string());
        problem
    }

    /// 507. In bytes.
    #[must_use]
    pub fn disk_low(free: u64, needed: u64) -> Self {
        let detail =
            format!("{free} bytes are free on the server's disk, {needed} are kept free; nothing was stored");
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-low", "The disk is nearly full").detail(detail)
    }

    /// 507: something could not be written for want of room. `inside` goes to the log.
    #[must_use]
    pub fn disk_full(inside: impl Display) -> Self {
        let mut problem = Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-low", "The disk is nearly full")
            .detail("the server's disk has no room for this; nothing was stored");
        problem.0.inside = Some(inside.to_string());
        problem
    }

    /// 500. Says nothing of the inside: that goes to the log, with the request's id.
    #[must_use]
    pub fn internal(inside: impl Display) -> Self {
        let mut problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed")
            .detail("the server's log says why, under this request's id");
        problem.0.inside = Some(inside.to_string());
        problem
    }
}
