//! `GET /testruns/{id}`

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use testrunner_core::{TestrunDocument, TestrunId};

use super::etag::{etag, is_known};
use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// One Testrun
///
/// With all its files. The tag changes with each event, so that asking again is cheap.
#[utoipa::path(
    get, path = "/testruns/{id}", tag = "testruns", operation_id = "get_testrun",
    params(("id" = TestrunId, Path, description = "The Testrun"), ("If-None-Match" = Option<String>, Header, description = "A tag that was answered before")),
    responses((status = 200, description = "The Testrun", body = TestrunDocument, headers(("ETag" = String, description = "Its version"))), (status = 304, description = "It is as it was"))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let run = api.engine.get(id).await?;
    let tag = etag(&run.summary);
    if is_known(&headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let items = api.engine.items(id).await?;
    let schedule = api.schedules.of(&api.engine, &run, &items).await?;
    let document = TestrunDocument::from(&run).with_attempts(&items).with_schedule(schedule);
    Ok(([(header::ETAG, tag)], Json(document)).into_response())
}
