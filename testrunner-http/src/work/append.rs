//! `POST /work/append`

use axum::Json;
use axum::extract::State;
use testrunner_api::AppendDocument;
use testrunner_core::store::{Appended, Batch};

use super::caller::WorkCaller;
use super::{check, refusal};
use crate::extract::WriteJson;
use crate::problem::Problem;
use crate::state::Api;

/// Store events
///
/// Each is stored once: what is stored already is skipped. Output that is not UTF-8 travels as base64.
#[utoipa::path(
    post, path = "/work/append", tag = "work", operation_id = "append_events",
    params(("Testrunner-Work-Version" = u32, Header, description = "1")),
    request_body = AppendDocument,
    responses((status = 200, description = "They are stored", body = Appended), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn append(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
    WriteJson(asked): WriteJson<AppendDocument>,
) -> Result<Json<Appended>, Problem> {
    let lease = refusal::open(&api, &identity, &asked.lease)?;
    check::events(&asked.events)?;
    let batch = Batch { from_n: asked.from_n, events: &asked.events };
    let appended = api.engine.append(lease.key, lease.run, batch).await;
    appended.map(Json).map_err(|error| refusal::refuse(&api, error))
}
