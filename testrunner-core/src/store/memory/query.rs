//! Which Testruns a query asks for.

use super::run::Run;
use super::state::State;
use crate::id::TestrunId;
use crate::store::{LabelQuery, ListPage, ListQuery, Page, StatusCounts};

impl State {
    pub(super) fn list(&self, query: &ListQuery) -> ListPage {
        let limit = if query.limit == 0 { 100 } else { query.limit as usize };
        let end = query.before.unwrap_or(TestrunId(i64::MAX));
        let mut matching = self.runs.range(..end).rev().map(|(_, run)| run).filter(|run| {
            let status = run.summary.status;
            (query.statuses.is_empty() || query.statuses.contains(&status)) && run.matches(query)
        });
        let rows: Vec<_> = matching.by_ref().take(limit).map(|run| run.summary.clone()).collect();
        let next = matching.next().and(rows.last()).map(|summary| summary.id);
        Page { rows, next }
    }

    pub(super) fn counts(&self, query: &ListQuery) -> StatusCounts {
        let mut counts = StatusCounts::default();
        for run in self.runs.values().rev().filter(|run| run.matches(query)) {
            if counts.total() == query.most_counted() {
                counts.more = true;
                break;
            }
            counts.add(run.summary.status, 1);
        }
        counts
    }
}

impl Run {
    /// All but status and place.
    fn matches(&self, query: &ListQuery) -> bool {
        let summary = &self.summary;
        let reasons = &query.reasons;
        (reasons.is_empty() || summary.reason.is_some_and(|reason| reasons.contains(&reason)))
            && query.username.as_ref().is_none_or(|name| summary.username == *name)
            && query.labels.iter().all(|label| self.has(label))
            && query.text.as_ref().is_none_or(|text| query.number() == Some(summary.id) || self.tells(text))
            && query.created_from.is_none_or(|from| summary.created_at >= from)
            && query.created_before.is_none_or(|before| summary.created_at < before)
    }

    fn has(&self, LabelQuery { key, value }: &LabelQuery) -> bool {
        let label = self.summary.labels.get(key);
        label.is_some_and(|found| value.as_ref().is_none_or(|value| found == value))
    }

    fn tells(&self, text: &str) -> bool {
        let wanted = text.to_ascii_lowercase();
        let tells = |words: &str| words.to_ascii_lowercase().contains(&wanted);
        let summary = &self.summary;
        tells(&summary.username)
            || summary.labels.iter().any(|(key, value)| tells(key) || tells(value))
            || self.files.iter().any(|file| tells(&file.path))
    }
}
