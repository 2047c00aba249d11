//! `GET /workers`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use testrunner_api::{OpenItemDocument, WorkerDocument, Workers};
use testrunner_core::WorkerId;

use super::document;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// More items are not held by one machine's workers.
const MOST: u32 = 10_000;

/// The workers
///
/// This server's own, and those of other programs as far as they hold something.
#[utoipa::path(
    get, path = "/workers", tag = "queue", operation_id = "list_workers",
    responses((status = 200, description = "Who is there, and what they hold", body = Workers))
)]
pub(crate) async fn workers(State(api): State<Api>, _caller: Caller) -> Result<Json<Workers>, Problem> {
    let backlog = api.engine.store().backlog(MOST).await?;
    let mut held = BTreeMap::<WorkerId, Vec<OpenItemDocument>>::new();
    for item in &backlog.items {
        if let Some(worker) = item.worker.clone().filter(|_| item.lease_until.is_some() || item.pinned)
            && item.state == testrunner_core::ItemState::Leased
        {
            held.entry(worker).or_default().push(document(item));
        }
    }
    let mut workers = Vec::new();
    if let Some(own) = api.engine.worker_status() {
        workers.push(WorkerDocument {
            items: held.remove(&own.id).unwrap_or_default(),
            id: own.id,
            local: true,
            slots: Some(u32::try_from(own.slots).unwrap_or(u32::MAX)),
            draining: Some(own.draining),
            executors: Some(own.executors),
        });
    }
    workers.extend(held.into_iter().map(|(id, items)| WorkerDocument {
        id,
        local: false,
        slots: None,
        draining: None,
        executors: None,
        items,
    }));
    Ok(Json(Workers { workers }))
}
