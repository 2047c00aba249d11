//! Which Testruns are listed and counted.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::TestrunId;
use crate::testrun::{FailReason, InvalidSpec, Status, Summary, check_key};

/// Which Testruns to list: newest first. Every filter that is set must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only with one of these; empty: any.
    pub statuses: Vec<Status>,
    /// Only those that failed for one of these; empty: any.
    pub reasons: Vec<FailReason>,
    /// Only of this user.
    pub username: Option<String>,
    /// Only those that match all of these.
    pub labels: Vec<LabelQuery>,
    /// Only those with this text in their username, a file's path, a label's key or a label's value, or with
    /// this whole number. The letters A to Z match in either case.
    pub text: Option<String>,
    /// Only those created then or later.
    pub created_from: Option<Timestamp>,
    /// Only those created earlier.
    pub created_before: Option<Timestamp>,
    /// Only older than this one.
    pub before: Option<TestrunId>,
    /// How many at the most; 0 means 100. Of what is counted, 0 means all.
    pub limit: u32,
}

impl ListQuery {
    /// Whether there is nothing but statuses and a place that Testruns are left out for.
    #[must_use]
    pub fn has_no_filter(&self) -> bool {
        // Named one by one, so that no new one is forgotten.
        let Self {
            statuses: _,
            reasons,
            username,
            labels,
            text,
            created_from,
            created_before,
            before: _,
            limit: _,
        } = self;
        reasons.is_empty()
            && labels.is_empty()
            && username.is_none()
            && text.is_none()
            && created_from.is_none()
            && created_before.is_none()
    }

    /// Whether a text alone leaves Testruns out, but for statuses and a place.
    #[must_use]
    pub fn has_text_alone(&self) -> bool {
        self.text.is_some() && Self { text: None, ..self.clone() }.has_no_filter()
    }

    /// The Testrun that the text is the whole number of, if there is one.
    #[must_use]
    pub fn number(&self) -> Option<TestrunId> {
        let text = self.text.as_deref()?;
        text.parse().ok().map(TestrunId).filter(|run| run.to_string() == text)
    }

    /// How many are counted at the most.
    #[must_use]
    pub const fn most_counted(&self) -> u64 {
        match self.limit {
            0 => u64::MAX,
            limit => limit as u64,
        }
    }
}

/// A label that a Testrun must have. Written `key` or `key=value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelQuery {
    /// The whole key.
    pub key: String,
    /// The whole value; `None`: any.
    pub value: Option<String>,
}

impl FromStr for LabelQuery {
    type Err = InvalidSpec;

    /// # Errors
    /// The key is none that a label can have.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (text, None),
        };
        check_key(key)?;
        Ok(Self { key: key.to_owned(), value })
    }
}

/// Number of Testruns by status, or of as many as were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one field per Status, named alike")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusCounts {
    pub created: u64,
    pub running: u64,
    pub failed: u64,
    pub success: u64,
    /// There may be more than were counted: each number is the least that there are
    #[serde(default)]
    pub more: bool,
}

impl StatusCounts {
    /// Counts `n` more of this status.
    pub const fn add(&mut self, status: Status, n: u64) {
        let slot = match status {
            Status::Created => &mut self.created,
            Status::Running => &mut self.running,
            Status::Failed => &mut self.failed,
            Status::Success => &mut self.success,
        };
        *slot += n;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.created + self.running + self.failed + self.success
    }
}

/// A part of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Pass this as `before` to go on; `None` when there is no more.
    pub next: Option<TestrunId>,
}

/// A page of summaries.
pub type ListPage = Page<Summary>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_places_are_no_filter() {
        let query = ListQuery {
            statuses: vec![Status::Failed],
            before: Some(TestrunId(7)),
            limit: 3,
            ..ListQuery::default()
        };
        assert!(query.has_no_filter());
        assert!(!ListQuery { created_before: Some(Timestamp(0)), ..query.clone() }.has_no_filter());
        assert!(!ListQuery { text: Some(String::new()), ..query }.has_no_filter());
    }

    #[test]
    fn a_text_may_be_a_number() {
        let of = |text: &str| ListQuery { text: Some(text.to_owned()), ..ListQuery::default() };
        assert_eq!(of("42").number(), Some(TestrunId(42)));
        for text in ["", "042", "+42", "42 ", "a", "99999999999999999999"] {
            assert_eq!(of(text).number(), None, "{text}");
        }
        assert!(of("42").has_text_alone() && !ListQuery::default().has_text_alone());
        assert!(!ListQuery { username: Some("ada".to_owned()), ..of("42") }.has_text_alone());
    }

    #[test]
    fn label_queries_are_a_key_and_perhaps_a_value() {
        let query = |key: &str, value: Option<&str>| {
            Ok(LabelQuery { key: key.to_owned(), value: value.map(str::to_owned) })
        };
        assert_eq!("branch".parse(), query("branch", None));
        assert_eq!("branch=".parse(), query("branch", Some("")));
        assert_eq!("branch=a=b".parse(), query("branch", Some("a=b")));
        for bad in ["", "=main", "a b=c"] {
            assert!(matches!(bad.parse::<LabelQuery>(), Err(InvalidSpec::BadLabelKey { .. })), "{bad}");
        }
    }
}
