//! Which Testruns are looked at.

use serde::Deserialize;
use testrunner_api::Window;
use testrunner_core::store::{LabelQuery, ListQuery};
use testrunner_core::testrun::Summary;
use testrunner_core::{Status, Timestamp};

use crate::paging::{check_count, limit};
use crate::problem::Problem;
use crate::state::Api;

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
    #[param(max_items = 16)]
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

    /// Only the first so many were looked at, and the last of them perhaps not whole.
    pub(super) fn cut(&mut self, runs: usize) {
        self.runs.truncate(runs);
        self.truncated = true;
    }

    /// How it is told.
    pub(super) fn window(&self) -> Window {
        let from: Option<Timestamp> = self.runs.last().map(|run| run.created_at);
        Window { runs: u32::try_from(self.runs.len()).unwrap_or(u32::MAX), from, truncated: self.truncated }
    }
}
