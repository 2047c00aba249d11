//! `/healthz`, `/readyz`, `/version`: for whoever watches the server.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use testrunner_api::{Check, Readiness, Version};
use testrunner_core::event::SCHEMA_VERSION;
use testrunner_core::store::ListQuery;

use crate::state::Api;

/// Whether the process is alive
#[utoipa::path(
    get, path = "/healthz", tag = "server", operation_id = "get_health", security(()),
    responses((status = 200, description = "It is", content_type = "text/plain", body = String))
)]
pub(crate) async fn healthz() -> &'static str {
    "ok"
}

/// Whether requests can be served
#[utoipa::path(
    get, path = "/readyz", tag = "server", operation_id = "get_readiness", security(()),
    responses((status = 200, description = "They can", body = Readiness), (status = 503, description = "They cannot", body = Readiness))
)]
pub(crate) async fn readyz(State(api): State<Api>) -> (StatusCode, Json<Readiness>) {
    let check = |name: &str, result: Result<(), String>| Check {
        name: name.to_owned(),
        ok: result.is_ok(),
        message: result.err(),
    };
    let query = ListQuery { limit: 1, ..ListQuery::default() };
    let store = api.engine.list(&query).await.map(drop).map_err(|error| {
        tracing::warn!(%error, "the store does not answer");
        "the store does not answer; the server's log says more".to_owned()
    });
    let disk = match &api.config.reserve {
        Some(reserve) => reserve.check().await.map_err(|_| "the disk is nearly full".to_owned()),
        None => Ok(()),
    };
    let drains = api.engine.worker_status().is_some_and(|worker| worker.draining);
    let leaving = drains || api.config.shutdown.is_cancelled();
    let stays = if leaving { Err("it is shutting down".to_owned()) } else { Ok(()) };
    let checks = vec![check("store", store), check("disk", disk), check("running", stays)];
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, checks }))
}

/// What this server is
#[utoipa::path(
    get, path = "/version", tag = "server", operation_id = "get_version", security(()),
    responses((status = 200, description = "Its version", body = Version))
)]
pub(crate) async fn version() -> Json<Version> {
    Json(Version {
        name: "testrunner".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api: 1,
        events: SCHEMA_VERSION,
    })
}
