//! Output in pieces, by the numbers of their events.

use std::collections::VecDeque;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{LogLine, LogPage};
use testrunner_core::event::{Event, EventBody};
use testrunner_core::store::EventLimit;
use testrunner_core::testrun::Testrun;
use testrunner_core::{Seq, TestrunId};

use super::attempts::mark;
use super::check_file;
use super::window::{FEW, ahead_of, next_stretch, weight};
use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::paging::{self, limit};
use crate::problem::Problem;
use crate::state::Api;

const LIMIT: u32 = 500;
const MOST: u32 = 5_000;
/// Most bytes of output in one answer, but for one piece that is larger.
const BYTES: usize = 4 << 20;
/// Most events that are looked at for one answer, however few of them are output that is wanted.
const EVENTS: i64 = 50_000;
/// Most bytes that are looked at for one answer, by the events' weight.
const READ: usize = 16 << 20;

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
    /// Only recorded before this event, the last ones of them; not together with `after`
    #[param(minimum = 1)]
    before: Option<i64>,
    /// How many at the most
    #[param(minimum = 1, maximum = 5000, default = 500)]
    limit: Option<u32>,
}

/// Read output in pieces
///
/// In the order of their events. One request looks at a bounded part of the log: a page may have fewer pieces than were
/// asked for, or none, before the end; `next_after` and `next_before` tell where to go on. A `before` beyond the last
/// event gives the end of the output.
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
    let after = paging::after(params.after)?;
    if params.before.is_some() && params.after.is_some() {
        return Err(Problem::invalid("before", "it cannot go together with after"));
    }
    if params.before.is_some_and(|before| before < 1) {
        return Err(Problem::invalid("before", "it must be the number of an event"));
    }
    let run = api.engine.get(id).await?;
    check_file(&run, params.file)?;
    let mut page = match params.before {
        Some(before) => ending(&api, &run, params.file, Seq(before), limit).await?,
        None => beginning(&api, id, params.file, after, limit).await?,
    };
    mark(&api, &run, &mut page.chunks).await?;
    Ok(Json(page))
}

/// The pieces after an event.
async fn beginning(
    api: &Api,
    id: TestrunId,
    file: Option<u32>,
    mut after: Seq,
    limit: usize,
) -> Result<LogPage, Problem> {
    let from = after;
    let next_before =
        |chunks: &[LogLine]| (from.0 > 0).then(|| chunks.first().map_or(Seq(from.0 + 1), |line| line.seq));
    let (mut chunks, mut bytes, mut read) = (Vec::new(), 0, 0);
    loop {
        let page = api.engine.store().events(id, after, EventLimit::default()).await?;
        let none = page.events.is_empty();
        read += weight(&page.events);
        for event in page.events {
            if chunks.len() == limit || bytes >= BYTES {
                let next_before = next_before(&chunks);
                return Ok(LogPage { chunks, next_after: after, end: false, next_before });
            }
            after = event.seq;
            if let Some(line) = line(event, file) {
                bytes += line.chunk.data.len();
                chunks.push(line);
            }
        }
        let whole = none || after >= page.last_seq;
        if whole || read >= READ || after.0 - from.0 >= EVENTS {
            let (next_before, end) = (next_before(&chunks), whole && page.terminal);
            return Ok(LogPage { chunks, next_after: after, end, next_before });
        }
    }
}

/// The pieces before an event, as many as fit, in the order of their events.
async fn ending(
    api: &Api,
    run: &Testrun,
    file: Option<u32>,
    before: Seq,
    limit: usize,
) -> Result<LogPage, Problem> {
    let from = Seq(before.0.min(run.summary.last_seq.0 + 1));
    let (mut at, mut chunks, mut bytes, mut read) = (from, VecDeque::new(), 0, 0);
    let mut stretch = FEW;
    while at.0 > 1 && chunks.len() < limit && bytes < BYTES && read < READ && from.0 - at.0 < EVENTS {
        let (first, events) = ahead_of(&**api.engine.store(), run.id(), at, stretch).await?;
        read += weight(&events);
        stretch = next_stretch(stretch, &events);
        at = first;
        for line in events.into_iter().rev().filter_map(|event| line(event, file)) {
            if chunks.len() == limit || bytes >= BYTES {
                at = Seq(line.seq.0 + 1);
                break;
            }
            bytes += line.chunk.data.len();
            chunks.push_front(line);
        }
    }
    let next_before = (at.0 > 1).then_some(at);
    let end = run.summary.status.is_terminal() && from > run.summary.last_seq;
    Ok(LogPage { chunks: chunks.into(), next_after: Seq(from.0 - 1), end, next_before })
}

fn line(event: Event, file: Option<u32>) -> Option<LogLine> {
    let (seq, at, epoch) = (event.seq, event.at, event.epoch);
    match event.body {
        EventBody::Log(chunk) if file.is_none_or(|file| file == chunk.file) => {
            Some(LogLine { seq, at, epoch, superseded: false, chunk })
        }
        _ => None,
    }
}
