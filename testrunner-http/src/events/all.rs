//! `GET /events`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::Event as Sent;
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;
use testrunner_api::Role;
use testrunner_core::store::{Change, ListQuery, StoreResult};
use testrunner_core::{ChangeNotice, Changes, Engine, Progress, TestrunDocument, TestrunId};

use super::position::position;
use super::stream::{self as sent, RETRY};
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// Before a store that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(500);
/// Most Testruns that one stream watches.
const WATCHED: usize = 16;

/// From where on.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct AllParams {
    /// Only changes after this one; without it only those to come
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Tell also how this Testrun comes on, as often as it is given
    #[param(max_items = 16)]
    watch: Vec<i64>,
}

/// Follow all Testruns
///
/// Their status changes, live, for lists: `event: testrun` with the Testrun as it is now, `event: deleted` with
/// its id, `event: reset` when changes were missed and the list is to be read anew. The first event, `ready`,
/// says from where on changes will be told. A Testrun that is watched is told as it is now, and again as it comes
/// on, a few times a second at the most; these events have no id.
#[utoipa::path(
    get, path = "/events", tag = "events", operation_id = "follow_testruns",
    params(AllParams, ("Last-Event-ID" = Option<String>, Header, description = "The last change that was seen")),
    responses((status = 200, description = "Changes, without end", content_type = "text/event-stream", body = String))
)]
pub(crate) async fn all(
    State(api): State<Api>,
    caller: Caller,
    ApiQuery(params): ApiQuery<AllParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if params.watch.len() > WATCHED {
        let count = params.watch.len();
        return Err(Problem::bad_request(format!(
            "watch names {count} Testruns; at most {WATCHED} are told"
        )));
    }
    let newest = api.engine.store().changes(0, 1).await?.last;
    let after = position(&headers, params.after)?.map_or(newest, |after| after.0.unsigned_abs());
    let ready =
        sent::event("ready", &serde_json::json!({ "after": after })).id(after.to_string()).retry(RETRY);
    let changes = changes(api.engine.clone(), api.engine.changes(after));
    let watched: BTreeSet<i64> = params.watch.into_iter().collect();
    let watched = watched.into_iter().map(|run| progress(api.engine.progress(TestrunId(run))).boxed());
    let told = stream::select(changes, stream::select_all(watched));
    let told = told.take_until(api.config.shutdown.clone().cancelled_owned());
    sent::respond(&api, caller.identity(), Role::Viewer, stream::once(std::future::ready(ready)).chain(told))
}

fn changes(engine: Engine, changes: Changes) -> impl Stream<Item = Sent> + Send + 'static {
    stream::unfold((engine, changes), |(engine, mut changes)| async move {
        loop {
            let told = match changes.next().await {
                Ok(ChangeNotice::Change(change)) => insist(&engine, &change).await,
                Ok(ChangeNotice::Missed { last }) => {
                    Ok(Some(sent::event("reset", &serde_json::json!({ "after": last })).id(last.to_string())))
                }
                Err(error) => Err(error),
            };
            match told {
                Ok(Some(told)) => return Some((told, (engine, changes))),
                Ok(None) => {}
                Err(error) if error.is_retryable() => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(%error, "the stream of all Testruns ended");
                    return None;
                }
            }
        }
    })
}

/// How one Testrun comes on, until it has ended.
fn progress(progress: Progress) -> impl Stream<Item = Sent> + Send + 'static {
    stream::unfold(progress, |mut progress| async move {
        loop {
            match progress.next().await {
                Ok(summary) => {
                    let told = sent::event("testrun", &TestrunDocument::from(&summary?));
                    return Some((told, progress));
                }
                Err(error) if error.is_retryable() => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!(%error, "the progress of a Testrun is told no more");
                    return None;
                }
            }
        }
    })
}

/// Tells a change, however long the store takes: it was taken from the stream already.
async fn insist(engine: &Engine, change: &Change) -> StoreResult<Option<Sent>> {
    loop {
        match tell(engine, change).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(PAUSE).await,
            told => return told,
        }
    }
}

/// `None` when the Testrun is gone meanwhile, which is a change of its own.
async fn tell(engine: &Engine, change: &Change) -> StoreResult<Option<Sent>> {
    let id = change.n.to_string();
    if change.status.is_none() {
        return Ok(Some(sent::event("deleted", &serde_json::json!({ "id": change.run })).id(id)));
    }
    // The summary alone: a Testrun may have thousands of files.
    let query = ListQuery {
        before: Some(TestrunId(change.run.0.saturating_add(1))),
        limit: 1,
        ..ListQuery::default()
    };
    let page = engine.store().list(&query).await?;
    let found = page.rows.first().filter(|run| run.id == change.run);
    Ok(found.map(|run| sent::event("testrun", &TestrunDocument::from(run)).id(id)))
}
