//! The server itself, and who asks it.

use reqwest::header::ACCEPT;
use testrunner_api::{CodeDocument, QueueDocument, Readiness, Version, WhoAmI, Workers};

use crate::client::Client;
use crate::error::ClientError;
use crate::request::{Query, json, nothing};

impl Client {
    /// Whom the server takes this client for.
    ///
    /// # Errors
    /// Unreachable, refused (401: the token is wrong), not understood.
    pub async fn who_am_i(&self) -> Result<WhoAmI, ClientError> {
        self.get("session", &Query::new()).await
    }

    /// A code that a browser swaps for its cookie, once.
    ///
    /// # Errors
    /// As [`Client::who_am_i`].
    pub async fn session_code(&self) -> Result<CodeDocument, ClientError> {
        self.post("session/codes", None::<&()>, None).await
    }

    /// What waits and what runs: at most so many items; 0 for as many as the server gives.
    ///
    /// # Errors
    /// As [`Client::who_am_i`].
    pub async fn queue(&self, limit: u32) -> Result<QueueDocument, ClientError> {
        let query = (limit > 0).then(|| ("limit", limit.to_string())).into_iter().collect();
        self.get("queue", &query).await
    }

    /// Who runs it.
    ///
    /// # Errors
    /// As [`Client::who_am_i`].
    pub async fn workers(&self) -> Result<Workers, ClientError> {
        self.get("workers", &Query::new()).await
    }

    /// What the server is.
    ///
    /// # Errors
    /// Unreachable, not understood.
    pub async fn version(&self) -> Result<Version, ClientError> {
        let url = self.beside("version")?;
        self.call(|http| http.get(url.clone()).header(ACCEPT, "application/json"), json).await
    }

    /// Whether the server is alive.
    ///
    /// # Errors
    /// Unreachable.
    pub async fn health(&self) -> Result<(), ClientError> {
        let url = self.beside("healthz")?;
        self.call(|http| http.get(url.clone()), nothing).await
    }

    /// Whether requests can be served. Asked once: that they cannot is an answer, too.
    ///
    /// # Errors
    /// Unreachable, not understood.
    pub async fn readiness(&self) -> Result<Readiness, ClientError> {
        let url = self.beside("readyz")?;
        let response = self.inner.calls.get(url).send().await.map_err(|error| self.unreachable(error))?;
        let asked = response.url().to_string();
        let body = response.bytes().await.map_err(|error| self.unreachable(error))?;
        serde_json::from_slice(&body)
            .map_err(|error| ClientError::Protocol { url: asked, why: error.to_string() })
    }

    /// The server's figures, in Prometheus' text format.
    ///
    /// # Errors
    /// As [`Client::who_am_i`].
    pub async fn metrics(&self) -> Result<bytes::Bytes, ClientError> {
        let url = self.beside("metrics")?;
        self.call(|http| http.get(url.clone()), crate::request::bytes).await
    }
}
