//! Output as plain text, from the store in pages, never whole in memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{Stream, stream};
use serde::Deserialize;
use testrunner_core::event::EventBody;
use testrunner_core::store::{EventLimit, Store, StoreError, StoreResult};
use testrunner_core::{Seq, TestrunId};

use super::check_file;
use super::range::{Wanted, wanted};
use crate::content::{Kind, user_content};
use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Whose output.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TextParams {
    /// Only of the file with this index
    file: Option<u32>,
}

/// Read output as text
///
/// Byte for byte as it was written, in the order in which it arrived, up to now.
#[utoipa::path(
    get, path = "/testruns/{id}/log", tag = "testruns", operation_id = "get_log",
    params(("id" = TestrunId, Path, description = "The Testrun"), TextParams, ("Range" = Option<String>, Header, description = "A part of it: bytes=FIRST-LAST")),
    responses(
        (status = 200, description = "The output", content_type = "text/plain", body = String),
        (status = 206, description = "A part of the output", content_type = "text/plain", body = String),
        (status = 416, description = "There is nothing in this range", content_type = "application/problem+json", body = testrunner_api::ProblemDocument),
    )
)]
pub(crate) async fn text(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    ApiQuery(params): ApiQuery<TextParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let run = api.engine.get(id).await?;
    check_file(&run, params.file)?;
    let log = Log {
        store: Arc::clone(api.engine.store()),
        run: id,
        file: params.file,
        until: run.summary.last_seq,
    };
    let size = if headers.contains_key(header::RANGE) { Some(log.size().await?) } else { None };
    let (first, length) = match size.map(|size| wanted(&headers, size)) {
        None | Some(Wanted::All) => (0, None),
        Some(Wanted::Part(first, last)) => (first, Some((last, last - first + 1))),
        Some(Wanted::Nothing) => return Err(Problem::range_not_satisfiable(size.unwrap_or_default())),
    };
    let bytes = log.bytes(first, length.map_or(u64::MAX, |(_, length)| length));
    let mut response = user_content(Body::from_stream(bytes), &format!("testrun-{id}.log"), Kind::Text);
    response.headers_mut().insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let (Some(size), Some((last, length))) = (size, length) {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        if let Ok(range) = HeaderValue::try_from(format!("bytes {first}-{last}/{size}")) {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
    }
    Ok(response)
}

/// The output that a Testrun had at one moment.
#[derive(Clone, Debug)]
struct Log {
    store: Arc<dyn Store>,
    run: TestrunId,
    file: Option<u32>,
    until: Seq,
}

impl Log {
    /// The pieces after an event, and the event to go on from; `None` at the end.
    async fn page(&self, after: Seq) -> StoreResult<Option<(Vec<Vec<u8>>, Seq)>> {
        if after >= self.until {
            return Ok(None);
        }
        let page = self.store.events(self.run, after, EventLimit::default()).await?;
        let Some(last) = page.events.last().map(|event| event.seq) else { return Ok(None) };
        let until = page.events.into_iter().take_while(|event| event.seq <= self.until);
        let pieces = until.filter_map(|event| match event.body {
            EventBody::Log(chunk) if self.file.is_none_or(|file| file == chunk.file) => Some(chunk.data),
            _ => None,
        });
        Ok(Some((pieces.collect(), last)))
    }

    async fn size(&self) -> StoreResult<u64> {
        let (mut size, mut after) = (0, Seq(0));
        while let Some((pieces, last)) = self.page(after).await? {
            size += pieces.iter().map(|piece| piece.len() as u64).sum::<u64>();
            after = last;
        }
        Ok(size)
    }

    /// The bytes from `skip` on, at most `length` of them.
    fn bytes(self, skip: u64, length: u64) -> impl Stream<Item = Result<Bytes, StoreError>> + Send + 'static {
        stream::try_unfold((self, Seq(0), skip, length), |(log, after, mut skip, mut length)| async move {
            if length == 0 {
                return Ok(None);
            }
            let Some((pieces, last)) = log.page(after).await? else { return Ok(None) };
            let mut bytes = Vec::new();
            for piece in pieces {
                let dropped = usize::try_from(skip).unwrap_or(usize::MAX).min(piece.len());
                skip -= dropped as u64;
                let rest = piece.get(dropped..).unwrap_or_default();
                let kept = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
                length -= kept as u64;
                bytes.extend_from_slice(rest.get(..kept).unwrap_or_default());
            }
            Ok(Some((Bytes::from(bytes), (log, last, skip, length))))
        })
    }
}
