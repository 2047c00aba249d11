//! Bytes of users, answered so that no browser ever runs them.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Nothing may be loaded or run, and the page has no origin.
const POLICY: HeaderValue = HeaderValue::from_static("sandbox; default-src 'none'");
/// RFC 8187 leaves more as they are; these are enough to be readable.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Bytes,
    /// Text, told to be UTF-8.
    Text,
}

/// Answers with bytes of a user's as a download of that name.
#[must_use]
pub fn user_content(bytes: impl Into<Body>, filename: &str, kind: Kind) -> Response {
    let mut response = Response::new(bytes.into());
    let headers = response.headers_mut();
    let kind = match kind {
        Kind::Bytes => "application/octet-stream",
        Kind::Text => "text/plain; charset=utf-8",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, POLICY);
    let name = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(filename, ESCAPED));
    // Letters, digits and percent signs alone: always a header.
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(header::CONTENT_DISPOSITION, name);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_active() {
        for (name, kind, told) in [
            ("test_a.py", Kind::Text, "test_a.py"),
            ("x.svg", Kind::Bytes, "x.svg"),
            ("a\"; filename=b.html\r\nX: y", Kind::Bytes, "a%22%3B%20filename%3Db.html%0D%0AX%3A%20y"),
            ("\u{202e}ü.html", Kind::Bytes, "%E2%80%AE%C3%BC.html"),
        ] {
            let response = user_content("<script>alert(1)</script>", name, kind);
            let text = |name| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(text(header::CONTENT_DISPOSITION), format!("attachment; filename*=UTF-8''{told}"));
            assert_eq!(text(header::CONTENT_SECURITY_POLICY), "sandbox; default-src 'none'");
            let kinds = ["application/octet-stream", "text/plain; charset=utf-8"];
            assert_eq!(text(header::CONTENT_TYPE), kinds[usize::from(kind == Kind::Text)]);
        }
    }
}
