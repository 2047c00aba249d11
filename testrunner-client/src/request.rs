//! One call: asked, tried again, answered.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use testrunner_api::ProblemDocument;

use crate::client::Client;
use crate::error::ClientError;
use crate::retry::retry;

/// Most bytes of an answer that is not ours which are looked at.
const ODD: usize = 200;

/// Parameters of a call, in text.
pub(crate) type Query = Vec<(&'static str, String)>;

impl Client {
    /// An address below `/api/v1/`.
    ///
    /// # Errors
    /// The path leads nowhere.
    pub(crate) fn route(&self, path: &str) -> Result<Url, ClientError> {
        below(&self.inner.api, path)
    }

    /// An address beside the API.
    ///
    /// # Errors
    /// As [`Client::route`].
    pub(crate) fn beside(&self, path: &str) -> Result<Url, ClientError> {
        below(&self.inner.base, path)
    }

    pub(crate) async fn get<T: DeserializeOwned + Send>(
        &self,
        path: &str,
        query: &Query,
    ) -> Result<T, ClientError> {
        let url = self.route(path)?;
        self.call(|http| http.get(url.clone()).query(query).header(ACCEPT, "application/json"), json).await
    }

    pub(crate) async fn get_bytes(&self, path: &str, query: &Query) -> Result<bytes::Bytes, ClientError> {
        let url = self.route(path)?;
        self.call(|http| http.get(url.clone()).query(query), bytes).await
    }

    pub(crate) async fn post<T: DeserializeOwned + Send>(
        &self,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
        key: Option<&str>,
    ) -> Result<T, ClientError> {
        let url = self.route(path)?;
        let ask = |http: &reqwest::Client| {
            let mut request = http.request(Method::POST, url.clone());
            if let Some(key) = key {
                request = request.header("Idempotency-Key", key);
            }
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        };
        self.call(ask, json).await
    }

    /// Asks until there is an answer.
    ///
    /// # Errors
    /// As everywhere: unreachable, refused, not understood.
    pub(crate) async fn call<T: Send, F: Future<Output = Result<T, ClientError>> + Send>(
        &self,
        ask: impl Fn(&reqwest::Client) -> RequestBuilder + Send + Sync,
        read: impl Fn(Response, Asked) -> F + Send + Sync,
    ) -> Result<T, ClientError> {
        retry(self.inner.patience, || async {
            let response = self.send(ask(&self.inner.calls)).await?;
            let asked = Asked::of(self, &response);
            read(response, asked).await
        })
        .await
    }

    /// Asks once. What is not a success is an error.
    ///
    /// # Errors
    /// As [`Client::call`].
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|error| self.unreachable(error))?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(refusal(response, self.url()).await)
    }

    pub(crate) fn unreachable(&self, error: reqwest::Error) -> ClientError {
        unreachable(self.url(), error)
    }
}

/// Who was asked, for messages.
pub(crate) struct Asked {
    server: String,
    url: String,
}

impl Asked {
    pub(crate) fn of(client: &Client, response: &Response) -> Self {
        Self { server: client.url().to_owned(), url: response.url().to_string() }
    }
}

fn below(base: &Url, path: &str) -> Result<Url, ClientError> {
    base.join(path).map_err(|error| ClientError::Address { url: path.to_owned(), why: error.to_string() })
}

fn unreachable(server: &str, error: reqwest::Error) -> ClientError {
    // The address may hold what was asked for; the server's is enough.
    ClientError::Unreachable {
        url: server.trim_end_matches('/').to_owned(),
        source: Arc::new(error.without_url()),
    }
}

pub(crate) async fn bytes(response: Response, asked: Asked) -> Result<bytes::Bytes, ClientError> {
    response.bytes().await.map_err(|error| unreachable(&asked.server, error))
}

pub(crate) async fn json<T: DeserializeOwned + Send>(
    response: Response,
    asked: Asked,
) -> Result<T, ClientError> {
    let url = asked.url.clone();
    let bytes = bytes(response, asked).await?;
    serde_json::from_slice(&bytes).map_err(|error| ClientError::Protocol { url, why: error.to_string() })
}

pub(crate) async fn nothing(response: Response, asked: Asked) -> Result<(), ClientError> {
    bytes(response, asked).await.map(drop)
}

/// What a server says that does not do as asked.
async fn refusal(response: Response, server: &str) -> ClientError {
    let (status, url) = (response.status(), response.url().to_string());
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|seconds| seconds.trim().parse().ok()).map(Duration::from_secs);
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_problem = kind.is_some_and(|kind| kind.starts_with("application/problem+json"));
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) => return unreachable(server, error),
    };
    if is_problem && let Ok(problem) = serde_json::from_slice::<ProblemDocument>(&body) {
        return ClientError::Problem { problem: Box::new(problem), retry_after };
    }
    if matches!(status.as_u16(), 429 | 502 | 503 | 504) {
        // A proxy in front of a server that starts.
        let problem = ProblemDocument {
            kind: "about:blank".to_owned(),
            title: status.to_string(),
            status: status.as_u16(),
            code: "unavailable".to_owned(),
            detail: Some(format!("{server} answers {status}; try again later")),
            instance: None,
            errors: Vec::new(),
            expected_n: None,
        };
        return ClientError::Problem { problem: Box::new(problem), retry_after };
    }
    ClientError::Protocol { url, why: odd(status, &body) }
}

fn odd(status: StatusCode, body: &[u8]) -> String {
    if status.is_redirection() {
        return format!("{status}; redirects are not followed, name the address that it leads to");
    }
    let text = String::from_utf8_lossy(&body[..body.len().min(ODD)]);
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{status} {}", text.trim())
}
