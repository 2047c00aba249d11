//! `GET /work/bell`

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::Event as Sent;
use futures_util::{Stream, StreamExt as _, stream};
use testrunner_api::Role;
use testrunner_core::doorbell::{Doorbell, Topic, Wake};

use super::caller::WorkCaller;
use crate::events::{self, RETRY};
use crate::problem::Problem;
use crate::state::Api;

/// Rings that come closer together are told as one.
const APART: Duration = Duration::from_millis(20);
/// A listener wants a bound; after it, it listens on.
const LONG: Duration = Duration::from_hours(1);

/// Hear of work and of stops
///
/// `event: work` when items may wait, `event: stops` when a Testrun may have been asked to stop: then leases are to be
/// renewed. First comes `event: ready`. Rings may be lost; who relies on them alone waits for ever.
#[utoipa::path(
    get, path = "/work/bell", tag = "work", operation_id = "hear_bell",
    params(("Testrunner-Work-Version" = u32, Header, description = "1")),
    responses((status = 200, description = "Rings, without end", content_type = "text/event-stream", body = String), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn bell(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
) -> Result<Response, Problem> {
    let bell = api.engine.doorbell();
    let rings = stream::select(rings(bell, Topic::Work, "work"), rings(bell, Topic::Stops, "stops"));
    let rings = rings.take_until(api.config.shutdown.clone().cancelled_owned());
    let ready = Sent::default().event("ready").data("{}").retry(RETRY);
    let told = stream::once(std::future::ready(ready)).chain(rings);
    events::respond(&api, &identity, Role::Worker, told)
}

fn rings(
    bell: &Arc<dyn Doorbell>,
    topic: Topic,
    name: &'static str,
) -> impl Stream<Item = Sent> + Send + 'static {
    stream::unfold((bell.listen(topic), false), move |(mut listener, rung)| async move {
        if rung {
            tokio::time::sleep(APART).await;
        }
        while listener.rung(LONG).await == Wake::Timeout {}
        Some((Sent::default().event(name).data("{}"), (listener, true)))
    })
}
