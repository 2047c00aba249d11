//! What every stream of events has: a bound on their number, a heartbeat, and an end when the server goes or its reader
//! is no longer let in.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use testrunner_api::Role;

use crate::guard::{Caller, LiveStream};
use crate::problem::Problem;
use crate::state::Api;
use crate::token::{Authenticator, Identity};

const HEARTBEAT: Duration = Duration::from_secs(15);
/// After this a browser connects again.
pub(crate) const RETRY: Duration = Duration::from_secs(2);

/// Answers with a stream for whoever has at least this role, which has to end with the server: an open one would hold up
/// its end for ever.
///
/// # Errors
/// The caller has too many open.
pub(crate) fn respond(
    api: &Api,
    identity: &Identity,
    role: Role,
    events: impl Stream<Item = Event> + Send + 'static,
) -> Result<Response, Problem> {
    let authenticator = Arc::clone(&api.config.authenticator);
    let revoked = Box::pin(revoked(authenticator, identity.token.clone(), role));
    let permit = api.rates.stream(identity)?;
    let open = api.metrics.stream_opened();
    let events = events.take_until(revoked).map(move |event| {
        let _ = (&permit, &open);
        Ok::<_, Infallible>(event)
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Proxies that collect answers before they pass them on would make it less than live.
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.extensions_mut().insert(LiveStream);
    Ok(response)
}

/// Ends when the token may no longer read; looks with each heartbeat.
async fn revoked(authenticator: Arc<dyn Authenticator>, token: String, role: Role) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let identity = authenticator.is_valid(&token).await;
        let may = |identity| match role {
            Role::Worker => Caller(identity).require_worker().is_ok(),
            role => Caller(identity).require(role).is_ok(),
        };
        if !identity.is_some_and(may) {
            return;
        }
    }
}

/// One event with a JSON document.
pub(super) fn event(name: &'static str, data: &impl Serialize) -> Event {
    // What we define ourselves can be written as JSON: keys are strings, numbers are finite.
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}
