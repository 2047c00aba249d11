//! The description, and a page that shows it, without anything from elsewhere.

use axum::Json;
use axum::Router;
use axum::http::header;
use axum::routing::get;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::state::Api;

/// The page's scripts and styles are its own files; styles are also set by its scripts.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; font-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes(document: OpenApi) -> Router<Api> {
    let page = SwaggerUi::new("/docs").config(Config::from("../openapi.json"));
    let page: Router<Api> = page.into();
    let page =
        page.layer(axum::middleware::map_response(|mut response: axum::response::Response| async move {
            response
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, header::HeaderValue::from_static(POLICY));
            response
        }));
    Router::new().route("/openapi.json", get(|| async move { Json(document) })).merge(page)
}
