//! What a Testrun may be: the one table of limits, and the refusals that name them.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::duration_us;
use crate::testrun::TestrunSpec;
use crate::testrun::labels::{self, check_labels};

const USERNAME_CHARS: usize = 64;
const PATH_SEGMENTS: usize = 8;
const SEGMENT_CHARS: usize = 100;

/// Bounds on what is accepted and on what one Testrun may use. All can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Largest test or support file, in bytes. Applies to uploads.
    pub file_bytes: u64,
    /// Largest sum of all files, in bytes. Applies to uploads.
    pub total_bytes: u64,
    /// Most files in one Testrun. Applies to uploads.
    pub files: usize,
    /// Most bytes of output stored for one Testrun; beyond it the head and the tail are kept and the rest is counted.
    pub log_bytes: u64,
    /// Longest time for one file, in microseconds on the wire.
    #[serde(rename = "file_timeout_us", with = "duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub file_timeout: Duration,
    /// Time between asking a file to stop and killing it, at most 50 s; in microseconds on the wire.
    #[serde(rename = "grace_us", with = "duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 8 << 20,
            total_bytes: 32 << 20,
            files: 2_000,
            log_bytes: 256 << 20,
            file_timeout: Duration::from_mins(10),
            grace: Duration::from_secs(10),
        }
    }
}

/// The specification was refused; nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum InvalidSpec {
    #[error("the username is blank; give 1 to 64 characters")]
    BlankUsername,
    #[error("the username has {chars} characters; at most {USERNAME_CHARS} are allowed")]
    LongUsername { chars: usize },
    #[error("the username contains the control character {character:?}; use visible characters only")]
    ControlInUsername { character: char },
    #[error("there are no test files; name at least one")]
    NoTestFiles,
    #[error("{count} files are more than the {limit} allowed in one Testrun")]
    TooManyFiles { count: usize, limit: usize },
    #[error("the file {path:?} is given twice")]
    DuplicatePath { path: String },
    #[error("the file name {path:?} is refused: {why}")]
    BadPath { path: String, why: &'static str },
    #[error("the file {path:?} has {size} bytes; at most {limit} are allowed")]
    FileTooLarge { path: String, size: u64, limit: u64 },
    #[error("the files have {size} bytes together; at most {limit} are allowed")]
    TotalTooLarge { size: u64, limit: u64 },
    #[error("{field} must be {range}")]
    OutOfRange { field: &'static str, range: &'static str },
    #[error("the file {path:?} has no content to upload")]
    NoContent { path: String },
    #[error("{count} labels are more than the {most} allowed", most = labels::MOST)]
    TooManyLabels { count: usize },
    #[error(
        "the label key {key:?} is refused: it has 1 to {chars} letters A to Z, digits and ./_- and begins \
         with a letter or a digit",
        chars = labels::KEY_CHARS
    )]
    BadLabelKey { key: String },
    #[error(
        "the value of the label {key:?} is refused: it has at most {chars} visible characters",
        chars = labels::VALUE_CHARS
    )]
    BadLabelValue { key: String },
}

/// Checks a username: 1 to 64 characters, not blank, no control characters.
///
/// # Errors
/// Names the rule that was broken.
pub fn check_username(name: &str) -> Result<(), InvalidSpec> {
    if name.trim().is_empty() {
        return Err(InvalidSpec::BlankUsername);
    }
    let chars = name.chars().count();
    if chars > USERNAME_CHARS {
        return Err(InvalidSpec::LongUsername { chars });
    }
    match name.chars().find(|&c| c.is_control() || is_invisible(c)) {
        Some(character) => Err(InvalidSpec::ControlInUsername { character }),
        None => Ok(()),
    }
}

/// Characters that change how text around them reads: bidirectional controls, line separators, zero width.
pub(super) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Checks a file's path: relative, `/` between segments, no `.` or `..`, nothing invisible.
///
/// # Errors
/// Names the path and the rule that was broken.
pub fn check_path(path: &str) -> Result<(), InvalidSpec> {
    let refuse = |why| Err(InvalidSpec::BadPath { path: path.to_owned(), why });
    if path.is_empty() {
        return refuse("it is empty");
    }
    if path.starts_with('/') {
        return refuse("it must be relative");
    }
    if path.chars().any(|c| c.is_control() || is_invisible(c)) {
        return refuse("it contains a control character");
    }
    if path.contains('\\') {
        return refuse("segments are separated by '/', not by '\\'");
    }
    let segments: Vec<&str> = path.split('/').collect();
    if segments.len() > PATH_SEGMENTS {
        return refuse("it has more than 8 segments");
    }
    for segment in segments {
        match segment {
            "" => return refuse("it has an empty segment"),
            "." | ".." => return refuse("'.' and '..' are not allowed"),
            _ if segment.chars().count() > SEGMENT_CHARS => {
                return refuse("a segment has more than 100 characters");
            }
            _ => {}
        }
    }
    Ok(())
}

