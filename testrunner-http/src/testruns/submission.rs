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

/// Why a request may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// There is room for another Testrun.
    New,
    /// It is there already, under the same key, and takes no room.
    Known,
}

/// Whether this user's Testrun of this key can be taken now. What was taken before is never refused: whoever asks
/// again may have lost the answer.
///
/// # Errors
/// It is new, and the caller submits too often, the queue is full, or the disk nearly is.
pub(super) async fn admit(
    api: &Api,
    caller: &Caller,
    username: &str,
    key: Option<&str>,
) -> Result<Entry, Problem> {
    if is_known(api, username, key).await? {
        return Ok(Entry::Known);
    }
    check(api, caller).await?;
    Ok(Entry::New)
}

/// As [`admit`], of what has been answered for the caller itself, now that it is read for whom it is.
///
/// # Errors
/// As [`admit`].
pub(super) async fn admit_for(
    api: &Api,
    caller: &Caller,
    username: &str,
    key: Option<&str>,
    entry: Result<Entry, Problem>,
) -> Result<Entry, Problem> {
    match entry {
        entry if username == caller.subject() => entry,
        Ok(Entry::New) => Ok(Entry::New),
        Ok(Entry::Known) => admit(api, caller, username, key).await,
        Err(_) if is_known(api, username, key).await? => Ok(Entry::Known),
        Err(refusal) => Err(refusal),
    }
}

async fn is_known(api: &Api, username: &str, key: Option<&str>) -> Result<bool, Problem> {
    let Some(key) = key else { return Ok(false) };
    Ok(api.engine.store().keyed(username, key).await?.is_some())
}

async fn check(api: &Api, caller: &Caller) -> Result<(), Problem> {
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
