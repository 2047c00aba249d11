//! `GET /insights/files` and `GET /insights/cases`: what takes longest.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use testrunner_api::{SlowCase, SlowCases, SlowFile, SlowFiles, Took};
use testrunner_core::store::CaseRecord;
use testrunner_core::testrun::{FileRecord, Testrun};
use testrunner_core::{CaseKind, TestrunId};

use super::durations::Durations;
use super::window::WindowParams;
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
    let _turn = api.insights.take().await?;
    let mut seen = params.read(&api).await?;
    let mut found = BTreeMap::<String, Durations>::new();
    let visit = |run: &Testrun, file: &FileRecord| {
        let Some(result) = file.result.as_ref().filter(|result| result.collected > 0) else { return };
        note(&mut found, file.path.clone(), result.duration, run.id());
    };
    seen.each_file(&api, visit).await?;
    let files = slowest(found, rows).into_iter().map(|(path, took)| SlowFile { path, took });
    let files = files.collect();
    Ok(Json(SlowFiles { window: seen.window(), files }))
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
    let _turn = api.insights.take().await?;
    let mut seen = params.read(&api).await?;
    let mut found = BTreeMap::<(String, String), Durations>::new();
    let visit = |run: &Testrun, file: &FileRecord, case: CaseRecord| {
        if case.kind == CaseKind::Test {
            note(&mut found, (file.path.clone(), case.case), case.duration, run.id());
        }
    };
    seen.each_case(&api, None, visit).await?;
    let cases = slowest(found, rows).into_iter().map(|((path, case), took)| SlowCase { path, case, took });
    let cases = cases.collect();
    Ok(Json(SlowCases { window: seen.window(), cases }))
}

fn note<K: Ord>(found: &mut BTreeMap<K, Durations>, of: K, duration: Duration, run: TestrunId) {
    let known = found.entry(of).and_modify(|known| known.add(duration));
    known.or_insert_with(|| Durations::new(duration, run));
}

fn slowest<K>(found: BTreeMap<K, Durations>, rows: usize) -> Vec<(K, Took)> {
    let mut sorted: Vec<_> = found.into_iter().map(|(of, durations)| (of, durations.told())).collect();
    // A stable sort: of equal ones the order of the names stays.
    sorted.sort_by_key(|(_, took)| std::cmp::Reverse(took.mean_us));
    sorted.truncate(rows);
    sorted
}
