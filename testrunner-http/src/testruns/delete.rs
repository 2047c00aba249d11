//! `DELETE /testruns/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use testrunner_core::TestrunId;

use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Remove a Testrun
///
/// With all that is stored of it. It has to have ended.
#[utoipa::path(
    delete, path = "/testruns/{id}", tag = "testruns", operation_id = "delete_testrun",
    params(("id" = TestrunId, Path, description = "The Testrun")),
    responses((status = 204, description = "It is gone"))
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
) -> Result<StatusCode, Problem> {
    let run = api.engine.get(id).await?;
    caller.may_act_for(&run.summary.username)?;
    api.engine.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
