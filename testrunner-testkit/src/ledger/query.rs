//! Listing and counting.

use testrunner_core::store::{ListPage, ListQuery, Page, StatusCounts};
use testrunner_core::testrun::Summary;

use super::run::Run;
use super::{Ledger, Mutant};

impl Ledger {
    /// As [`Store::list`](testrunner_core::Store::list).
    #[must_use]
    pub fn list(&self, query: &ListQuery) -> ListPage {
        let limit = if query.limit == 0 { 100 } else { query.limit as usize };
        let any_status = query.statuses.is_empty();
        let newest_first = self.runs.iter().rev().filter(|run| {
            (any_status || query.statuses.contains(&run.status))
                && query.before.is_none_or(|before| run.id < before)
                && run.is_asked_for(query)
        });
        let mut rows: Vec<Summary> = newest_first.map(Run::summary).collect();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().map(|summary| summary.id).filter(|_| more);
        Page { rows, next }
    }

    /// As [`Store::counts`](testrunner_core::Store::counts).
    #[must_use]
    pub fn counts(&self, query: &ListQuery) -> StatusCounts {
        let mut query = query.clone();
        if self.makes(Mutant::CountsOfEverybody) {
            query.username = None;
        }
        let mut counts = StatusCounts::default();
        for run in self.runs.iter().rev().filter(|run| run.is_asked_for(&query)) {
            counts.more = query.limit > 0 && counts.total() == u64::from(query.limit);
            if counts.more {
                break;
            }
            counts.add(run.status, 1);
        }
        counts
    }
}

impl Run {
    fn is_asked_for(&self, query: &ListQuery) -> bool {
        let labels = &self.new.labels;
        let labelled = query.labels.iter().all(|wanted| match &wanted.value {
            Some(value) => labels.get(&wanted.key) == Some(value),
            None => labels.contains_key(&wanted.key),
        });
        let failed_so = match self.reason {
            Some(reason) => query.reasons.contains(&reason),
            None => false,
        };
        let from = query.created_from.unwrap_or(self.created_at);
        labelled
            && (query.reasons.is_empty() || failed_so)
            && query.username.as_ref().is_none_or(|name| *name == self.new.username)
            && from <= self.created_at
            && query.created_before.is_none_or(|before| self.created_at < before)
            && query.text.as_ref().is_none_or(|text| self.mentions(text))
    }

    fn mentions(&self, text: &str) -> bool {
        let new = &self.new;
        let mut words = vec![new.username.as_str()];
        words.extend(new.files.iter().map(|file| file.path.as_str()));
        words.extend(new.labels.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
        let part = text.to_ascii_lowercase();
        self.id.to_string() == text || words.iter().any(|word| word.to_ascii_lowercase().contains(&part))
    }
}
