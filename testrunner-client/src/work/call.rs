//! One call on a worker's route.

use reqwest::RequestBuilder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use testrunner_api::{WORK_BYTES, WORK_VERSION_HEADER, WORK_VERSIONS};
use testrunner_core::store::StoreResult;
use testrunner_core::{StoreError, StoreErrorKind};

use super::refusal::refusal;
use crate::client::Client;
use crate::error::ClientError;
use crate::request::{Asked, json};

/// How often a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Once: who calls has its own clock.
    Once,
    /// Again for a moment, while the server cannot be reached or is busy.
    Moment,
}

/// Names the version that is spoken here.
pub(super) fn versioned(request: RequestBuilder) -> RequestBuilder {
    let newest = WORK_VERSIONS.into_iter().max().unwrap_or_default();
    request.header(WORK_VERSION_HEADER, newest)
}

/// Sends a document, and reads the answer.
///
/// # Errors
/// In the store's words.
pub(super) async fn post<T: DeserializeOwned + Send>(
    client: &Client,
    path: &str,
    body: &(impl Serialize + Sync),
    patience: Patience,
) -> StoreResult<T> {
    let url = client.route(path).map_err(refusal)?;
    let body = serde_json::to_vec(body)
        .map_err(|error| StoreError::new(StoreErrorKind::Internal, format!("{path}: {error}")))?;
    // The server would refuse it before it has come whole, and that might look like a bad connection.
    if body.len() > WORK_BYTES {
        let message = format!("{path}: {} bytes are more than the {WORK_BYTES} of one call", body.len());
        return Err(StoreError::new(StoreErrorKind::TooLarge, message));
    }
    let body = bytes::Bytes::from(body);
    let ask = |http: &reqwest::Client| {
        versioned(http.post(url.clone()))
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body.clone())
    };
    let answer = match patience {
        Patience::Once => once(client, ask(&client.inner.calls)).await,
        Patience::Moment => client.call(ask, json).await,
    };
    answer.map_err(refusal)
}

async fn once<T: DeserializeOwned + Send>(
    client: &Client,
    request: RequestBuilder,
) -> Result<T, ClientError> {
    let response = client.send(request).await?;
    let asked = Asked::of(client, &response);
    json(response, asked).await
}
