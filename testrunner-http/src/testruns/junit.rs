//! `GET /testruns/{id}/junit`

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use testrunner_core::{Report, TestrunId};

use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// A Testrun as JUnit XML
///
/// Few are put together at once, and downloads share a bound on memory; who waits for too long gets 503 and when to
/// come back.
#[utoipa::path(
    get, path = "/testruns/{id}/junit", tag = "testruns", operation_id = "get_junit",
    params(("id" = TestrunId, Path, description = "The Testrun")),
    responses((status = 200, description = "The report", content_type = "application/xml", body = String))
)]
pub(crate) async fn junit(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
) -> Result<Response, Problem> {
    let _turn = api.downloads.reports.take().await?;
    let run = api.engine.get(id).await?;
    // What came after the Testrun was read belongs to the next report.
    let report = Report::read(&**api.engine.store(), id, run.summary.last_seq).await?;
    let document = testrunner_junit::document(&run, &report)
        .map_err(|error| Problem::internal(format!("the JUnit report of Testrun {id}: {error}")))?;
    let room = api.downloads.room(document.len() as u64).await?;
    let name = format!("attachment; filename=\"testrun-{id}.xml\"");
    Ok((
        [(header::CONTENT_TYPE, "application/xml".to_owned()), (header::CONTENT_DISPOSITION, name)],
        room.hold(document),
    )
        .into_response())
}
