//! `POST /work/renew`

use axum::Json;
use axum::extract::State;
use testrunner_api::{RenewDocument, RenewedDocument};

use super::caller::WorkCaller;
use super::{check, refusal};
use crate::extract::ApiJson;
use crate::problem::Problem;
use crate::state::Api;

/// Renew leases
///
/// Lengthens them, and tells which of their Testruns are to stop. A lease that is lost is an answer; one that is not this
/// token's is refused with all others.
#[utoipa::path(
    post, path = "/work/renew", tag = "work", operation_id = "renew_leases",
    params(("Testrunner-Work-Version" = u32, Header, description = "1")),
    request_body = RenewDocument,
    responses((status = 200, description = "One answer for each", body = RenewedDocument), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn renew(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
    ApiJson(asked): ApiJson<RenewDocument>,
) -> Result<Json<RenewedDocument>, Problem> {
    check::many("leases", asked.leases.len())?;
    let ttl = check::ttl(asked.ttl_us)?;
    let opened =
        asked.leases.iter().map(|lease| refusal::open(&api, &identity, lease).map(|lease| lease.key));
    let keys: Vec<_> = opened.collect::<Result<_, _>>()?;
    let leases = api.engine.renew(&keys, ttl).await.map_err(|error| refusal::refuse(&api, error))?;
    Ok(Json(RenewedDocument { leases }))
}
