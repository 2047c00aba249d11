//! `GET /insights/history`: one case over many Testruns.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{CaseHistory, CaseRun};
use testrunner_core::clock;

use super::window::{Seen, all_cases, ended, whole};
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;
use crate::testruns::list::limit;

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
    let _turn = api.insights.acquire().await;
    let query = ended(params.username.as_deref(), &params.label)?;
    let seen = Seen::read(&api, query, limit(params.runs, 50, 500)?).await?;
    let mut history = Vec::new();
    for run in &seen.runs {
        let Some(run) = whole(&api, run.id).await? else { continue };
        let file = (0..).zip(&run.files).find(|(_, file)| file.path == params.path);
        let Some((index, file)) = file else { continue };
        let cases = all_cases(&api, run.id(), Some(index)).await?;
        history.extend(cases.into_iter().filter(|case| case.case == params.case).map(|case| CaseRun {
            run: run.id(),
            at: run.summary.created_at,
            outcome: case.outcome,
            duration_us: clock::micros(case.duration),
            digest: file.digest,
        }));
    }
    Ok(Json(CaseHistory { window: seen.window(), history }))
}
