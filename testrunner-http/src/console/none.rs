//! Instead of the console, where it was left out.

use axum::Router;
use axum::response::{Html, IntoResponse as _};
use axum::routing::get;

use crate::problem::Problem;
use crate::state::Api;

/// A page that says so.
pub(crate) fn routes(prefix: &str) -> Router<Api> {
    let page = format!(
        "<!doctype html><html lang=\"en\"><title>TestRunner</title><h1>TestRunner</h1>\
         <p>This server was built without its console. <a href=\"{prefix}/docs/\">Reference of the HTTP API</a></p>"
    );
    Router::new().route("/", get(|| async move { Html(page) }))
}

/// What is no route of the server's.
pub(crate) fn fall_back(router: Router<Api>, _prefix: &str) -> Router<Api> {
    router.fallback(|| async { Problem::no_route().into_response() })
}
