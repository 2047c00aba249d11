//! Where a stream goes on.

use axum::http::HeaderMap;
use testrunner_core::Seq;

use crate::paging;
use crate::problem::Problem;

/// The header that browsers send when they connect again; it wins over `after`, which is from the first connect.
const LAST_EVENT_ID: &str = "last-event-id";

/// The position that was asked for, if one was.
///
/// # Errors
/// It is not a number from 0 on: 400 for the header, 422 for the parameter.
pub(super) fn position(headers: &HeaderMap, after: Option<i64>) -> Result<Option<Seq>, Problem> {
    match headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty()) {
        None => after.map(|after| paging::after(Some(after))).transpose(),
        Some(value) => {
            let last = value.to_str().ok().and_then(|text| text.parse().ok());
            let last = last.and_then(|last| paging::after(Some(last)).ok());
            let bad = || Problem::bad_request("Last-Event-ID must be 0 or the number of an event");
            last.map(Some).ok_or_else(bad)
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_header_wins() {
        let with = |value: &'static str| {
            HeaderMap::from_iter([(
                axum::http::HeaderName::from_static(LAST_EVENT_ID),
                HeaderValue::from_static(value),
            )])
        };
        assert_eq!(position(&with("7"), Some(3)).unwrap(), Some(Seq(7)));
        assert_eq!(position(&with(""), Some(3)).unwrap(), Some(Seq(3)));
        assert_eq!(position(&HeaderMap::new(), None).unwrap(), None);
        for bad in ["-1", "abc", "99999999999999999999", "1.5"] {
            assert!(position(&with(bad), None).is_err(), "{bad}");
        }
        assert!(position(&HeaderMap::new(), Some(-1)).is_err());
    }
}
