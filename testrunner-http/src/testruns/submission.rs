//! What creating and repeating have in common: admission, the key, the answer.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use testrunner_core::testrun::TestrunSpec;
use testrunner_core::{EngineError, StoreErrorKind, TestrunDocument};

use super::etag::etag;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

const KEY: &str = "idempotency-key";
const KEY_CHARS: usize = 255;

/// The idempotency key of a request.
///
/// # Errors
/// It is not 1 to 255 visible ASCII characters, or there are two.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut given = headers.get_all(KEY).iter();
    let Some(key) = given.next() else { return Ok(None) };
    let key = key
        .to_str()
        .ok()
        .filter(|key| (1..=KEY_CHARS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    match (key, given.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(Problem::bad_request(format!(
            "Idempotency-Key must be one value of 1 to {KEY_CHARS} visible ASCII characters"
        ))),
    }
}

/// Whether another Testrun can be taken now.
///
/// # Errors
/// The caller submits too often, the queue is full, or the disk nearly is.
pub(super) async fn admit(api: &Api, caller: &Caller) -> Result<(), Problem> {
    api.rates.check_submit(caller.identity())?;
    if let Some(reserve) = &api.config.reserve {
        reserve.check().await?;
    }
    let backlog = api.engine.store().backlog(1).await?;
    if backlog.ready >= api.config.queue_limit {
        return Err(Problem::queue_full(backlog.ready, api.config.queue_limit));
    }
    Ok(())
}

/// Submits, and answers with the Testrun.
///
/// # Errors
/// It was refused or could not be stored.
pub(super) async fn submit(api: &Api, spec: TestrunSpec) -> Result<Response, Problem> {
    let created = api.engine.submit(spec).await.map_err(|error| match error {
        EngineError::Store(error) if error.kind() == StoreErrorKind::Conflict => {
            Problem::idempotency_mismatch(error.to_string())
        }
        other => Problem::from(other),
    })?;
    let status = if created.existed { StatusCode::OK } else { StatusCode::CREATED };
    let place = format!("{}/api/v1/testruns/{}", api.config.prefix(), created.run.id());
    let place = HeaderValue::try_from(place).map_err(|_| Problem::internal("the prefix is not a path"))?;
    let headers = [(header::LOCATION, place), (header::ETAG, etag(&created.run.summary))];
    Ok((status, headers, Json(TestrunDocument::from(&created.run))).into_response())
}
