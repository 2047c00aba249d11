//! `GET /workers`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use testrunner_api::{OpenItemDocument, WorkerDocument, Workers};
use testrunner_core::store::WorkerNotice;
use testrunner_core::{ItemState, WorkerId};

use super::document;
use super::fleet::Fleet;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Of more items it is not said who holds them.
const MOST: u32 = 10_000;

/// The workers
///
/// This server's own, and all others that were heard of lately or hold something.
#[utoipa::path(
    get, path = "/workers", tag = "queue", operation_id = "list_workers",
    responses((status = 200, description = "Who is there, and what they hold", body = Workers))
)]
pub(crate) async fn workers(State(api): State<Api>, _caller: Caller) -> Result<Json<Workers>, Problem> {
    let fleet = Fleet::of(&api).await?;
    let backlog = api.engine.store().backlog(MOST).await?;
    let mut held = BTreeMap::<WorkerId, Vec<OpenItemDocument>>::new();
    for item in backlog.items.iter().filter(|item| item.state == ItemState::Leased) {
        if let Some(worker) = item.worker.clone() {
            held.entry(worker).or_default().push(document(item));
        }
    }
    let mut workers = Vec::new();
    if let Some(own) = fleet.own {
        workers.push(WorkerDocument {
            local: true,
            slots: Some(u32::try_from(own.slots).unwrap_or(u32::MAX)),
            draining: Some(own.draining),
            executors: Some(own.executors),
            ..silent(own.id, &mut held)
        });
    }
    workers.extend(fleet.others.into_iter().map(|record| {
        let WorkerNotice { id, slots, executors, labels, draining, version } = record.notice;
        WorkerDocument {
            slots: Some(slots),
            draining: Some(draining),
            executors: Some(executors),
            labels: Some(labels),
            version: Some(version),
            since: Some(record.since),
            seen_at: Some(record.seen_at),
            ..silent(id, &mut held)
        }
    }));
    let unheard: Vec<WorkerId> = held.keys().cloned().collect();
    workers.extend(unheard.into_iter().map(|id| silent(id, &mut held)));
    Ok(Json(Workers { workers }))
}

/// A worker of which no more is known than what it holds.
fn silent(id: WorkerId, held: &mut BTreeMap<WorkerId, Vec<OpenItemDocument>>) -> WorkerDocument {
    WorkerDocument {
        items: held.remove(&id).unwrap_or_default(),
        id,
        local: false,
        slots: None,
        draining: None,
        executors: None,
        labels: None,
        version: None,
        since: None,
        seen_at: None,
    }
}
