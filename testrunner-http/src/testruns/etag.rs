//! The version of a Testrun's document, for conditional requests.

use axum::http::{HeaderMap, HeaderValue, header};
use testrunner_core::testrun::Summary;

/// A strong tag: whatever changes a Testrun appends an event.
pub(crate) fn etag(run: &Summary) -> HeaderValue {
    let tag = format!("\"{}-{}\"", run.id, run.last_seq);
    HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether the caller has this version already.
pub(crate) fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    let given = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_one_by_one() {
        let tag = HeaderValue::from_static("\"7-12\"");
        let known = |given: &'static str| {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(given))]);
            is_known(&headers, &tag)
        };
        assert!(known("\"7-12\"") && known("W/\"7-12\"") && known("\"1-1\", \"7-12\"") && known("*"));
        assert!(!known("\"7-1\"") && !known("7-12") && !known(""));
    }
}
