//! `GET /work/testruns/{id}/files`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use testrunner_core::TestrunId;
use testrunner_core::testrun::FileRecord;

use super::caller::WorkCaller;
use super::held;
use crate::extract::ApiPath;
use crate::problem::Problem;
use crate::state::Api;

/// Files of a Testrun that the worker holds an item of
#[utoipa::path(
    get, path = "/work/testruns/{id}/files", tag = "work", operation_id = "list_held_files",
    params(
        ("id" = TestrunId, Path, description = "The Testrun"),
        ("Testrunner-Work-Version" = u32, Header, description = "1"),
        ("Testrunner-Lease" = String, Header, description = "A lease on an item of it"),
    ),
    responses((status = 200, description = "All of them, in order of their index", body = [FileRecord]), (status = 426, description = "Another version of these routes is spoken here"))
)]
pub(crate) async fn files(
    State(api): State<Api>,
    WorkCaller(identity): WorkCaller,
    ApiPath(id): ApiPath<TestrunId>,
    headers: HeaderMap,
) -> Result<Json<Vec<FileRecord>>, Problem> {
    let (lease, files) = held::files(&api, &identity, &headers).await?;
    if lease.run != id {
        return Err(held::not_held(&api, &format!("Testrun {id}")));
    }
    Ok(Json(files.to_vec()))
}
