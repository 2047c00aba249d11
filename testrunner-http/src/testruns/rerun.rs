//! `POST /testruns/{id}/rerun`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use testrunner_api::RerunRequest;
use testrunner_core::{Rerun, Source, TestrunDocument, TestrunId};

use super::submission;
use crate::extract::{ApiJson, ApiPath};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Run a Testrun again
///
/// All its files or only those that are not in order, as they were uploaded. The new Testrun names the old one in
/// `retry_of`.
#[utoipa::path(
    post, path = "/testruns/{id}/rerun", tag = "testruns", operation_id = "rerun_testrun",
    params(("id" = TestrunId, Path, description = "The Testrun"), ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat")),
    request_body = RerunRequest,
    responses(
        (status = 201, description = "The new Testrun", body = TestrunDocument),
        (status = 200, description = "It was there, under the same key", body = TestrunDocument),
    )
)]
pub(crate) async fn rerun(
    State(api): State<Api>,
    caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    headers: HeaderMap,
    ApiJson(request): ApiJson<RerunRequest>,
) -> Result<Response, Problem> {
    let key = submission::key(&headers)?;
    let run = api.engine.get(id).await?;
    caller.may_act_for(&run.summary.username)?;
    if matches!(run.summary.source, Source::Directory { .. }) {
        let message = format!(
            "Testrun {id} was run in a folder of its submitter's; only `testrunner rerun` there can repeat it"
        );
        return Err(Problem::conflict(message));
    }
    submission::admit(&api, &caller, &run.summary.username, key.as_deref()).await?;
    let which = if request.failed { Rerun::Failed } else { Rerun::All };
    let mut spec = api.engine.rerun(id, which).await?;
    spec.idempotency_key = key;
    submission::submit(&api, spec).await
}
