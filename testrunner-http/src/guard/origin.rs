//! Whose page asks: only our own may. Programs say nothing of pages, and need a token anyway.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::host::Authority;
use super::{Guard, auth};
use crate::problem::Problem;

const SITE: &str = "sec-fetch-site";

/// Checks whatever changes something, and whatever answers with what is not public: other pages must not even
/// learn that it is there.
pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let checked = !request.method().is_safe() || !auth::is_public(request.method(), request.uri().path());
    let own = request.extensions().get::<Authority>();
    if checked && !own.is_some_and(|own| is_own(request.headers(), own, guard.config.https)) {
        return Problem::cross_origin().into_response();
    }
    next.run(request).await
}

fn is_own(headers: &HeaderMap, own: &Authority, https: bool) -> bool {
    let mut sites = headers.get_all(SITE).iter();
    let site = match (sites.next(), sites.next()) {
        (None, _) => true,
        (Some(site), None) => matches!(site.as_bytes(), b"same-origin" | b"none"),
        (Some(_), Some(_)) => false,
    };
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| is_origin(origin, own, https)),
        (Some(_), Some(_)) => false,
    };
    site && origin
}

/// Scheme, host and port; `null` is nobody's.
fn is_origin(origin: &str, own: &Authority, https: bool) -> bool {
    let (scheme, port) = if https { ("https://", 443) } else { ("http://", 80) };
    let named = origin.strip_prefix(scheme).and_then(Authority::parse);
    named
        .is_some_and(|named| named.host == own.host && named.port.unwrap_or(port) == own.port.unwrap_or(port))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn asked(headers: &[(&'static str, &'static str)], host: &str, https: bool) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_own(&map, &Authority::parse(host).unwrap(), https)
    }

    #[test]
    fn our_own_pages_and_programs() {
        for (headers, host, https) in [
            (&[][..], "localhost:7878", false),
            (&[("sec-fetch-site", "same-origin")], "localhost:7878", false),
            (&[("sec-fetch-site", "none")], "localhost:7878", false),
            (&[("origin", "http://localhost:7878")], "localhost:7878", false),
            (&[("origin", "http://localhost")], "localhost:80", false),
            (&[("origin", "https://ci.example")], "ci.example", true),
            (&[("origin", "http://[::1]:7878"), ("sec-fetch-site", "same-origin")], "[::1]:7878", false),
        ] {
            assert!(asked(headers, host, https), "{headers:?} at {host}");
        }
    }

    #[test]
    fn pages_of_others() {
        for (headers, https) in [
            (&[("sec-fetch-site", "cross-site")][..], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "")], false),
            (&[("sec-fetch-site", "Same-Origin")], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "http://evil.test")], false),
            (&[("origin", "null")], false),
            (&[("origin", "")], false),
            (&[("origin", "http://localhost:7879")], false),
            (&[("origin", "http://localhost")], false),
            (&[("origin", "https://localhost:7878")], false),
            (&[("origin", "http://localhost:7878")], true),
            (&[("origin", "http://127.0.0.1:7878")], false),
            (&[("origin", "http://localhost:7878/")], false),
            (&[("origin", "http://localhost:7878"), ("origin", "http://evil.test")], false),
            (&[("origin", "http://evil.test"), ("sec-fetch-site", "same-origin")], false),
            (&[("origin", "http://localhost:7878"), ("sec-fetch-site", "same-site")], false),
        ] {
            assert!(!asked(headers, "localhost:7878", https), "{headers:?}");
        }
    }
}
