//! Where a stream goes on.

use axum::http::HeaderMap;

use crate::problem::Problem;

/// The header that browsers send when they connect again; it wins over `after`, which is from the first connect.
const LAST_EVENT_ID: &str = "last-event-id";

/// The position that was asked for, if one was.
///
/// # Errors
/// It is not a number from 0 on.
pub(super) fn position(headers: &HeaderMap, after: Option<i64>) -> Result<Option<i64>, Problem> {
    let bad = || Problem::bad_request("Last-Event-ID and after must be 0 or the number of an event");
    let header = match headers.get(LAST_EVENT_ID) {
        None => None,
        Some(value) if value.is_empty() => None,
        Some(value) => Some(value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(bad)?),
    };
    match header.or(after) {
        Some(position) if position < 0 => Err(bad()),
        position => Ok(position),
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
        assert_eq!(position(&with("7"), Some(3)).unwrap(), Some(7));
        assert_eq!(position(&with(""), Some(3)).unwrap(), Some(3));
        assert_eq!(position(&HeaderMap::new(), None).unwrap(), None);
        for bad in ["-1", "abc", "99999999999999999999", "1.5"] {
            assert!(position(&with(bad), None).is_err(), "{bad}");
        }
        assert!(position(&HeaderMap::new(), Some(-1)).is_err());
    }
}
