//! All routes, and what every request goes through.

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use std::time::Instant;
use testrunner_core::Engine;
use utoipa::openapi::Server;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::config::HttpConfig;
use crate::guard::Guard;
use crate::problem::Problem;
use crate::state::Api;
use crate::{
    console, docs, events, guard, health, insights, metrics, openapi, queue, session, testruns, work,
};

/// The whole facade over an engine: API, live events, reference page. Mount it at the root, or nest it under any
/// prefix that the configuration names.
///
/// The engine is started by whoever made it. All requests are authenticated, see [`HttpConfig::authenticator`].
pub fn router(engine: Engine, config: HttpConfig) -> Router {
    let guard = Guard::new(Arc::new(config));
    let api = Api::new(engine, &guard);
    let (routes, mut document) = routes().split_for_parts();
    if !api.config.prefix().is_empty() {
        document.servers = Some(vec![Server::new(api.config.prefix())]);
    }
    let routes = routes
        .merge(docs::routes(openapi::to_json(document)))
        .merge(console::routes(api.config.prefix()))
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed().into_response() });
    let routes = console::fall_back(routes, api.config.prefix()).with_state(api.clone());

    // Outside of the guard: what is refused is counted too.
    guard::protect(routes, &guard).layer(middleware::from_fn_with_state(api, count))
}

/// The routes with their descriptions.
fn routes() -> OpenApiRouter<Api> {
    let v1 = OpenApiRouter::new()
        .routes(routes!(testruns::list::list, testruns::create::create))
        .routes(routes!(testruns::selection::selection))
        .routes(routes!(testruns::get::get, testruns::delete::delete))
        .routes(routes!(testruns::cancel::cancel))
        .routes(routes!(testruns::rerun::rerun))
        .routes(routes!(testruns::files::list))
        .routes(routes!(testruns::files::get))
        .routes(routes!(testruns::cases::cases))
        .routes(routes!(testruns::log::text))
        .routes(routes!(testruns::log::chunks))
        .routes(routes!(testruns::log::find))
        .routes(routes!(testruns::junit::junit))
        .routes(routes!(events::run))
        .routes(routes!(queue::waiting))
        .routes(routes!(events::all))
        .routes(routes!(queue::view))
        .routes(routes!(queue::workers))
        .routes(routes!(insights::trend))
        .routes(routes!(insights::files))
        .routes(routes!(insights::cases))
        .routes(routes!(insights::flaky))
        .routes(routes!(insights::history))
        .routes(routes!(work::claim))
        .routes(routes!(work::renew))
        .routes(routes!(work::append))
        .routes(routes!(work::finish))
        .routes(routes!(work::files))
        .routes(routes!(work::blob))
        .routes(routes!(work::bell))
        .routes(routes!(work::presence))
        .merge(session::routes());
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::version))
        .routes(routes!(metrics::metrics))
        .nest("/api/v1", v1)
}

/// The description of all routes.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    routes().split_for_parts().1
}

/// Counts each answer by the route's pattern, never by what was asked for.
async fn count(State(api): State<Api>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    // Callers may make up methods without end; their names are not kept.
    let method = match request.method() {
        known @ (&Method::GET
        | &Method::HEAD
        | &Method::POST
        | &Method::DELETE
        | &Method::PUT
        | &Method::PATCH) => known.as_str().to_owned(),
        _ => "other".to_owned(),
    };
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(String::new, |path| path.as_str().to_owned());
    let response = next.run(request).await;
    api.metrics.answered(&method, &route, response.status().as_u16(), begun.elapsed());
    response
}
