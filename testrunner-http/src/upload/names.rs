//! What uploaded files may be called: what every system reads alike, and nothing twice.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use testrunner_core::testrun::check_path;
use unicode_normalization::UnicodeNormalization as _;

use crate::problem::{Problem, echo};

const SEGMENT_BYTES: usize = 255;
/// Python loads these before, or in place of, what judges the tests.
const SHADOWS: [&str; 3] = ["pytest.py", "sitecustomize.py", "usercustomize.py"];
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The paths of one upload.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// By what a file system that is careless about letters would take them for.
    taken: HashMap<String, Taken>,
}

#[derive(Debug)]
enum Taken {
    File(String),
    Folder,
}

impl Names {
    /// Takes one more path. One that is refused leaves no trace.
    ///
    /// # Errors
    /// It breaks a rule, or another one is too much like it.
    pub(crate) fn take(&mut self, path: &str) -> Result<(), Problem> {
        check(path)?;
        let folded = fold(path);
        for (end, _) in folded.match_indices('/') {
            let folder = folded.get(..end).unwrap_or_default();
            if let Taken::File(other) = self.taken.entry(folder.to_owned()).or_insert(Taken::Folder) {
                let why = format!("{:?} is a file", echo(other));
                return Err(Problem::invalid_filename(path, why));
            }
        }
        let taken = match self.taken.entry(folded) {
            Entry::Vacant(place) => {
                place.insert(Taken::File(path.to_owned()));
                return Ok(());
            }
            Entry::Occupied(taken) => taken.into_mut(),
        };
        let why = match taken {
            Taken::Folder => "there is a folder of this name".to_owned(),
            Taken::File(other) if other == path => "it is given twice".to_owned(),
            Taken::File(other) => format!("some systems cannot tell it from {:?}", echo(other)),
        };
        Err(Problem::invalid_filename(path, why))
    }
}

/// Checks one path alone.
///
/// # Errors
/// It breaks a rule.
pub(super) fn check(path: &str) -> Result<(), Problem> {
    check_path(path)?;
    let refuse = |why| Err(Problem::invalid_filename(path, why));
    if is_escaped(path) {
        return refuse("it has percent-encoded characters; send them as they are");
    }
    for segment in path.split('/') {
        let lower = segment.to_lowercase();
        if segment.len() > SEGMENT_BYTES {
            return refuse("a segment has more than 255 bytes");
        }
        if segment.starts_with('-') {
            return refuse("programs would take a segment that begins with '-' for an option");
        }
        if segment.contains(':') || segment.ends_with(['.', ' ']) || segment.starts_with(' ') {
            return refuse("segments may not have ':', begin with a space, or end in a dot or a space");
        }
        if is_device(&lower) {
            return refuse("some systems know a device of this name");
        }
        if SHADOWS.contains(&lower.as_str()) || lower.ends_with(".pth") {
            return Err(Problem::shadows_runtime(path));
        }
    }
    Ok(())
}

fn is_escaped(path: &str) -> bool {
    path.split('%').skip(1).any(|rest| {
        let mut digits = rest.bytes().take(2);
        digits.len() == 2 && digits.all(|digit| digit.is_ascii_hexdigit())
    })
}

/// `con`, `aux.txt`, `com1`: for the systems that have them.
fn is_device(lower: &str) -> bool {
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let (name, number) = stem.split_at_checked(3).unwrap_or((stem, ""));
    let numbered = matches!(name, "com" | "lpt");
    let fits = if numbered { matches!(number.as_bytes(), [b'1'..=b'9']) } else { number.is_empty() };
    DEVICES.contains(&name) && fits
}

fn fold(path: &str) -> String {
    path.nfc().flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(paths: &[&str]) -> Option<&'static str> {
        let mut names = Names::default();
        paths.iter().find_map(|path| names.take(path).err()).map(|problem| problem.code())
    }

    #[test]
    fn ordinary_files() {
        let paths = [
            "test_a.py",
            "a/b/test_c.py",
            "a/b/conftest.py",
            "a/__init__.py",
            "pytest.ini",
            "pyproject.toml",
            "os.py",
            "with space.py",
            "ü.py",
            ".coveragerc",
            "data[1].json",
            "100%.txt",
            "console.py",
            "com.py",
            "pytest/x.py",
        ];
        assert_eq!(code(&paths), None);
    }

    #[test]
    fn refused_alone() {
        let (long, wide) = ("x".repeat(256), "\u{1f600}".repeat(100));
        for path in [
            "../../etc/cron.d/x",
            "/abs",
            "C:\\x",
            "a/../../b",
            "a//b",
            ".",
            "",
            "-rf",
            "a/-rf",
            "CON",
            "con.txt",
            "a/NUL.py",
            "com1",
            &long,
            &wide,
            "x\0.py",
            "x.py/",
            "\u{202e}x.py",
            "a%2f..%2fb",
            "%2e%2e/x",
            "a:b.py",
            "a.",
            "a /b",
            " a",
            "..",
            "a/./b",
            "1/2/3/4/5/6/7/8/9",
        ] {
            assert_eq!(code(&[path]), Some("invalid-filename"), "{path:?}");
        }
        for path in ["pytest.py", "a/sitecustomize.py", "usercustomize.py", "x.pth", "a/b/X.PTH", "PyTest.py"]
        {
            assert_eq!(code(&[path]), Some("shadows-runtime"), "{path:?}");
        }
    }

    #[test]
    fn refused_together() {
        for paths in [
            ["a.py", "a.py"],
            ["a.py", "A.py"],
            ["a/b.py", "A/B.py"],
            ["\u{fc}.py", "u\u{308}.py"],
            ["a", "a/b.py"],
            ["a/b.py", "a"],
            ["\u{212a}.py", "k.py"],
        ] {
            assert_eq!(code(&paths), Some("invalid-filename"), "{paths:?}");
        }
        assert_eq!(code(&["a/b.py", "a/c.py", "A/d.py"]), None);
    }

    proptest! {
        /// What is taken stays below the folder that it is put into, and comes back as it was.
        #[test]
        fn stays_beneath(path in "([a-zA-Z0-9._ü%:~/\\\\ -]|\u{202e}|\0){0,40}") {
            if check(&path).is_ok() {
                let root = std::path::Path::new("/root");
                let joined = root.join(&path);
                prop_assert_eq!(joined.strip_prefix(root).unwrap().to_str(), Some(path.as_str()));
                let plain = joined.components().skip(1).all(|part| matches!(part, std::path::Component::Normal(_)));
                prop_assert!(plain);
            }
        }
    }
}
