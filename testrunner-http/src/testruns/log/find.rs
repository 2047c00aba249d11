//! Where a text stands in the output.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::LogMatch;
use testrunner_core::event::{Event, EventBody, Stream};
use testrunner_core::store::EventLimit;
use testrunner_core::{Epoch, ItemId, Seq, TestrunId};

use super::check_file;
use super::window::{FEW, ahead_of, next_stretch};
use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::paging;
use crate::problem::Problem;
use crate::state::Api;

/// Most bytes of output, and most events, that one request looks through.
const BYTES: usize = 16 << 20;
const EVENTS: i64 = 50_000;
/// Longest text that is looked for, in characters.
const TEXT: usize = 200;
/// Events that two stretches share, so that a text which goes on from one piece to the next is found.
const SHARED: i64 = 16;

/// What to look for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindParams {
    /// The text, in upper or lower case
    #[param(min_length = 1, max_length = 200, required = true)]
    text: String,
    /// Only of the file with this index
    file: Option<u32>,
    /// Only after this event
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Only before this event, the last one of them; not together with `after`
    #[param(minimum = 1)]
    before: Option<i64>,
}

/// Find a text in the output
///
/// The next piece that has it after an event, or the last one before an event. Looks through a bounded part of the
/// output, and says where to go on.
#[utoipa::path(
    get, path = "/testruns/{id}/log/find", tag = "testruns", operation_id = "find_in_log",
    params(("id" = TestrunId, Path, description = "The Testrun"), FindParams),
    responses((status = 200, description = "Where it stands", body = LogMatch))
)]
pub(crate) async fn find(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    ApiQuery(params): ApiQuery<FindParams>,
) -> Result<Json<LogMatch>, Problem> {
    let needle = params.text.to_lowercase();
    if needle.is_empty() || params.text.chars().count() > TEXT {
        return Err(Problem::invalid("text", format!("it must have 1 to {TEXT} characters")));
    }
    let after = paging::after(params.after)?;
    if params.before.is_some_and(|before| before < 1) {
        return Err(Problem::invalid("before", "it must be the number of an event"));
    }
    if params.after.is_some() && params.before.is_some() {
        return Err(Problem::invalid("before", "it cannot go together with after"));
    }
    let run = api.engine.get(id).await?;
    check_file(&run, params.file)?;
    let seeker = Seeker { needle, file: params.file, tails: HashMap::new(), bytes: 0 };
    match params.before {
        Some(before) => last(&api, id, seeker, Seq(before.min(run.summary.last_seq.0 + 1))).await,
        None => next(&api, id, seeker, after).await,
    }
    .map(Json)
}

async fn next(api: &Api, run: TestrunId, mut seeker: Seeker, from: Seq) -> Result<LogMatch, Problem> {
    // What goes on after this event may have begun before it.
    let shared =
        EventLimit { events: u32::try_from(SHARED.min(from.0)).unwrap_or(1), ..EventLimit::default() };
    let before = api.engine.store().events(run, Seq((from.0 - SHARED).max(0)), shared).await?;
    for event in before.events.iter().filter(|event| event.seq <= from) {
        seeker.seek(event);
    }
    let mut after = from;
    while seeker.bytes < BYTES && after.0 - from.0 < EVENTS {
        let page = api.engine.store().events(run, after, EventLimit::default()).await?;
        let Some(last) = page.events.last().map(|event| event.seq) else {
            return Ok(LogMatch { seq: None, next_after: None, next_before: None });
        };
        if let Some(seq) = page.events.iter().find_map(|event| seeker.seek(event)) {
            return Ok(LogMatch { seq: Some(seq), next_after: None, next_before: None });
        }
        after = last;
    }
    Ok(LogMatch { seq: None, next_after: Some(after), next_before: None })
}

async fn last(api: &Api, run: TestrunId, mut seeker: Seeker, from: Seq) -> Result<LogMatch, Problem> {
    let (mut before, mut stretch) = (from, FEW);
    while seeker.bytes < BYTES && from.0 - before.0 < EVENTS {
        let (first, events) = ahead_of(&**api.engine.store(), run, before, stretch).await?;
        stretch = next_stretch(stretch, &events);
        seeker.tails.clear();
        if let Some(seq) = events.iter().filter_map(|event| seeker.seek(event)).last() {
            return Ok(LogMatch { seq: Some(seq), next_after: None, next_before: None });
        }
        if first.0 <= 1 {
            return Ok(LogMatch { seq: None, next_after: None, next_before: None });
        }
        before = Seq(first.0 + SHARED);
    }
    Ok(LogMatch { seq: None, next_after: None, next_before: Some(before) })
}

/// Whose pieces follow each other.
type Source = (Option<ItemId>, Option<Epoch>, u32, Stream);

/// Looks at pieces in their order.
struct Seeker {
    /// In lower case.
    needle: String,
    file: Option<u32>,
    /// What a match may have begun with, by attempt, file and stream.
    tails: HashMap<Source, String>,
    bytes: usize,
}

impl Seeker {
    /// The number of the piece if the text is in it, or ends in it.
    fn seek(&mut self, event: &Event) -> Option<Seq> {
        let EventBody::Log(chunk) = &event.body else { return None };
        if self.file.is_some_and(|file| file != chunk.file) {
            return None;
        }
        self.bytes += chunk.data.len();
        let tail = self.tails.entry((event.item, event.epoch, chunk.file, chunk.stream)).or_default();
        tail.push_str(&String::from_utf8_lossy(&chunk.data).to_lowercase());
        let found = tail.contains(&self.needle);
        let kept = tail.char_indices().rev().nth(self.needle.chars().count().saturating_sub(2));
        let cut = if self.needle.chars().count() < 2 { tail.len() } else { kept.map_or(0, |(at, _)| at) };
        tail.drain(..cut);
        found.then_some(event.seq)
    }
}
