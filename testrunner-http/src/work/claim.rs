//! `POST /work/claim`

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use testrunner_api::{ClaimDocument, ClaimedDocument, LeaseDocument};
use testrunner_core::doorbell::Topic;
use testrunner_core::store::{ClaimRequest, Claimed};
use testrunner_core::{EngineError, clock};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::caller::WorkCaller;
use super::check;
use super::lease::Signed;
use super::unclaimed::{Sent, Unclaimed};
use crate::extract::ApiJson;
use crate::problem::Problem;
use crate::state::Api;
use crate::token::Identity;

const LONGEST: Duration = Duration::from_secs(20);
/// Longest wait before the store is asked again although nobody rang.
const POLL: Duration = Duration::from_secs(5);

/// Claim items
///
/// Leases items to the worker; waits for them if it is asked to. Each lease comes as a text that is shown with every write
/// about it. Who closes the connection before the answer has left gets nothing: the items go back.
#[utoipa::path(
    post, path = "/work/claim", tag = "work", operation_id = "claim_items",
    params(("Testrunner-Work-Version" = u32, Header, description = "1")),
    request_body = ClaimDocument,
    responses((status = 200, description = "The leases; none when there was nothing in time", body = ClaimedDocument), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn claim(
    State(api): State<Api>,
    caller: WorkCaller,
    ApiJson(asked): ApiJson<ClaimDocument>,
) -> Result<Response, Problem> {
    let end = Instant::now() + Duration::from_micros(asked.wait_us).min(LONGEST);
    let request = check::claim(&caller.0, asked)?;
    // Armed before the first look, so that nothing comes between.
    let mut bell = api.engine.doorbell().listen(Topic::Work);
    loop {
        let (claimed, unclaimed) = take(&api, request.clone()).await?;
        let left = end.saturating_duration_since(Instant::now());
        if !claimed.leases.is_empty() || left.is_zero() || api.config.shutdown.is_cancelled() {
            return answer(&api, &caller.0, &request, claimed, unclaimed);
        }
        let due = claimed.next_ready_in.unwrap_or(POLL);
        tokio::select! {
            _ = bell.rung(left.min(POLL).min(due)) => {}
            () = api.config.shutdown.cancelled() => {}
        }
        if !caller.is_let_in(&api).await {
            return Err(Problem::unauthenticated());
        }
    }
}

/// Claims in a task of its own: what was claimed is given back, also when the asker has gone before the store answered.
async fn take(api: &Api, request: ClaimRequest) -> Result<(Claimed, Unclaimed), Problem> {
    let (tell, told) = oneshot::channel();
    let engine = api.engine.clone();
    tokio::spawn(async move {
        let claimed = engine.claim(&request).await.map(|claimed| {
            let unclaimed = Unclaimed::new(engine, &claimed);
            (claimed, unclaimed)
        });
        // Nobody listens any more: it is dropped here, and so given back.
        drop(tell.send(claimed));
    });
    let gone = |_| EngineError::Config("the claim broke off".to_owned());
    Ok(told.await.map_err(gone)??)
}

fn answer(
    api: &Api,
    identity: &Identity,
    request: &ClaimRequest,
    claimed: Claimed,
    leases: Unclaimed,
) -> Result<Response, Problem> {
    let us = |time: Duration| u64::try_from(clock::micros(time)).unwrap_or_default();
    let mut sealed = Vec::with_capacity(claimed.leases.len());
    for assignment in claimed.leases {
        let signed = Signed { run: assignment.run, key: assignment.key };
        let lease = signed.seal(&api.work_key, identity);
        let lease = lease.ok_or_else(|| Problem::internal("a lease cannot be signed"))?;
        sealed.push(LeaseDocument { lease, ttl_us: us(assignment.ttl.unwrap_or(request.ttl)), assignment });
    }
    let document = ClaimedDocument { leases: sealed, next_ready_in_us: claimed.next_ready_in.map(us) };
    let bytes = serde_json::to_vec(&document).map_err(Problem::internal)?;
    let mut response = Response::new(Body::new(Sent { bytes: Some(Bytes::from(bytes)), leases }));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
