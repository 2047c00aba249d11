//! Which Testruns are looked at.

use serde::Deserialize;
use testrunner_api::Window;
use testrunner_core::store::{CaseQuery, CaseRecord, LabelQuery, ListQuery};
use testrunner_core::testrun::{Summary, Testrun};
use testrunner_core::{Status, TestrunId, Timestamp};

use crate::problem::Problem;
use crate::state::Api;
use crate::testruns::list::{check_count, limit};

const RUNS: u32 = 50;
const MOST_RUNS: u32 = 500;
const PAGE: u32 = 500;

/// Which Testruns, and how many rows.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct WindowParams {
    /// How many of the Testruns that were submitted last and have ended
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub(super) runs: Option<u32>,
    /// Only of this user
    pub(super) username: Option<String>,
    /// Only with all of these labels: `key` or `key=value`
    pub(super) label: Vec<String>,
    /// How many rows at the most
    #[param(minimum = 1, maximum = 500, default = 20)]
    pub(super) limit: Option<u32>,
}

impl WindowParams {
    pub(super) fn rows(&self) -> Result<usize, Problem> {
        Ok(usize::try_from(limit(self.limit, 20, 500)?).unwrap_or(usize::MAX))
    }

    pub(super) async fn read(&self, api: &Api) -> Result<Seen, Problem> {
        let most = limit(self.runs, RUNS, MOST_RUNS)?;
        Seen::read(api, ended(self.username.as_deref(), &self.label)?, most).await
    }
}

/// A query for Testruns that have ended.
///
/// # Errors
/// A label is not one.
pub(super) fn ended(username: Option<&str>, labels: &[String]) -> Result<ListQuery, Problem> {
    check_count("label", labels.len())?;
    let labels = labels.iter().map(|label| label.parse::<LabelQuery>()).collect::<Result<_, _>>();
    Ok(ListQuery {
        statuses: vec![Status::Failed, Status::Success],
        username: username.map(str::to_owned),
        labels: labels.map_err(|error| Problem::invalid("label", error.to_string()))?,
        ..ListQuery::default()
    })
}

/// The Testruns that are looked at, newest first.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) runs: Vec<Summary>,
    truncated: bool,
}

impl Seen {
    /// The newest that a query finds, at most so many.
    pub(super) async fn read(api: &Api, mut query: ListQuery, most: u32) -> Result<Self, Problem> {
        let wanted = usize::try_from(most).unwrap_or(usize::MAX);
        let mut runs = Vec::new();
        loop {
            query.limit = PAGE.min(most);
            let page = api.engine.list(&query).await?;
            runs.extend(page.rows);
            query.before = page.next;
            if page.next.is_none() || runs.len() >= wanted {
                let truncated = page.next.is_some() || runs.len() > wanted;
                runs.truncate(wanted);
                return Ok(Self { runs, truncated });
            }
        }
    }

    /// How it is told.
    pub(super) fn window(&self) -> Window {
        let from: Option<Timestamp> = self.runs.last().map(|run| run.created_at);
        Window { runs: u32::try_from(self.runs.len()).unwrap_or(u32::MAX), from, truncated: self.truncated }
    }
}

/// A Testrun with its files; `None` when it was deleted meanwhile.
pub(super) async fn whole(api: &Api, id: TestrunId) -> Result<Option<Testrun>, Problem> {
    match api.engine.get(id).await {
        Ok(run) => Ok(Some(run)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// All cases of a Testrun, or of one of its files; none when it was deleted meanwhile.
pub(super) async fn all_cases(
    api: &Api,
    id: TestrunId,
    file: Option<u32>,
) -> Result<Vec<CaseRecord>, Problem> {
    let mut query = CaseQuery { file, limit: 10_000, ..CaseQuery::default() };
    let mut cases = Vec::new();
    loop {
        let page = match api.engine.cases(id, &query).await {
            Ok(page) => page,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let Some(last) = page.last() else { return Ok(cases) };
        query.after = last.seq;
        cases.extend(page);
    }
}
