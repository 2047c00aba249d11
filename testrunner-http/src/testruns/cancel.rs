//! `POST /testruns/{id}/cancel`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use testrunner_api::Cancelled;
use testrunner_core::TestrunId;
use testrunner_core::store::StopOutcome;

use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Ask a Testrun to stop
///
/// From the answer on the request cannot be lost. Asking again changes nothing.
#[utoipa::path(
    post, path = "/testruns/{id}/cancel", tag = "testruns", operation_id = "cancel_testrun",
    params(("id" = TestrunId, Path, description = "The Testrun")),
    responses((status = 202, description = "It stops, or was asked to before", body = Cancelled))
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
) -> Result<(StatusCode, Json<Cancelled>), Problem> {
    let run = api.engine.get(id).await?;
    caller.may_act_for(&run.summary.username)?;
    let outcome = api.engine.cancel(id, caller.subject()).await?;
    if let StopOutcome::AlreadyTerminal { status } = outcome {
        return Err(Problem::conflict(format!("Testrun {id} has ended already: {status}")));
    }
    Ok((StatusCode::ACCEPTED, Json(Cancelled { id, outcome })))
}
