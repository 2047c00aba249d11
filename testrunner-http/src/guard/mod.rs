//! What every request goes through before a handler sees it.

mod auth;
mod caller;
pub(crate) mod deadline;
mod headers;
mod host;
mod origin;
mod panics;
mod rates;
mod request;
mod under_way;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use tower_http::catch_panic::CatchPanicLayer;

pub use self::caller::Caller;
pub use self::deadline::Pace;
pub use self::rates::{Permit, RateLimits, Rates};
pub(crate) use self::under_way::LiveStream;

use crate::config::HttpConfig;
use crate::session::Sessions;

/// What the layers share. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Guard {
    /// The settings.
    pub config: Arc<HttpConfig>,
    /// Who uses how much now.
    pub rates: Arc<RateLimits>,
    /// The browsers' sessions.
    pub sessions: Arc<Sessions>,
}

impl Guard {
    /// A guard by these settings.
    #[must_use]
    pub fn new(config: Arc<HttpConfig>) -> Self {
        let rates = Arc::new(RateLimits::new(&config.rates));
        let sessions = Arc::new(Sessions::new(&config));
        Self { config, rates, sessions }
    }
}

/// Puts all layers around a router, also around what it answers to unknown routes.
///
/// From the outside to the inside:
/// the request's id, the headers of every answer, panics, what no request may have, the host's name, the origin,
/// the token and how much of everything it uses.
pub fn protect(router: Router, guard: &Guard) -> Router {
    router
        .layer(from_fn_with_state(guard.clone(), auth::authenticate))
        .layer(from_fn_with_state(guard.clone(), origin::check))
        .layer(from_fn_with_state(guard.clone(), host::check))
        .layer(from_fn_with_state(guard.clone(), request::check))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(map_response(headers::secure))
        .layer(from_fn(request::identify))
}
