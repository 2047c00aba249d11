//! How a client is set up.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use testrunner_core::Limits;

use crate::address;
use crate::client::{Client, Inner};
use crate::error::ClientError;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Sets up a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder {
    url: String,
    token: Option<String>,
    patience: Duration,
    timeout: Duration,
    silence: Duration,
    limits: Limits,
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token stays secret.
        f.debug_struct("ClientBuilder").field("url", &self.url).finish_non_exhaustive()
    }
}

impl ClientBuilder {
    pub(crate) fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: None,
            patience: Duration::from_secs(30),
            timeout: Duration::from_secs(30),
            silence: Duration::from_secs(45),
            limits: Limits::default(),
        }
    }

    /// The token that goes with every request, to this server and to no other.
    #[must_use]
    pub fn token(mut self, secret: impl Into<String>) -> Self {
        self.token = Some(secret.into());
        self
    }

    /// How long a call is tried again while the server cannot be reached or is too busy. Default: 30 s; zero: each
    /// call is tried once. A stream counts anew from each event.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Longest wait for one answer; submitting may take ten times as long. Default: 30 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Longest silence of a stream before it is opened again; servers send a sign of life every 15 s. Default: 45 s.
    #[must_use]
    pub const fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }

    /// Limits that are checked before anything is sent. Default: those of a server that nobody has set otherwise.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Address`] when the address cannot be used, [`ClientError::Token`] when the token has characters that
    /// none has, [`ClientError::Setup`] when the system gives no TLS.
    pub fn build(self) -> Result<Client, ClientError> {
        let base = address::parse(&self.url)?;
        let api = base
            .join("api/v1/")
            .map_err(|error| ClientError::Address { url: self.url.clone(), why: error.to_string() })?;
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            let mut value =
                HeaderValue::try_from(format!("Bearer {}", token.trim())).map_err(|_| ClientError::Token)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let http = || {
            let mut http = reqwest::Client::builder()
                .user_agent(concat!("testrunner-client/", env!("CARGO_PKG_VERSION")))
                .default_headers(headers.clone())
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(CONNECT);
            if address::is_loopback(&base) {
                http = http.no_proxy();
            }
            http
        };
        let calls =
            http().timeout(self.timeout).build().map_err(|error| ClientError::Setup(Arc::new(error)))?;
        let streams = http().read_timeout(self.silence).build();
        let streams = streams.map_err(|error| ClientError::Setup(Arc::new(error)))?;
        let (patience, timeout, limits) = (self.patience, self.timeout, self.limits);
        Ok(Client { inner: Arc::new(Inner { base, api, calls, streams, patience, timeout, limits }) })
    }
}
