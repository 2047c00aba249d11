//! `GET /work/blobs/{digest}`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use testrunner_core::Digest;

use super::caller::WorkCaller;
use super::held;
use crate::content::{Kind, user_content};
use crate::extract::ApiPath;
use crate::problem::Problem;
use crate::state::Api;

/// Bytes of a file of a Testrun that the worker holds an item of
///
/// Downloads share a bound on memory; while those of others take it up, the answer is 503 and when to come back.
#[utoipa::path(
    get, path = "/work/blobs/{digest}", tag = "work", operation_id = "get_held_blob",
    params(
        ("digest" = Digest, Path, description = "SHA-256 of the bytes"),
        ("Testrunner-Work-Version" = u32, Header, description = "1"),
        ("Testrunner-Lease" = String, Header, description = "A lease on an item of a Testrun that has such a file"),
    ),
    responses((status = 200, description = "The bytes", content_type = "application/octet-stream", body = Vec<u8>), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn blob(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
    ApiPath(digest): ApiPath<Digest>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, files) = held::files(&api, &identity, &headers).await?;
    let file = files.iter().find(|file| file.digest == Some(digest));
    let file = file.ok_or_else(|| held::not_held(&api, "a Testrun with these bytes"))?;
    let room = api.downloads.room(file.size).await?;
    let bytes = api.engine.store().blob(digest).await?;
    Ok(user_content(room.hold(bytes), &digest.to_string(), Kind::Bytes))
}
