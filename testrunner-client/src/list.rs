//! Listing Testruns.

use testrunner_api::TestrunPage;
use testrunner_core::store::{LabelQuery, ListQuery};

use crate::client::Client;
use crate::error::ClientError;
use crate::request::Query;

impl Client {
    /// A page of Testruns, newest first. Go on with the page's `next_cursor`; `query.before` is not used.
    ///
    /// # Errors
    /// Unreachable, refused, not understood.
    pub async fn list(&self, query: &ListQuery, cursor: Option<&str>) -> Result<TestrunPage, ClientError> {
        self.get("testruns", &parameters(query, cursor)).await
    }
}

fn parameters(query: &ListQuery, cursor: Option<&str>) -> Query {
    let mut all = Query::new();
    all.extend(query.statuses.iter().map(|status| ("status", status.to_string())));
    all.extend(query.reasons.iter().map(|reason| ("reason", reason.to_string())));
    all.extend(query.labels.iter().map(|label| ("label", label_text(label))));
    all.extend(query.username.iter().map(|name| ("username", name.clone())));
    all.extend(query.text.iter().map(|text| ("text", text.clone())));
    all.extend(query.created_from.map(|at| ("created_from", at.0.to_string())));
    all.extend(query.created_before.map(|at| ("created_before", at.0.to_string())));
    if query.limit > 0 {
        all.push(("limit", query.limit.to_string()));
    }
    all.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
    all
}

fn label_text(label: &LabelQuery) -> String {
    label.value.as_ref().map_or_else(|| label.key.clone(), |value| format!("{}={value}", label.key))
}
