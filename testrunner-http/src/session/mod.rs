//! How a browser gets in: a one-time code, swapped for a cookie that no script can read.

mod codes;
mod cookie;
mod handlers;
mod key;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue};
use testrunner_core::Clock;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::handlers::{create_code, create_session, delete_session, who_am_i};
pub use self::key::SessionKey;

use self::codes::Codes;
use self::cookie::Cookies;
use crate::config::HttpConfig;
use crate::problem::Problem;
use crate::token::{Authenticator, Identity};

/// The browsers' sessions. Nothing of them is stored but codes that nobody has used yet: a cookie proves itself.
#[derive(Debug)]
pub struct Sessions {
    authenticator: Arc<dyn Authenticator>,
    clock: Arc<dyn Clock>,
    cookies: Cookies,
    codes: Codes,
}

impl Sessions {
    /// Sessions by these settings.
    #[must_use]
    pub fn new(config: &HttpConfig) -> Self {
        Self {
            authenticator: Arc::clone(&config.authenticator),
            clock: Arc::clone(&config.clock),
            cookies: Cookies::new(config),
            codes: Codes::default(),
        }
    }

    /// A code that can be swapped for a session of this token, once, within a minute.
    ///
    /// # Errors
    /// Too many wait to be used, or the system gives no random bytes.
    pub fn code(&self, identity: &Identity) -> Result<String, Problem> {
        self.codes.make(&identity.token, self.clock.now())
    }

    /// Swaps a code for the header that sets the cookie.
    ///
    /// # Errors
    /// The code is wrong, used or too old, or its token is no longer valid.
    pub async fn begin(&self, code: &str) -> Result<HeaderValue, Problem> {
        let now = self.clock.now();
        let identity = match self.codes.take(code, now) {
            Some(token) => self.authenticator.is_valid(&token).await,
            None => None,
        };
        let wrong = "the code is wrong, was used, or is older than a minute; ask for another";
        let identity = identity.ok_or_else(|| Problem::unauthenticated().detail(wrong))?;
        self.cookies.write(&identity.token, now).ok_or_else(unwritable)
    }

    /// The header that makes a browser forget its session.
    ///
    /// # Errors
    /// The prefix cannot stand in a header.
    pub fn end(&self) -> Result<HeaderValue, Problem> {
        self.cookies.clear().ok_or_else(unwritable)
    }

    /// Whose session a request belongs to.
    pub async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        for token in self.cookies.read(headers, self.clock.now()) {
            let found = self.authenticator.is_valid(&token).await;
            if found.is_some() {
                return found;
            }
        }
        None
    }
}

fn unwritable() -> Problem {
    Problem::internal("the prefix cannot stand in a cookie")
}

/// The routes of the session, below `/api/v1`. They need [`guard::protect`](crate::guard::protect) around them.
pub fn routes<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    OpenApiRouter::new()
        .routes(routes!(handlers::who_am_i, handlers::create_session, handlers::delete_session))
        .routes(routes!(handlers::create_code))
}
