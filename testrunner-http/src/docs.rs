//! The description, and a page that shows it, without anything from elsewhere.

use axum::Router;
use axum::http::header;
use axum::routing::get;
use bytes::Bytes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::state::Api;

/// The page's scripts and styles are its own files; styles are also set by its scripts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of both; `document` is the description as JSON.
pub(crate) fn routes(document: Bytes) -> Router<Api> {
    let page = SwaggerUi::new("/docs").config(Config::from("../openapi.json"));
    let page: Router<Api> = page.into();
    let page =
        page.layer(axum::middleware::map_response(|mut response: axum::response::Response| async move {
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(POLICY));
            response
        }));
    // Not as a value, which would take ten times the memory for each clone of the handler.
    let json = [(header::CONTENT_TYPE, "application/json")];
    Router::new().route("/openapi.json", get(move || async move { (json, document) })).merge(page)
}
