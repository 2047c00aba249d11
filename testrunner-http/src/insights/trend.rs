//! `GET /insights/trend`: pass rate and duration by day.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::{Trend, TrendDay};
use testrunner_core::testrun::Summary;
use testrunner_core::{FailReason, Status, Timestamp, clock};

use super::window::{Seen, ended};
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::paging::limit;
use crate::problem::Problem;
use crate::state::Api;

const DAY: Duration = Duration::from_hours(24);
/// Summaries alone are read, so this may be many.
const MOST_RUNS: u32 = 20_000;

/// How far back.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct TrendParams {
    /// How many days
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<u32>,
    /// Only of this user
    username: Option<String>,
    /// Only with all of these labels: `key` or `key=value`
    #[param(max_items = 16)]
    label: Vec<String>,
}

/// Pass rate and duration over time
#[utoipa::path(
    get, path = "/insights/trend", tag = "insights", operation_id = "get_trend", params(TrendParams),
    responses((status = 200, description = "By day", body = Trend))
)]
pub(crate) async fn trend(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<TrendParams>,
) -> Result<Json<Trend>, Problem> {
    let days = limit(params.days, 30, 366)?;
    let mut query = ended(params.username.as_deref(), &params.label)?;
    let span = clock::micros(DAY * days);
    query.created_from = Some(Timestamp(api.engine.now().0.saturating_sub(span)));
    let _turn = api.insights.take().await?;
    let seen = Seen::read(&api, query, MOST_RUNS).await?;
    Ok(Json(Trend { window: seen.window(), days: by_day(&seen.runs) }))
}

#[derive(Debug, Default)]
struct Day {
    success: u32,
    failed: u32,
    other: u32,
    durations: Vec<Duration>,
}

fn by_day(runs: &[Summary]) -> Vec<TrendDay> {
    let mut days = BTreeMap::<String, Day>::new();
    for run in runs {
        let Some(at) = run.finished_at else { continue };
        let Ok(moment) = jiff::Timestamp::from_microsecond(at.0) else { continue };
        let day = days.entry(moment.strftime("%Y-%m-%d").to_string()).or_default();
        match (run.status, run.reason) {
            (Status::Success, _) => day.success += 1,
            (_, Some(FailReason::TestsFailed | FailReason::TimedOut)) => day.failed += 1,
            _ => day.other += 1,
        }
        day.durations.extend(run.started_at.map(|from| at.since(from)));
    }
    days.into_iter().map(|(date, day)| told(date, day)).collect()
}

fn told(date: String, mut day: Day) -> TrendDay {
    day.durations.sort_unstable();
    let judged = day.success + day.failed;
    TrendDay {
        date,
        success: day.success,
        failed: day.failed,
        other: day.other,
        pass_rate: (judged > 0).then(|| f64::from(day.success) / f64::from(judged)),
        duration_p50_us: quantile(&day.durations, 50),
        duration_p90_us: quantile(&day.durations, 90),
    }
}

/// The smallest that this percentage of them does not exceed.
fn quantile(sorted: &[Duration], percent: usize) -> Option<i64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().map(clock::micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles() {
        let all: Vec<Duration> = (1..=10).map(Duration::from_micros).collect();
        assert_eq!((quantile(&all, 50), quantile(&all, 90)), (Some(5), Some(9)));
        assert_eq!(quantile(&all[..1], 90), Some(1));
        assert_eq!(quantile(&[], 50), None);
    }
}
