//! What many Testruns tell together.

use testrunner_api::{CaseHistory, FlakyCases, SlowCases, SlowFiles, Trend};
use testrunner_core::store::LabelQuery;

use crate::client::Client;
use crate::error::ClientError;
use crate::request::Query;

/// Which Testruns are looked at, and how many rows are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Insight {
    /// The newest so many; `None` for the server's default.
    pub runs: Option<u32>,
    /// Most rows.
    pub limit: Option<u32>,
    /// Only of this user.
    pub username: Option<String>,
    /// Only with these labels.
    pub labels: Vec<LabelQuery>,
}

/// One case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CaseName<'a> {
    /// Path of its file.
    pub path: &'a str,
    /// Its name.
    pub case: &'a str,
}

impl Insight {
    fn query(&self) -> Query {
        let mut query = self.filter();
        query.extend(self.runs.map(|runs| ("runs", runs.to_string())));
        query.extend(self.limit.map(|limit| ("limit", limit.to_string())));
        query
    }

    fn filter(&self) -> Query {
        let mut query = Query::new();
        query.extend(self.username.iter().map(|name| ("username", name.clone())));
        query.extend(self.labels.iter().map(|label| {
            let value = label.value.as_ref();
            ("label", value.map_or_else(|| label.key.clone(), |value| format!("{}={value}", label.key)))
        }));
        query
    }
}

impl Client {
    /// Pass rate and duration for each of the last days.
    ///
    /// # Errors
    /// Unreachable, refused, not understood.
    pub async fn trend(&self, days: u32, of: &Insight) -> Result<Trend, ClientError> {
        let mut query = of.filter();
        query.push(("days", days.to_string()));
        self.get("insights/trend", &query).await
    }

    /// The slowest files.
    ///
    /// # Errors
    /// As [`Client::trend`].
    pub async fn slow_files(&self, of: &Insight) -> Result<SlowFiles, ClientError> {
        self.get("insights/files", &of.query()).await
    }

    /// The slowest cases.
    ///
    /// # Errors
    /// As [`Client::trend`].
    pub async fn slow_cases(&self, of: &Insight) -> Result<SlowCases, ClientError> {
        self.get("insights/cases", &of.query()).await
    }

    /// Cases whose outcome differs on the same bytes.
    ///
    /// # Errors
    /// As [`Client::trend`].
    pub async fn flaky_cases(&self, of: &Insight) -> Result<FlakyCases, ClientError> {
        self.get("insights/flaky", &of.query()).await
    }

    /// One case over many Testruns. `of.limit` is not used.
    ///
    /// # Errors
    /// As [`Client::trend`].
    pub async fn case_history(&self, case: CaseName<'_>, of: &Insight) -> Result<CaseHistory, ClientError> {
        let mut query = of.filter();
        query.extend(of.runs.map(|runs| ("runs", runs.to_string())));
        query.push(("path", case.path.to_owned()));
        query.push(("case", case.case.to_owned()));
        self.get("insights/history", &query).await
    }
}
