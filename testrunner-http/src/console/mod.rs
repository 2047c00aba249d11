//! The web console: compiled files that are part of this crate, and the page that loads them.

mod assets;
mod page;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use axum::response::IntoResponse as _;
use axum::routing::get;
use tower_http::compression::CompressionLayer;

use self::page::Page;
use crate::problem::Problem;
use crate::state::Api;

/// The page at the root, and its files.
pub(crate) fn routes(prefix: &str) -> Router<Api> {
    let page = Page::new(prefix);
    Router::new()
        .route("/", get(move || async move { page.answer() }))
        .route("/assets/{*path}", get(assets::asset))
        .layer(CompressionLayer::new())
}

/// What is no route of the server's: for a browser that looks for a page, the console, which has addresses of its own.
pub(crate) fn fall_back(router: Router<Api>, prefix: &str) -> Router<Api> {
    let page = Page::new(prefix);
    router.fallback(|request: Request| async move {
        if wants_page(request.method(), request.uri().path(), request.headers()) {
            return page.answer();
        }
        Problem::no_route().into_response()
    })
}

fn wants_page(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let html = accepts.flat_map(|value| value.split(',')).any(|one| one.trim().starts_with("text/html"));
    (method == Method::GET || method == Method::HEAD)
        && html
        && !["/api", "/metrics", "/docs", "/assets"]
            .iter()
            .any(|own| path.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn pages_are_for_browsers_alone() {
        let accepting = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(value));
            headers
        };
        let browser = accepting("text/html,application/xhtml+xml,*/*;q=0.8");
        for path in ["/new", "/testruns/17", "/apiary", "/nothing/at/all"] {
            assert!(wants_page(&Method::GET, path, &browser), "{path}");
            assert!(wants_page(&Method::HEAD, path, &browser), "{path}");
            assert!(!wants_page(&Method::POST, path, &browser), "{path}");
            assert!(!wants_page(&Method::GET, path, &accepting("*/*")), "{path}");
            assert!(!wants_page(&Method::GET, path, &HeaderMap::new()), "{path}");
        }
        for path in ["/api", "/api/v1/nothing", "/metrics/x", "/docs/x", "/assets/x.js"] {
            assert!(!wants_page(&Method::GET, path, &browser), "{path}");
        }
    }
}
