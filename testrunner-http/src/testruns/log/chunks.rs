//! Output in pieces, by the numbers of their events.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{LogLine, LogPage};
use testrunner_core::event::{Event, EventBody};
use testrunner_core::store::EventLimit;
use testrunner_core::{Seq, TestrunId};

use super::check_file;
use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;
use crate::testruns::list::limit;

const LIMIT: u32 = 500;
const MOST: u32 = 5_000;
/// Most bytes of output in one answer, but for one piece that is larger.
const BYTES: usize = 4 << 20;

/// Which pieces.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChunkParams {
    /// Only of the file with this index
    file: Option<u32>,
    /// Only recorded after this event
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many at the most
    #[param(minimum = 1, maximum = 5000, default = 500)]
    limit: Option<u32>,
}

/// Read output in pieces
#[utoipa::path(
    get, path = "/testruns/{id}/log/chunks", tag = "testruns", operation_id = "list_log_chunks",
    params(("id" = TestrunId, Path, description = "The Testrun"), ChunkParams),
    responses((status = 200, description = "A page of them", body = LogPage))
)]
pub(crate) async fn chunks(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    ApiQuery(params): ApiQuery<ChunkParams>,
) -> Result<Json<LogPage>, Problem> {
    let limit = usize::try_from(limit(params.limit, LIMIT, MOST)?).unwrap_or(usize::MAX);
    let mut after = Seq(params.after.unwrap_or_default());
    if after.0 < 0 {
        return Err(Problem::invalid("after", "it must be 0 or the number of an event"));
    }
    let run = api.engine.get(id).await?;
    check_file(&run, params.file)?;
    let (mut chunks, mut bytes) = (Vec::new(), 0);
    loop {
        let page = api.engine.store().events(id, after, EventLimit::default()).await?;
        let none = page.events.is_empty();
        for event in page.events {
            if chunks.len() == limit || bytes >= BYTES {
                return Ok(Json(LogPage { chunks, next_after: after, end: false }));
            }
            after = event.seq;
            if let Some(line) = line(event, params.file) {
                bytes += line.chunk.data.len();
                chunks.push(line);
            }
        }
        if none || after >= page.last_seq {
            return Ok(Json(LogPage { chunks, next_after: after, end: page.terminal }));
        }
    }
}

fn line(event: Event, file: Option<u32>) -> Option<LogLine> {
    let (seq, at, epoch) = (event.seq, event.at, event.epoch);
    match event.body {
        EventBody::Log(chunk) if file.is_none_or(|file| file == chunk.file) => {
            Some(LogLine { seq, at, epoch, chunk })
        }
        _ => None,
    }
}
