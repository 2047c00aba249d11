//! `GET /testruns/{id}/junit`

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use testrunner_core::store::EventLimit;
use testrunner_core::{Report, Seq, TestrunId};

use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// A Testrun as JUnit XML
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
    let run = api.engine.get(id).await?;
    let mut report = Report::default();
    loop {
        let page = api.engine.store().events(id, report.last_seq, EventLimit::default()).await?;
        page.events.iter().for_each(|event| report.apply(event));
        // What came after the Testrun was read belongs to the next report.
        if page.events.is_empty() || report.last_seq >= run.summary.last_seq {
            break;
        }
    }
    debug_assert!(report.last_seq >= Seq(0));
    let document = testrunner_junit::document(&run, &report)
        .map_err(|error| Problem::internal(format!("the JUnit report of Testrun {id}: {error}")))?;
    let name = format!("attachment; filename=\"testrun-{id}.xml\"");
    Ok((
        [(header::CONTENT_TYPE, "application/xml".to_owned()), (header::CONTENT_DISPOSITION, name)],
        document,
    )
        .into_response())
}
