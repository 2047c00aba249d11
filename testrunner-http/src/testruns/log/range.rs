//! `Range: bytes=…`, one range of it, as RFC 9110 section 14 has it.

use axum::http::{HeaderMap, header};

/// What of a text is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: nothing was said, or nothing that we understand.
    All,
    /// From the first byte to the second, both included.
    Part(u64, u64),
    /// Nothing of it is there.
    Nothing,
}

/// What the headers ask for, of a text of this size.
pub(super) fn wanted(headers: &HeaderMap, size: u64) -> Wanted {
    let Some(given) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Wanted::All;
    };
    let Some((first, last)) = given.strip_prefix("bytes=").and_then(|range| range.trim().split_once('-'))
    else {
        return Wanted::All;
    };
    match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
        (Ok(first), Ok(last)) if first > last => Wanted::All,
        (Ok(first), _) if first >= size && (last.trim().is_empty() || last.trim().parse::<u64>().is_ok()) => {
            Wanted::Nothing
        }
        (Ok(first), Ok(last)) => Wanted::Part(first, last.min(size - 1)),
        (Ok(first), Err(_)) if last.trim().is_empty() => Wanted::Part(first, size - 1),
        (Err(_), Ok(0)) if first.trim().is_empty() => Wanted::Nothing,
        (Err(_), Ok(last)) if first.trim().is_empty() && size > 0 => {
            Wanted::Part(size.saturating_sub(last), size - 1)
        }
        (Err(_), Ok(_)) if first.trim().is_empty() => Wanted::Nothing,
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn ranges() {
        for (given, size, expected) in [
            ("bytes=0-9", 100, Wanted::Part(0, 9)),
            ("bytes=90-", 100, Wanted::Part(90, 99)),
            ("bytes=90-1000", 100, Wanted::Part(90, 99)),
            ("bytes=-10", 100, Wanted::Part(90, 99)),
            ("bytes=-1000", 100, Wanted::Part(0, 99)),
            ("bytes=100-", 100, Wanted::Nothing),
            ("bytes=0-", 0, Wanted::Nothing),
            ("bytes=-5", 0, Wanted::Nothing),
            ("bytes=-0", 100, Wanted::Nothing),
            ("bytes=9-0", 100, Wanted::All),
            ("bytes=0-1,5-6", 100, Wanted::All),
            ("lines=0-1", 100, Wanted::All),
            ("bytes=a-b", 100, Wanted::All),
            ("bytes=100-x", 100, Wanted::All),
        ] {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(given))]);
            assert_eq!(wanted(&headers, size), expected, "{given} of {size}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 5), Wanted::All);
    }
}
