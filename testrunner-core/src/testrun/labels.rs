//! Labels: what callers sort their Testruns by (a branch, a pull request, a nightly build).

use std::collections::BTreeMap;

use crate::testrun::InvalidSpec;
use crate::testrun::limits::is_invisible;

/// Labels of a Testrun, by key.
pub type Labels = BTreeMap<String, String>;

/// Most labels of one Testrun.
pub(super) const MOST: usize = 16;
pub(super) const KEY_CHARS: usize = 63;
pub(super) const VALUE_CHARS: usize = 128;

/// Checks the labels of a Testrun: their number, and each key and value.
///
/// # Errors
/// Names the label and the rule that was broken.
pub fn check_labels(labels: &Labels) -> Result<(), InvalidSpec> {
    if labels.len() > MOST {
        return Err(InvalidSpec::TooManyLabels { count: labels.len() });
    }
    labels.iter().try_for_each(|(key, value)| {
        check_key(key)?;
        check_value(key, value)
    })
}

pub(crate) fn check_key(key: &str) -> Result<(), InvalidSpec> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-');
    let begins = key.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && key.len() <= KEY_CHARS && key.chars().all(good) {
        return Ok(());
    }
    Err(InvalidSpec::BadLabelKey { key: key.to_owned() })
}

fn check_value(key: &str, value: &str) -> Result<(), InvalidSpec> {
    let visible = |c: char| !c.is_control() && !is_invisible(c);
    if value.chars().count() <= VALUE_CHARS && value.chars().all(visible) {
        return Ok(());
    }
    Err(InvalidSpec::BadLabelValue { key: key.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, value: &str) -> Result<(), InvalidSpec> {
        check_labels(&Labels::from([(key.to_owned(), value.to_owned())]))
    }

    #[test]
    fn keys() {
        for good in ["a", "9", "ci.example/branch_name-1", &"k".repeat(63)] {
            assert_eq!(one(good, "x"), Ok(()), "{good}");
        }
        for bad in ["", "-a", ".a", "/a", "_a", "a b", "a=b", "ü", "a\n", &"k".repeat(64)] {
            assert_eq!(one(bad, "x"), Err(InvalidSpec::BadLabelKey { key: bad.to_owned() }));
        }
    }

    #[test]
    fn values() {
        for good in ["", "main", "a = b", "ü", &"é".repeat(128)] {
            assert_eq!(one("k", good), Ok(()), "{good}");
        }
        for bad in ["a\nb", "\u{1b}[31m", "a\u{202e}b", "\u{200b}", &"é".repeat(129)] {
            assert_eq!(one("k", bad), Err(InvalidSpec::BadLabelValue { key: "k".to_owned() }));
        }
    }

    #[test]
    fn no_more_than_sixteen() {
        let labels = |n: usize| (0..n).map(|n| (format!("k{n}"), String::new())).collect::<Labels>();
        assert_eq!(check_labels(&labels(16)), Ok(()));
        assert_eq!(check_labels(&labels(17)), Err(InvalidSpec::TooManyLabels { count: 17 }));
    }
}
