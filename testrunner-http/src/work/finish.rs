//! `POST /work/finish`

use axum::Json;
use axum::extract::State;
use testrunner_api::FinishDocument;
use testrunner_core::store::{Batch, Finished};

use super::caller::WorkCaller;
use super::{check, refusal};
use crate::extract::WriteJson;
use crate::problem::Problem;
use crate::state::Api;

/// End a lease
///
/// Stores the last events and ends the lease, both or nothing. Said again by the same holder, it is answered as the first
/// time.
#[utoipa::path(
    post, path = "/work/finish", tag = "work", operation_id = "finish_item",
    params(("Testrunner-Work-Version" = u32, Header, description = "1")),
    request_body = FinishDocument,
    responses((status = 200, description = "It is ended", body = Finished), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn finish(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
    WriteJson(asked): WriteJson<FinishDocument>,
) -> Result<Json<Finished>, Problem> {
    let lease = refusal::open(&api, &identity, &asked.lease)?;
    check::events(&asked.events)?;
    let tail = Batch { from_n: asked.from_n, events: &asked.events };
    let finished = api.engine.finish(lease.key, lease.run, tail, &asked.outcome).await;
    finished.map(Json).map_err(|error| refusal::refuse(&api, error))
}
