//! `GET /queue`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::QueueDocument;

use super::document;
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::paging::limit;
use crate::problem::Problem;
use crate::state::Api;

const LIMIT: u32 = 100;
const MOST: u32 = 10_000;

/// How much of it.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueParams {
    /// How many items at the most
    #[param(minimum = 1, maximum = 10000, default = 100)]
    limit: Option<u32>,
}

/// The queue
///
/// Items that run, then those that wait, in the order in which they will be started.
#[utoipa::path(
    get, path = "/queue", tag = "queue", operation_id = "get_queue", params(QueueParams),
    responses((status = 200, description = "The queue", body = QueueDocument))
)]
pub(crate) async fn view(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<QueueParams>,
) -> Result<Json<QueueDocument>, Problem> {
    let backlog = api.engine.store().backlog(limit(params.limit, LIMIT, MOST)?).await?;
    let items = backlog.items.iter().map(document).collect();
    Ok(Json(QueueDocument { ready: backlog.ready, leased: backlog.leased, items }))
}
