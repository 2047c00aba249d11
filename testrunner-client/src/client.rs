//! The client.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use testrunner_core::Limits;

use crate::builder::ClientBuilder;

/// Speaks to one server. Cheap to clone; clones share connections.
///
/// Calls are tried again within the [patience](ClientBuilder::patience) while the server cannot be reached, is too busy
/// (429, with regard to `Retry-After`) or unavailable (502, 503, 504). All of them can be repeated without harm:
/// what creates carries an `Idempotency-Key`. Redirects are refused, so that the token goes to nobody else.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    /// Ends with `/`.
    pub(crate) base: Url,
    /// `api/v1/` below it.
    pub(crate) api: Url,
    pub(crate) calls: reqwest::Client,
    /// Without a bound on the whole answer, with one on its silence.
    pub(crate) streams: reqwest::Client,
    pub(crate) patience: Duration,
    pub(crate) timeout: Duration,
    pub(crate) limits: Limits,
}

impl Client {
    /// Sets up a client of the server at this address: `http://127.0.0.1:7878`, or with a path where the API is mounted
    /// below one.
    pub fn builder(url: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    /// The server's address, with `/` at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        self.inner.base.as_str()
    }
}
