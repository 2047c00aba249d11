//! Text and times as the document needs them.

use quick_junit::XmlString;
use testrunner_core::Timestamp;

/// Most characters of a headline.
const MOST: usize = 200;

/// Text that XML can hold: the library takes control characters out, but also tabs, and leaves two code points
/// that no document may contain.
pub(crate) fn text(text: &str) -> String {
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}").replace('\t', "    ")
}

/// A headline of plain characters, cut where it is too long.
pub(crate) fn shortened(line: &str) -> String {
    let plain = XmlString::new(text(line));
    let plain = plain.as_str().trim();
    if plain.chars().nth(MOST).is_none() {
        return plain.to_owned();
    }
    plain.chars().take(MOST - 1).chain(['…']).collect()
}

/// A moment in the type that the library wants.
pub(crate) fn moment<T: std::str::FromStr>(at: Timestamp) -> Option<T> {
    jiff::Timestamp::from_microsecond(at.0).ok()?.to_string().parse().ok()
}

#[cfg(test)]
mod tests {
    use quick_junit::{TestCase, TestCaseStatus};

    use super::*;

    #[test]
    fn text_is_fit_for_xml() {
        let mut test = TestCase::new(text("a\u{fffe}b\tc\u{0}"), TestCaseStatus::success());
        test.set_system_out(text("\u{ffff}\u{1b}[31mred"));
        assert_eq!(test.name.as_str(), "a\u{fffd}b    c");
        assert_eq!(test.system_out.as_deref(), Some("\u{fffd}red"));
    }

    #[test]
    fn moments_are_understood() {
        let at: Option<jiff::Timestamp> = moment(Timestamp(1_700_000_000_123_456));
        assert!(at.is_some());
    }
}
