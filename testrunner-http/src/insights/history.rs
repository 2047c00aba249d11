//! `GET /insights/history`: one case over many Testruns.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{CaseHistory, CaseRun};
use testrunner_core::clock;
use testrunner_core::store::CaseRecord;
use testrunner_core::testrun::{FileRecord, Testrun};

use super::window::{Seen, ended};
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::paging::limit;
use crate::problem::Problem;
use crate::state::Api;

/// Which case, and how far back.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistoryParams {
    /// Path of the file
    path: String,
    /// Name of the case
    case: String,
    /// How many of the Testruns that were submitted last and have ended are looked through
    #[param(minimum = 1, maximum = 500, default = 50)]
    runs: Option<u32>,
    /// Only of this user
    username: Option<String>,
    /// Only with all of these labels: `key` or `key=value`
    #[param(max_items = 16)]
    #[serde(default)]
    label: Vec<String>,
}

/// The history of one case
#[utoipa::path(
    get, path = "/insights/history", tag = "insights", operation_id = "get_case_history", params(HistoryParams),
    responses((status = 200, description = "Newest first", body = CaseHistory))
)]
pub(crate) async fn history(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<HistoryParams>,
) -> Result<Json<CaseHistory>, Problem> {
    let query = ended(params.username.as_deref(), &params.label)?;
    let most = limit(params.runs, 50, 500)?;
    let _turn = api.insights.take().await?;
    let mut seen = Seen::read(&api, query, most).await?;
    let mut history = Vec::new();
    let visit = |run: &Testrun, file: &FileRecord, case: CaseRecord| {
        if case.case == params.case {
            history.push(CaseRun {
                run: run.id(),
                at: run.summary.created_at,
                outcome: case.outcome,
                duration_us: clock::micros(case.duration),
                digest: file.digest,
            });
        }
    };
    seen.each_case(&api, Some(&params.path), visit).await?;
    Ok(Json(CaseHistory { window: seen.window(), history }))
}