impl TestrunSpec {
    /// Checks everything that can be checked without a store.
    ///
    /// # Errors
    /// The first broken rule, by name.
    pub fn validate(&self) -> Result<(), InvalidSpec> {
        check_username(&self.username)?;
        check_labels(&self.labels)?;
        if !self.files.iter().any(crate::testrun::SpecFile::is_test) {
            return Err(InvalidSpec::NoTestFiles);
        }
        let mut seen = BTreeSet::new();
        let uploaded = matches!(self.source, crate::testrun::Source::Upload);
        let limits = &self.limits;
        let mut total = 0;
        for file in &self.files {
            // A directory is the user's own: its paths exist already and are never created by us.
            if uploaded {
                check_path(&file.path)?;
            }
            if !seen.insert(file.path.as_str()) {
                return Err(InvalidSpec::DuplicatePath { path: file.path.clone() });
            }
            let size = file.content.size();
            if uploaded && size > limits.file_bytes {
                let (path, limit) = (file.path.clone(), limits.file_bytes);
                return Err(InvalidSpec::FileTooLarge { path, size, limit });
            }
            if uploaded && matches!(file.content, crate::testrun::FileContent::InPlace { .. }) {
                return Err(InvalidSpec::NoContent { path: file.path.clone() });
            }
            total += size;
        }
        if uploaded && self.files.len() > limits.files {
            return Err(InvalidSpec::TooManyFiles { count: self.files.len(), limit: limits.files });
        }
        if uploaded && total > limits.total_bytes {
            return Err(InvalidSpec::TotalTooLarge { size: total, limit: limits.total_bytes });
        }
        check_numbers(self)
    }
}

fn check_numbers(spec: &TestrunSpec) -> Result<(), InvalidSpec> {
    let out = |field, range| Err(InvalidSpec::OutOfRange { field, range });
    let day = Duration::from_hours(24);
    if spec.limits.file_timeout.is_zero() || spec.limits.file_timeout > day {
        return out("the time limit of a file", "above 0 and at most 24 hours");
    }
    // Shorter than the time after which the janitor takes a stopped item away (`STOP_GRACE`).
    if spec.limits.grace > Duration::from_secs(50) {
        return out("the grace period", "at most 50 seconds");
    }
    if spec.max_fail == Some(0) {
        return out("max_fail", "at least 1");
    }
    if spec.time_limit.is_some_and(|limit| limit.is_zero() || limit > 7 * day) {
        return out("the time limit of the Testrun", "above 0 and at most 7 days");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        assert_eq!(check_username("Ada Lovelace"), Ok(()));
        assert_eq!(check_username(&"é".repeat(64)), Ok(()));
        assert_eq!(check_username(""), Err(InvalidSpec::BlankUsername));
        assert_eq!(check_username(" \u{a0} "), Err(InvalidSpec::BlankUsername));
        assert_eq!(check_username(&"x".repeat(300)), Err(InvalidSpec::LongUsername { chars: 300 }));
        for bad in ["a\nb", "a\u{1b}[31m", "a\0", "a\u{202e}b"] {
            assert!(matches!(check_username(bad), Err(InvalidSpec::ControlInUsername { .. })), "{bad:?}");
        }
    }

    #[test]
    fn paths() {
        for good in ["a.py", "a/b/test_c.py", "-rf", "with space.py", "ü.py"] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        let long = "x".repeat(101);
        for bad in ["", "/a", "a//b", "a/../b", ".", "..", "a/", "a\\b", "a\0b", "1/2/3/4/5/6/7/8/9", &long] {
            assert!(matches!(check_path(bad), Err(InvalidSpec::BadPath { .. })), "{bad:?}");
        }
    }

    #[test]
    fn uploads_are_bounded() {
        let base = || TestrunSpec::upload("pytest", "ada").file("a.py", "x");
        assert_eq!(base().validate(), Ok(()));
        let twice = base().file("a.py", "y").validate();
        assert!(matches!(twice, Err(InvalidSpec::DuplicatePath { .. })));
        let big = base().file("b.py", vec![0; (8 << 20) + 1]).validate();
        assert!(matches!(big, Err(InvalidSpec::FileTooLarge { .. })));
        let mut sum = base();
        for n in 0..5 {
            sum = sum.file(format!("b{n}.py"), vec![0; 8 << 20]);
        }
        assert!(matches!(sum.validate(), Err(InvalidSpec::TotalTooLarge { .. })));
        let none = TestrunSpec::upload("pytest", "ada").support("conftest.py", "x").validate();
        assert_eq!(none, Err(InvalidSpec::NoTestFiles));
        let zero = base().max_fail(0).validate();
        assert!(matches!(zero, Err(InvalidSpec::OutOfRange { field: "max_fail", .. })));
    }
}
