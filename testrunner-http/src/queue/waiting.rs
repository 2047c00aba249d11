//! `GET /testruns/{id}/queue`: why does it wait, and for how long.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use testrunner_api::{WaitReason, Waiting};
use testrunner_core::store::{Backlog, OpenItem};
use testrunner_core::testrun::Summary;
use testrunner_core::{ItemState, TestrunId, Timestamp};

use super::fleet::Fleet;
use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Positions beyond this are not counted.
const MOST: u32 = 10_000;

/// Why a Testrun waits
#[utoipa::path(
    get, path = "/testruns/{id}/queue", tag = "queue", operation_id = "get_waiting",
    params(("id" = TestrunId, Path, description = "The Testrun")),
    responses((status = 200, description = "Where it stands", body = Waiting))
)]
pub(crate) async fn waiting(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
) -> Result<Json<Waiting>, Problem> {
    let run = api.engine.get(id).await?;
    let backlog = api.engine.store().backlog(MOST).await?;
    let fleet = Fleet::of(&api).await?;
    Ok(Json(explain(&run.summary, &backlog, &fleet, api.engine.now())))
}

fn explain(run: &Summary, backlog: &Backlog, fleet: &Fleet, now: Timestamp) -> Waiting {
    let own = |item: &&OpenItem| item.run == run.id;
    let of = |state| backlog.items.iter().filter(own).filter(move |item| item.state == state);
    let running = u32::try_from(of(ItemState::Leased).count()).unwrap_or(u32::MAX);
    let waiting = run.items.open.saturating_sub(running);
    let ready: Vec<&OpenItem> = backlog.items.iter().filter(|item| item.state == ItemState::Ready).collect();
    let ahead = ready.iter().position(|item| item.run == run.id);
    let first = ahead.and_then(|ahead| ready.get(ahead).copied());
    let reason = reason(run, running, first, fleet, now);
    let slots = fleet.slots();
    let waits = matches!(reason, WaitReason::Queued | WaitReason::Running | WaitReason::Backoff);
    let estimated_start = match (ahead, first) {
        (Some(ahead), Some(first)) if waits && slots > 0 => {
            let at = now.after(time_ahead(backlog, ready.get(..ahead).unwrap_or_default(), slots));
            Some(at.max(first.not_before))
        }
        _ => None,
    };
    let position = ahead.map(|ahead| ahead as u64);
    Waiting {
        reason,
        message: message(reason, run, position, running),
        position,
        estimated_start,
        running,
        waiting,
    }
}

/// What is ahead, shared by all slots; of what runs half is taken to be done.
fn time_ahead(backlog: &Backlog, ahead: &[&OpenItem], slots: usize) -> Duration {
    let running: Duration =
        backlog.items.iter().filter(|item| item.state == ItemState::Leased).map(|item| item.weight / 2).sum();
    let waiting: Duration = ahead.iter().map(|item| item.weight).sum();
    let free = u64::try_from(slots).is_ok_and(|slots| backlog.leased < slots);
    if free && ahead.is_empty() {
        return Duration::ZERO;
    }
    (running + waiting) / u32::try_from(slots.max(1)).unwrap_or(u32::MAX)
}

fn reason(
    run: &Summary,
    running: u32,
    first: Option<&OpenItem>,
    fleet: &Fleet,
    now: Timestamp,
) -> WaitReason {
    if run.status.is_terminal() {
        return WaitReason::Ended;
    }
    if run.stop.is_some() {
        return WaitReason::Stopping;
    }
    if running > 0 {
        return WaitReason::Running;
    }
    if run.pinned_to.is_some() {
        return WaitReason::Pinned;
    }
    if !fleet.works() {
        return WaitReason::NoWorker;
    }
    if !fleet.has(&run.executor) {
        return WaitReason::NoExecutor;
    }
    if first.is_some_and(|first| first.not_before > now) {
        return WaitReason::Backoff;
    }
    WaitReason::Queued
}

fn message(reason: WaitReason, run: &Summary, position: Option<u64>, running: u32) -> String {
    match reason {
        WaitReason::Running => format!("{running} of its items run"),
        WaitReason::Ended => format!("it has ended: {}", run.status),
        WaitReason::Queued => match position {
            Some(0) => "it is the next to start".to_owned(),
            Some(1) => "1 item is ahead of it".to_owned(),
            Some(ahead) => format!("{ahead} items are ahead of it"),
            None => format!("more than {MOST} items are ahead of it"),
        },
        WaitReason::Backoff => {
            "it could not be run for reasons of infrastructure and is tried again soon".to_owned()
        }
        WaitReason::NoWorker => "no worker takes work just now".to_owned(),
        WaitReason::NoExecutor => format!("no worker that takes work has the executor {:?}", run.executor),
        WaitReason::Pinned => "only the program that submitted it can run it".to_owned(),
        WaitReason::Stopping => "it was asked to stop".to_owned(),
    }
}
