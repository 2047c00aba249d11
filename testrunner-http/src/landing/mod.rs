//! The page at the root: swaps the one-time code of a link for the browser's cookie.

use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;

use crate::state::Api;

/// Every address in it is absolute, because a mounted facade is asked for with and without a slash at the end.
pub(crate) fn routes(prefix: &str) -> Router<Api> {
    let page = include_str!("page.html").replace("{prefix}", prefix);
    Router::new()
        .route("/", get(|| async move { Html(page) }))
        .route("/landing.js", get(|| file("text/javascript; charset=utf-8", include_str!("landing.js"))))
        .route("/landing.css", get(|| file("text/css; charset=utf-8", include_str!("landing.css"))))
}

async fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], text)
}
