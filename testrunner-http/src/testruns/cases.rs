//! `GET /testruns/{id}/cases`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{CaseDocument, CasePage};
use testrunner_core::store::{CaseQuery, CaseRecord};
use testrunner_core::testrun::Testrun;
use testrunner_core::{CaseOutcome, Seq, TestrunId};

use super::list::limit;
use crate::extract::{ApiPath, ApiQuery};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

const LIMIT: u32 = 1_000;
const MOST: u32 = 10_000;

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
/// Those that count, in the order of their events.
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
    let after = Seq(params.after.unwrap_or_default());
    if after.0 < 0 {
        return Err(Problem::invalid("after", "it must be 0 or the number of an event"));
    }
    let run = api.engine.get(id).await?;
    let text = params.text.unwrap_or_default().to_lowercase();
    let mut query = CaseQuery { file: params.file, outcome: params.outcome, after, limit };
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut cases = Vec::new();
    // With a text pages are read until enough of them match.
    let next_after = loop {
        let page = api.engine.cases(id, &query).await?;
        let full = page.len() == wanted;
        let Some(last) = page.last().map(|case| case.seq) else { break None };
        query.after = last;
        for case in page.into_iter().filter(|case| has(case, &text)) {
            cases.push(document(&run, case));
            if cases.len() == wanted {
                break;
            }
        }
        if cases.len() == wanted {
            break cases.last().map(|case| case.case.seq);
        }
        if !full {
            break None;
        }
    };
    Ok(Json(CasePage { cases, next_after }))
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
