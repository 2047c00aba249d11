//! `GET /testruns`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use testrunner_api::TestrunPage;
use testrunner_core::store::{LabelQuery, ListQuery};
use testrunner_core::{FailReason, Status, TestrunDocument, Timestamp};

use crate::cursor::Cursor;
use crate::extract::ApiQuery;
use crate::guard::Caller;
use crate::paging::{check_count, limit};
use crate::problem::Problem;
use crate::state::Api;

const LIMIT: u32 = 50;
const MOST: u32 = 500;
/// So many Testruns are counted: what is asked for with each look at a list must not take longer with each Testrun.
const COUNTED: u32 = 5_000;

/// Which Testruns.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Only with one of these statuses
    #[param(max_items = 16)]
    status: Vec<Status>,
    /// Only FAILED for one of these reasons
    #[param(max_items = 16)]
    reason: Vec<FailReason>,
    /// Only of this user
    username: Option<String>,
    /// Only with all of these labels: `key` or `key=value`
    #[param(max_items = 16)]
    label: Vec<String>,
    /// Only where the user, a file's path or a label contains this, or the id is this
    #[param(max_length = 200)]
    text: Option<String>,
    /// Only submitted at or after this moment, in microseconds
    created_from: Option<i64>,
    /// Only submitted before this moment, in microseconds
    created_before: Option<i64>,
    /// How many at the most
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<u32>,
    /// From an answer before: goes on where that one ended
    cursor: Option<String>,
}

impl ListParams {
    fn query(self) -> Result<ListQuery, Problem> {
        for (field, count) in
            [("status", self.status.len()), ("reason", self.reason.len()), ("label", self.label.len())]
        {
            check_count(field, count)?;
        }
        let labels = self.label.iter().map(|label| label.parse::<LabelQuery>()).collect::<Result<_, _>>();
        let text = self.text.filter(|text| !text.is_empty());
        if text.as_ref().is_some_and(|text| text.chars().count() > 200) {
            return Err(Problem::invalid("text", "it must have at most 200 characters"));
        }
        Ok(ListQuery {
            statuses: self.status,
            reasons: self.reason,
            username: self.username,
            labels: labels.map_err(|error| Problem::invalid("label", error.to_string()))?,
            text,
            created_from: self.created_from.map(Timestamp),
            created_before: self.created_before.map(Timestamp),
            before: self.cursor.as_deref().map(Cursor::read).transpose()?,
            limit: limit(self.limit, LIMIT, MOST)?,
        })
    }
}

/// List Testruns
///
/// Newest first. Paging is stable: Testruns that are added meanwhile do not move the pages. A search for a text reads
/// far more than its page, so few are done at once; who waits for too long gets 503 and when to come back.
#[utoipa::path(
    get, path = "/testruns", tag = "testruns", operation_id = "list_testruns", params(ListParams),
    responses((status = 200, description = "A page of them", body = TestrunPage))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    _caller: Caller,
    ApiQuery(params): ApiQuery<ListParams>,
) -> Result<Json<TestrunPage>, Problem> {
    let query = params.query()?;
    let _turn = match &query.text {
        Some(_) => Some(api.searches.take().await?),
        None => None,
    };
    let page = api.engine.list(&query).await?;
    let counts = match query.before {
        None => Some(api.engine.counts(&ListQuery { limit: COUNTED, ..query }).await?),
        Some(_) => None,
    };
    Ok(Json(TestrunPage {
        testruns: page.rows.iter().map(TestrunDocument::from).collect(),
        next_cursor: page.next.map(Cursor::write),
        counts,
    }))
}

#[cfg(test)]
mod tests {
    use crate::state::tests::{api, reader};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn few_look_for_a_text_at_once() {
        let api = api();
        let search = |text: Option<&str>| {
            let params = ListParams { text: text.map(str::to_owned), ..ListParams::default() };
            list(State(api.clone()), reader(), ApiQuery(params))
        };
        let turns = (api.searches.take().await.unwrap(), api.searches.take().await.unwrap());
        let problem = search(Some("ada")).await.unwrap_err();
        assert_eq!((problem.status().as_u16(), problem.code()), (503, "busy"));
        assert!(search(None).await.is_ok());
        assert!(search(Some("")).await.is_ok());
        drop(turns);
        assert!(search(Some("ada")).await.is_ok());
    }
}
