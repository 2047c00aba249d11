//! `POST /work/presence`

use axum::Json;
use axum::extract::State;
use testrunner_api::{NotedDocument, PresenceDocument};
use testrunner_core::store::WorkerNotice;

use super::caller::WorkCaller;
use super::{check, refusal};
use crate::extract::ApiJson;
use crate::problem::Problem;
use crate::state::Api;

/// Say that a worker is there
///
/// For people to read, in the list of workers. To be said every 15 seconds; whoever is silent for 45 is no longer listed.
#[utoipa::path(
    post, path = "/work/presence", tag = "work", operation_id = "tell_presence",
    params(("Testrunner-Work-Version" = u32, Header, description = "1")),
    request_body = PresenceDocument,
    responses((status = 200, description = "It is noted", body = NotedDocument), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn presence(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
    ApiJson(said): ApiJson<PresenceDocument>,
) -> Result<Json<NotedDocument>, Problem> {
    let id = check::name(&identity, &said.worker)?;
    let store = api.engine.store();
    let noted = if said.leaving {
        store.depart(&id).await
    } else {
        check::many("executors", said.executors.len())?;
        check::labels(&said.labels)?;
        check::version(&said.version)?;
        let PresenceDocument { slots, executors, labels, draining, version, .. } = said;
        store.announce(&WorkerNotice { id: id.clone(), slots, executors, labels, draining, version }).await
    };
    noted.map_err(|error| refusal::refuse(&api, error))?;
    Ok(Json(NotedDocument { worker: id }))
}
