//! `GET /insights/flaky`: outcomes that differ although the bytes do not.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use testrunner_api::{FlakyCase, FlakyCases};
use testrunner_core::store::CaseRecord;
use testrunner_core::testrun::{FileRecord, Testrun};
use testrunner_core::{CaseKind, Digest, TestrunId};

use super::window::WindowParams;
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    good: u32,
    bad: u32,
    last_bad: Option<TestrunId>,
}

/// The flaky cases
///
/// Whose outcome differs between Testruns although their file has the same bytes.
#[utoipa::path(
    get, path = "/insights/flaky", tag = "insights", operation_id = "get_flaky_cases", params(WindowParams),
    responses((status = 200, description = "Those that changed most often first", body = FlakyCases))
)]
pub(crate) async fn flaky(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<WindowParams>,
) -> Result<Json<FlakyCases>, Problem> {
    let rows = params.rows()?;
    let _turn = api.insights.take().await?;
    let mut runs = params.read(&api).await?;
    let mut found = BTreeMap::<(String, String, Digest), Seen>::new();
    let visit = |run: &Testrun, file: &FileRecord, case: CaseRecord| {
        let (CaseKind::Test, Some(digest)) = (case.kind, file.digest) else { return };
        let seen = found.entry((file.path.clone(), case.case, digest)).or_default();
        if case.outcome.is_bad() {
            seen.bad += 1;
            seen.last_bad.get_or_insert(run.id());
        } else {
            seen.good += 1;
        }
    };
    runs.each_case(&api, None, visit).await?;
    let mut cases: Vec<FlakyCase> = found
        .into_iter()
        .filter(|(_, seen)| seen.good > 0)
        .filter_map(|((path, case, digest), Seen { good, bad, last_bad })| {
            last_bad.map(|last_bad| FlakyCase { path, case, digest, good, bad, last_bad })
        })
        .collect();
    cases.sort_by_key(|case| std::cmp::Reverse(case.good.min(case.bad)));
    cases.truncate(rows);
    Ok(Json(FlakyCases { window: runs.window(), cases }))
}
