//! `GET /testruns/{id}/files` and one of them.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use testrunner_api::FileDocument;
use testrunner_core::testrun::{FileRecord, Testrun};
use testrunner_core::{Source, TestrunId, clock};

use crate::content::{Kind, user_content};
use crate::extract::ApiPath;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// List a Testrun's files
#[utoipa::path(
    get, path = "/testruns/{id}/files", tag = "testruns", operation_id = "list_files",
    params(("id" = TestrunId, Path, description = "The Testrun")),
    responses((status = 200, description = "All of them, in order of their index", body = [FileDocument]))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
) -> Result<Json<Vec<FileDocument>>, Problem> {
    let run = api.engine.get(id).await?;
    Ok(Json((0..).zip(&run.files).map(|(index, file)| document(&run, index, file)).collect()))
}

fn document(run: &Testrun, index: u32, file: &FileRecord) -> FileDocument {
    let result = file.result.as_ref();
    let kept = matches!(run.summary.source, Source::Upload) && file.digest.is_some();
    FileDocument {
        index,
        path: file.path.clone(),
        role: file.role,
        size: file.size,
        digest: file.digest,
        outcome: result.map(|result| result.outcome),
        duration_us: result.map(|result| clock::micros(result.duration)),
        counts: result.map(|result| result.counts).unwrap_or_default(),
        content: kept.then(|| format!("testruns/{}/files/{index}", run.id())),
    }
}

/// Download a file
///
/// The bytes as they were uploaded, never as something that a browser would run. Downloads share a bound on memory; while
/// those of others take it up, the answer is 503 and when to come back.
#[utoipa::path(
    get, path = "/testruns/{id}/files/{index}", tag = "testruns", operation_id = "get_file",
    params(("id" = TestrunId, Path, description = "The Testrun"), ("index" = u32, Path, description = "Index of the file")),
    responses((status = 200, description = "Its bytes", content_type = "application/octet-stream", body = Vec<u8>))
)]
pub(crate) async fn get(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath((id, index)): ApiPath<(TestrunId, u32)>,
) -> Result<Response, Problem> {
    let run = api.engine.get(id).await?;
    let found = usize::try_from(index).ok().and_then(|index| run.files.get(index));
    let file = found.ok_or_else(|| Problem::not_found(format!("Testrun {id} has no file {index}")))?;
    let (Source::Upload, Some(digest)) = (&run.summary.source, file.digest) else {
        let message = format!("the bytes of {} are not kept: it was run in its own folder", file.path);
        return Err(Problem::not_found(message));
    };
    let room = api.downloads.room(file.size).await?;
    let bytes = api.engine.store().blob(digest).await?;
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    Ok(user_content(room.hold(bytes), name, Kind::Bytes))
}
