//! `GET /testruns/{id}/events`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::sse::Event as Sent;
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use testrunner_api::Role;
use testrunner_core::event::Event;
use testrunner_core::store::EventLimit;
use testrunner_core::{Seq, TestrunId};

use super::following::{Following, Next};
use super::position::position;
use super::stream::{self as sent, RETRY};
use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::paging::limit;
use crate::problem::Problem;
use crate::state::Api;

const LIMIT: u32 = 1_000;
const MOST: u32 = 10_000;
/// Most bytes in one page, but for one event that is larger.
const BYTES: usize = 4 << 20;
/// Before a store that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// From where on.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventParams {
    /// Only events after this one
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many at the most; not for live ones
    #[param(minimum = 1, maximum = 10000, default = 1000)]
    limit: Option<u32>,
}

/// A part of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EventsPage {
    /// The events, in order.
    events: Vec<Event>,
    /// The newest event that there is.
    last_seq: Seq,
    /// The Testrun has ended: after `last_seq` nothing will come.
    terminal: bool,
}

/// Follow a Testrun
///
/// With `Accept: text/event-stream` live, from any event on, without gaps or repetitions, until its end; then comes
/// `event: end`, and who connects again is told so by 204. Else a page of the log.
#[utoipa::path(
    get, path = "/testruns/{id}/events", tag = "testruns", operation_id = "follow_testrun",
    params(
        ("id" = TestrunId, Path, description = "The Testrun"), EventParams,
        ("Last-Event-ID" = Option<String>, Header, description = "The last event that was seen"),
        ("Accept" = Option<String>, Header, description = "text/event-stream for live events"),
    ),
    responses(
        (status = 200, description = "Events", content((EventsPage = "application/json"), (String = "text/event-stream"))),
        (status = 204, description = "The Testrun has ended, and nothing comes after this event"),
    )
)]
pub(crate) async fn run(
    State(api): State<Api>,
    caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    ApiQuery(params): ApiQuery<EventParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let limit = EventLimit { events: limit(params.limit, LIMIT, MOST)?, bytes: BYTES };
    let after = position(&headers, params.after)?.unwrap_or_default();
    if !wants_stream(&headers) {
        let page = api.engine.store().events(id, after, limit).await?;
        let (last_seq, terminal) = (page.last_seq, page.terminal);
        return Ok(Json(EventsPage { events: page.events, last_seq, terminal }).into_response());
    }
    let newest = api.engine.store().events(id, after, EventLimit { events: 1, bytes: 1 }).await?;
    if newest.terminal && after == newest.last_seq {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    if after > newest.last_seq {
        let message =
            format!("Testrun {id} has {} events; there is none {after} to go on from", newest.last_seq);
        return Err(Problem::bad_request(message));
    }
    let follower = api.config.farewell.follower(&api.config.shutdown);
    let events = events(Following::new(&api, id, after)).map(move |told| {
        let _ = &follower;
        told
    });
    sent::respond(&api, caller.identity(), Role::Viewer, events)
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/event-stream"))
}

/// The events, then `end`. A store that fails for a while is asked again; one that fails for good ends the stream,
/// and the client connects again.
fn events(following: Following) -> impl Stream<Item = Sent> + Send + 'static {
    stream::unfold(Some((following, true)), |state| async move {
        let (mut following, first) = state?;
        loop {
            match following.next().await {
                Next::Event(event) => {
                    let seq = event.seq.to_string();
                    let mut told = sent::event(event.body.kind(), &event).id(seq);
                    if first {
                        told = told.retry(RETRY);
                    }
                    return Some((told, Some((following, false))));
                }
                Next::End => {
                    let end = sent::event("end", &serde_json::json!({ "last_seq": following.position() }));
                    return Some((end, None));
                }
                Next::Left => return None,
                Next::Failed(error) if error.is_retryable() => tokio::time::sleep(PAUSE).await,
                Next::Failed(error) => {
                    tracing::warn!(%error, "a stream of events ended");
                    return None;
                }
            }
        }
    })
}
