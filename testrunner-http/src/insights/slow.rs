//! `GET /insights/files` and `GET /insights/cases`: what takes longest.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use testrunner_api::{SlowCase, SlowCases, SlowFile, SlowFiles};
use testrunner_core::CaseKind;

use super::durations::Durations;
use super::window::{WindowParams, all_cases, whole};
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

/// The slowest files
#[utoipa::path(
    get, path = "/insights/files", tag = "insights", operation_id = "get_slow_files", params(WindowParams),
    responses((status = 200, description = "By mean time", body = SlowFiles))
)]
pub(crate) async fn files(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<WindowParams>,
) -> Result<Json<SlowFiles>, Problem> {
    let rows = params.rows()?;
    let _turn = api.insights.acquire().await;
    let seen = params.read(&api).await?;
    let mut found = BTreeMap::<String, Durations>::new();
    for run in &seen.runs {
        let Some(run) = whole(&api, run.id).await? else { continue };
        let id = run.id();
        for file in run.files {
            let Some(result) = file.result.filter(|result| result.collected > 0) else { continue };
            let known = found.entry(file.path).and_modify(|known| known.add(result.duration));
            known.or_insert_with(|| Durations::new(result.duration, id));
        }
    }
    let files = slowest(found, rows).into_iter().map(|(path, took)| SlowFile {
        path,
        runs: took.runs,
        mean_us: took.mean_us(),
        max_us: took.max_us(),
        last_us: took.last_us(),
        last_run: took.last_run,
    });
    Ok(Json(SlowFiles { window: seen.window(), files: files.collect() }))
}

/// The slowest cases
#[utoipa::path(
    get, path = "/insights/cases", tag = "insights", operation_id = "get_slow_cases", params(WindowParams),
    responses((status = 200, description = "By mean time", body = SlowCases))
)]
pub(crate) async fn cases(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<WindowParams>,
) -> Result<Json<SlowCases>, Problem> {
    let rows = params.rows()?;
    let _turn = api.insights.acquire().await;
    let seen = params.read(&api).await?;
    let mut found = BTreeMap::<(String, String), Durations>::new();
    for run in &seen.runs {
        let Some(run) = whole(&api, run.id).await? else { continue };
        for case in all_cases(&api, run.id(), None).await? {
            let file = usize::try_from(case.file).ok().and_then(|index| run.files.get(index));
            let (Some(file), CaseKind::Test) = (file, case.kind) else { continue };
            let known = found.entry((file.path.clone(), case.case));
            let known = known.and_modify(|known| known.add(case.duration));
            known.or_insert_with(|| Durations::new(case.duration, run.id()));
        }
    }
    let cases = slowest(found, rows).into_iter().map(|((path, case), took)| SlowCase {
        path,
        case,
        runs: took.runs,
        mean_us: took.mean_us(),
        max_us: took.max_us(),
        last_us: took.last_us(),
        last_run: took.last_run,
    });
    Ok(Json(SlowCases { window: seen.window(), cases: cases.collect() }))
}

fn slowest<K>(found: BTreeMap<K, Durations>, rows: usize) -> Vec<(K, Durations)> {
    let mut sorted: Vec<_> = found.into_iter().collect();
    // A stable sort: of equal ones the order of the names stays.
    sorted.sort_by_key(|(_, took)| std::cmp::Reverse(took.mean_us()));
    sorted.truncate(rows);
    sorted
}
