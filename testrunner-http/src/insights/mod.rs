//! What many Testruns tell together: folds over those that ended last.

mod durations;
mod flaky;
mod history;
mod slow;
mod trend;
mod visit;
mod window;

pub(crate) use self::flaky::{__path_flaky, flaky};
pub(crate) use self::history::{__path_history, history};
pub(crate) use self::slow::{__path_cases, __path_files, cases, files};
pub(crate) use self::trend::{__path_trend, trend};

#[cfg(test)]
mod tests {
    use axum::extract::State;

    use crate::extract::ApiQuery;
    use crate::state::tests::{api, reader};

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_too_long_is_told_to_come_back() {
        let api = api();
        let turn = api.insights.take().await.unwrap();
        let ask = || State(api.clone());
        let history = serde_html_form::from_str("path=x&case=a").unwrap();
        let refused = [
            super::trend(ask(), reader(), ApiQuery::default()).await.unwrap_err(),
            super::files(ask(), reader(), ApiQuery::default()).await.unwrap_err(),
            super::cases(ask(), reader(), ApiQuery::default()).await.unwrap_err(),
            super::flaky(ask(), reader(), ApiQuery::default()).await.unwrap_err(),
            super::history(ask(), reader(), ApiQuery(history)).await.unwrap_err(),
        ];
        for problem in refused {
            assert_eq!((problem.status().as_u16(), problem.code()), (503, "busy"));
        }
        drop(turn);
        assert!(super::trend(ask(), reader(), ApiQuery::default()).await.is_ok());
    }
}
