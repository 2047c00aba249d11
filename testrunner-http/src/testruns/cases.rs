//! `GET /testruns/{id}/cases`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{CaseDocument, CasePage};
use testrunner_core::store::{CaseQuery, CaseRecord};
use testrunner_core::testrun::Testrun;
use testrunner_core::{CaseOutcome, EngineError, Seq, TestrunId};

use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::paging::{after, limit};
use crate::problem::Problem;
use crate::state::Api;

const LIMIT: u32 = 1_000;
const MOST: u32 = 10_000;
/// With a text: cases that one request looks at, give or take a page.
const LOOKED_AT: usize = 100_000;

/// Which cases.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct CaseParams {
    /// Only with this outcome
    outcome: Option<CaseOutcome>,
    /// Only of the file with this index
    file: Option<u32>,
    /// Only where the name or the message contains this
    #[param(max_length = 200)]
    text: Option<String>,
    /// Only recorded after this event
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many at the most
    #[param(minimum = 1, maximum = 10000, default = 1000)]
    limit: Option<u32>,
}

/// List a Testrun's cases
///
/// Those that count, in the order of their events. With a `text` one request looks at some 100,000 cases: the page may then
/// have fewer than `limit`, or none, and still a `next_after` to go on from.
#[utoipa::path(
    get, path = "/testruns/{id}/cases", tag = "testruns", operation_id = "list_cases",
    params(("id" = TestrunId, Path, description = "The Testrun"), CaseParams),
    responses((status = 200, description = "A page of them", body = CasePage))
)]
pub(crate) async fn cases(
    State(api): State<Api>,
    _caller: Caller,
    ApiPath(id): ApiPath<TestrunId>,
    ApiQuery(params): ApiQuery<CaseParams>,
) -> Result<Json<CasePage>, Problem> {
    let limit = limit(params.limit, LIMIT, MOST)?;
    let after = after(params.after)?;
    let run = api.engine.get(id).await?;
    let text = params.text.unwrap_or_default().to_lowercase();
    let query = CaseQuery { file: params.file, outcome: params.outcome, after, limit };
    let read = |query: CaseQuery| {
        let engine = api.engine.clone();
        async move { engine.cases(id, &query).await }
    };
    let (found, next_after) = find(query, &text, read).await?;
    let cases = found.into_iter().map(|case| document(&run, case)).collect();
    Ok(Json(CasePage { cases, next_after }))
}

/// Reads until there are as many as the query wants; with a text, in large pages, until enough was looked at.
async fn find<Read, Page>(
    mut query: CaseQuery,
    text: &str,
    read: Read,
) -> Result<(Vec<CaseRecord>, Option<Seq>), EngineError>
where
    Read: Fn(CaseQuery) -> Page,
    Page: Future<Output = Result<Vec<CaseRecord>, EngineError>>,
{
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    if !text.is_empty() {
        query.limit = MOST;
    }
    let page_rows = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    loop {
        let page = read(query).await?;
        let more = page.len() == page_rows;
        looked_at += page.len();
        for case in page {
            query.after = case.seq;
            if has(&case, text) {
                found.push(case);
            }
            if found.len() == wanted {
                return Ok((found, Some(query.after)));
            }
        }
        if !more {
            return Ok((found, None));
        }
        if looked_at >= LOOKED_AT {
            return Ok((found, Some(query.after)));
        }
    }
}

fn has(case: &CaseRecord, text: &str) -> bool {
    text.is_empty()
        || case.case.to_lowercase().contains(text)
        || case.message.as_ref().is_some_and(|message| message.to_lowercase().contains(text))
}

fn document(run: &Testrun, case: CaseRecord) -> CaseDocument {
    let file = usize::try_from(case.file).ok().and_then(|index| run.files.get(index));
    CaseDocument { path: file.map_or_else(String::new, |file| file.path.clone()), case }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use testrunner_core::CaseKind;

    use super::*;

    const STORED: i64 = 250_000;

    /// Every 1,000th is called `rare`.
    fn stored(seq: i64) -> CaseRecord {
        let case = if seq % 1_000 == 0 { "rare" } else { "common" }.to_owned();
        let (seq, kind, outcome) = (Seq(seq), CaseKind::Test, CaseOutcome::Passed);
        let duration = Duration::ZERO;
        CaseRecord { seq, file: 0, case, kind, outcome, duration, message: None, line: None }
    }

    /// What is found, where it goes on, and how often the store was asked.
    async fn search(text: &str, after: i64, limit: u32) -> (Vec<i64>, Option<i64>, usize) {
        let calls = AtomicUsize::new(0);
        let read = |query: CaseQuery| {
            calls.fetch_add(1, Ordering::Relaxed);
            let last = STORED.min(query.after.0 + i64::from(query.limit));
            std::future::ready(Ok((query.after.0 + 1..=last).map(stored).collect()))
        };
        let query = CaseQuery { after: Seq(after), limit, ..CaseQuery::default() };
        let (found, next) = find(query, text, read).await.unwrap();
        let found = found.iter().map(|case| case.seq.0).collect();
        (found, next.map(|next| next.0), calls.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_small_page_of_a_search_does_not_read_one_case_after_the_other() {
        assert_eq!(search("rare", 0, 1).await, (vec![1_000], Some(1_000), 1));
        assert_eq!(search("rare", 1_000, 1).await, (vec![2_000], Some(2_000), 1));
        assert_eq!(search("", 5, 2).await, (vec![6, 7], Some(7), 1));
        assert_eq!(search("", STORED - 1, 2).await, (vec![STORED], None, 1));
    }

    #[tokio::test]
    async fn one_request_looks_at_so_many_and_says_where_it_stopped() {
        assert_eq!(search("nowhere", 0, 1).await, (vec![], Some(100_000), 10));
        assert_eq!(search("nowhere", 200_000, 1).await, (vec![], None, 6));
        let (found, next, calls) = search("rare", 0, 10_000).await;
        assert_eq!((found.len(), next, calls), (100, Some(100_000), 10));
    }
}
