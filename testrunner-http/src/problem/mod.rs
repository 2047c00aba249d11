//! Every refusal, by RFC 9457: what it says, and how it travels to the layer that knows the request's id.

mod cases;
mod convert;
mod text;
mod work;

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use testrunner_api::{FieldError, ProblemDocument};

pub(crate) use self::text::echo;

const KIND: &str = "application/problem+json";
const URN: &str = "urn:testrunner:problem:";
/// More wrong fields than anybody reads.
const ERRORS: usize = 10;

/// Why a request was refused. Answered as `application/problem+json`.
#[derive(Clone, Debug)]
pub struct Problem(Box<Content>);

#[derive(Clone, Debug)]
struct Content {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    retry_after: Option<Duration>,
    /// For `Content-Range`: how many bytes there are.
    size: Option<u64>,
    /// Number of the first event that is missing.
    expected_n: Option<u64>,
    /// For the header `Upgrade`: what is to be spoken.
    upgrade: Option<String>,
    /// For the log alone.
    inside: Option<String>,
}

impl Problem {
    /// A problem of one's own: the code is for programs, the title the same for each code.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self(Box::new(Content {
            status,
            code,
            title,
            detail: None,
            errors: Vec::new(),
            retry_after: None,
            size: None,
            expected_n: None,
            upgrade: None,
            inside: None,
        }))
    }

    /// Says what failed, on which id or file, and what to do. Shortened, and control characters are escaped.
    #[must_use]
    pub fn detail(mut self, detail: impl AsRef<str>) -> Self {
        self.0.detail = Some(text::detail(detail.as_ref()).into());
        self
    }

    /// Names a field that is wrong, and why. The first 10 are told; the first is the detail, if there is none yet.
    #[must_use]
    pub fn field(mut self, field: impl AsRef<str>, detail: impl AsRef<str>) -> Self {
        if self.0.errors.len() < ERRORS {
            let (field, detail) = (echo(field.as_ref()), text::field(detail.as_ref()));
            self.0.detail.get_or_insert_with(|| format!("{field}: {detail}").into());
            self.0.errors.push(FieldError { field, detail });
        }
        self
    }

    /// When to come back.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.0.retry_after = Some(after);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// The code, for programs: stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The document, for the request with this id.
    #[must_use]
    pub fn document(&self, instance: Option<&str>) -> ProblemDocument {
        let Content { status, code, title, detail, errors, expected_n, .. } = &*self.0;
        ProblemDocument {
            kind: format!("{URN}{code}"),
            title: (*title).to_owned(),
            status: status.as_u16(),
            code: (*code).to_owned(),
            detail: detail.as_deref().map(str::to_owned),
            instance: instance.map(str::to_owned),
            errors: errors.clone(),
            expected_n: *expected_n,
        }
    }

    /// The document as the body of an answer.
    pub(crate) fn body(&self, instance: Option<&str>) -> Body {
        // Text and numbers alone: cannot fail.
        Body::from(serde_json::to_vec(&self.document(instance)).unwrap_or_default())
    }
}

impl IntoResponse for Problem {
    /// The answer. The problem stays in its extensions, so that the outermost layer can add the request's id.
    fn into_response(self) -> Response {
        if let Some(inside) = &self.0.inside {
            tracing::error!(code = self.0.code, error = %inside, "a request failed");
        }
        let mut response = Response::new(self.body(None));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
        if self.0.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(after) = self.0.retry_after {
            headers.insert(
                header::RETRY_AFTER,
                after.as_secs().saturating_add(u64::from(after.subsec_nanos() > 0)).into(),
            );
        }
        if let Some(upgrade) = self.0.upgrade.as_ref().and_then(|upgrade| HeaderValue::try_from(upgrade).ok())
        {
            headers.insert(header::UPGRADE, upgrade);
        }
        if let Some(range) =
            self.0.size.and_then(|size| HeaderValue::try_from(format!("bytes */{size}")).ok())
        {
            headers.insert(header::CONTENT_RANGE, range);
        }
        response.extensions_mut().insert(self);
        response
    }
}
