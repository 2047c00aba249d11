//! Which files of a tree are pytest's: by its own rules and settings, without running anything.

mod ini;
mod pattern;
mod words;

use std::collections::BTreeSet;
use std::path::Path;

use testrunner_core::executor::{ExecError, FolderTree, Tree};

use ini::SettingsFile;
use pattern::{fnmatch, matches_path};
pub(crate) use words::split;

const PYTHON_FILES: [&str; 2] = ["test_*.py", "*_test.py"];
const NORECURSEDIRS: [&str; 9] =
    ["*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"];

/// The settings that decide what pytest collects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PytestSettings {
    /// Patterns of test files.
    pub python_files: Vec<String>,
    /// Patterns of folders that are not entered.
    pub norecursedirs: Vec<String>,
    /// Where to look for tests when nothing is named; empty means everywhere.
    pub testpaths: Vec<String>,
    /// Paths that `addopts` tells pytest to ignore.
    pub ignore: Vec<String>,
    /// Patterns of paths that `addopts` tells pytest to ignore.
    pub ignore_glob: Vec<String>,
    /// The file in the tree that the settings are from; `None` when all are defaults.
    pub ini_file: Option<String>,
}

impl Default for PytestSettings {
    fn default() -> Self {
        Self {
            python_files: PYTHON_FILES.map(str::to_owned).to_vec(),
            norecursedirs: NORECURSEDIRS.map(str::to_owned).to_vec(),
            testpaths: Vec::new(),
            ignore: Vec::new(),
            ignore_glob: Vec::new(),
            ini_file: None,
        }
    }
}

/// pytest's settings in the root of a tree.
///
/// # Errors
/// A settings file that cannot be read or understood, by name.
pub fn settings(tree: &dyn Tree) -> Result<PytestSettings, ExecError> {
    let defaults = PytestSettings::default();
    let Some(file) = SettingsFile::find(tree, "")? else { return Ok(defaults) };
    let addopts = file.list("addopts")?.unwrap_or_default();
    Ok(PytestSettings {
        python_files: file.list("python_files")?.unwrap_or(defaults.python_files),
        norecursedirs: file.list("norecursedirs")?.unwrap_or(defaults.norecursedirs),
        testpaths: file.list("testpaths")?.unwrap_or_default(),
        ignore: values_of(&addopts, "--ignore"),
        ignore_glob: values_of(&addopts, "--ignore-glob"),
        ini_file: Some(file.path),
    })
}

/// The files that pytest would collect tests from when it is started in the root of a tree.
///
/// # Errors
/// As [`settings`].
pub fn select(tree: &dyn Tree) -> Result<Vec<String>, ExecError> {
    let settings = settings(tree)?;
    let environments = environments(tree);
    let ignored = |path: &str| {
        settings.ignore.iter().any(|ignored| ignored.trim_start_matches("./").trim_end_matches('/') == path)
            || settings.ignore_glob.iter().any(|glob| fnmatch(glob.trim_start_matches("./"), path))
    };
    let closed = |folder: &str| {
        ignored(folder)
            || folder.rsplit('/').next() == Some("__pycache__")
            || environments.contains(folder)
            || settings.norecursedirs.iter().any(|pattern| matches_path(pattern, folder))
    };
    let is_test = |path: &str| {
        path.ends_with(".py")
            && settings.python_files.iter().any(|pattern| matches_path(pattern, path))
            && !ignored(path)
            && !folders(path).any(closed)
    };
    Ok(tree.paths().iter().filter(|path| is_test(path)).cloned().collect())
}

/// Whether a file has settings in its folder or above it, within the tree.
///
/// # Errors
/// As [`settings`].
pub(crate) fn has_settings_for(tree: &dyn Tree, path: &str) -> Result<bool, ExecError> {
    for folder in folders(path).chain([""]) {
        if SettingsFile::find(tree, folder)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What `addopts` says in a folder on the disk; `None` when there are no settings in it. What cannot be understood says
/// nothing: pytest will complain of it.
pub(crate) fn addopts(folder: &Path) -> Option<Vec<String>> {
    let tree = FolderTree::new(folder, ini::NAMES.map(str::to_owned).to_vec());
    let told = |file: SettingsFile| Ok(file.list("addopts")?.unwrap_or_default());
    SettingsFile::find(&tree, "")
        .and_then(|file| file.map(told).transpose())
        .unwrap_or_else(|_| Some(Vec::new()))
}

/// The folders that a path lies in, innermost first, without the root.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}

/// Folders that are virtual or conda environments.
fn environments(tree: &dyn Tree) -> BTreeSet<&str> {
    let marked = |path: &'_ String| {
        ["/pyvenv.cfg", "/conda-meta/history"].iter().find_map(|mark| Some(path.strip_suffix(mark)?.len()))
    };
    tree.paths().iter().filter_map(|path| Some(&path[..marked(path)?])).collect()
}

/// Values of an option in a command line, written `--name value` or `--name=value`.
fn values_of(args: &[String], name: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == name {
            values.extend(args.next().cloned());
        } else if let Some(value) = arg.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            values.push(value.to_owned());
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use testrunner_core::executor::MemoryTree;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> MemoryTree {
        MemoryTree::new(
            files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect(),
        )
    }

    fn read(files: &[(&str, &str)]) -> Result<PytestSettings, String> {
        settings(&tree(files)).map_err(|error| error.message)
    }

    #[test]
    fn the_first_file_with_settings_counts() -> Result<(), String> {
        let ini = "[pytest]\npython_files = ini_*.py";
        let files = [
            ("pytest.toml", "[pytest]\npython_files = ['toml_*.py']"),
            ("pytest.ini", ini),
            ("pyproject.toml", "[tool.pytest.ini_options]\npython_files = 'project_*.py other_*.py'"),
            ("tox.ini", "[tox]\nenvlist = py{38,39}\n[pytest]\npython_files = tox_*.py\n"),
            ("setup.cfg", "[tool:pytest]\npython_files = cfg_*.py"),
        ];
        for (from, first) in
            ["toml_*.py", "ini_*.py", "project_*.py", "tox_*.py", "cfg_*.py"].iter().enumerate()
        {
            let read = read(&files[from..])?;
            assert_eq!(read.python_files[0], *first);
            assert_eq!(read.ini_file.as_deref(), Some(files[from].0));
        }
        assert_eq!(read(&[])?, PytestSettings::default());
        // A dedicated file counts even when it is empty; a shared one only with a section of pytest's.
        assert_eq!(read(&[("pytest.ini", ""), files[3]])?.ini_file.as_deref(), Some("pytest.ini"));
        assert_eq!(read(&[("pyproject.toml", "[tool.x]"), files[3]])?.ini_file.as_deref(), Some("tox.ini"));
        assert_eq!(read(&[("sub/pytest.ini", ini)])?.ini_file, None);
        Ok(())
    }

    #[test]
    fn lists_over_several_lines() -> Result<(), String> {
        let text = "# comment\n[pytest]\n; another\npython_files =\n    a_*.py\n    # not this\n    b_*.py\n\
                    testpaths = tests \"more tests\"\naddopts = -ra --ignore=old --ignore-glob '*_slow.py'\n";
        let read = read(&[("pytest.ini", text)])?;
        assert_eq!(read.python_files, ["a_*.py", "b_*.py"]);
        assert_eq!(read.testpaths, ["tests", "more tests"]);
        assert_eq!((read.ignore, read.ignore_glob), (vec!["old".to_owned()], vec!["*_slow.py".to_owned()]));
        Ok(())
    }

    #[test]
    fn broken_files_are_named() {
        for (name, text) in [
            ("pytest.ini", "[pytest\nx = 1"),
            ("pytest.ini", "[pytest]\npython_files = 'a"),
            ("pyproject.toml", "[tool.pytest"),
            ("pyproject.toml", "[tool.pytest]\na = 1\n[tool.pytest.ini_options]\nb = 1"),
            ("pytest.toml", "[pytest]\npython_files = 3"),
        ] {
            let refused = read(&[(name, text)]);
            assert!(refused.as_ref().is_err_and(|message| message.contains(name)), "{text} {refused:?}");
        }
        let bytes = MemoryTree::new([("tox.ini".to_owned(), vec![0xff])].into());
        assert!(settings(&bytes).is_err_and(|error| error.message.contains("tox.ini")));
    }

    #[test]
    fn settings_are_looked_for_up_to_the_root_of_the_tree() -> Result<(), ExecError> {
        let tree = tree(&[("a/pytest.ini", ""), ("a/b/test_x.py", ""), ("c/test_y.py", "")]);
        assert!(has_settings_for(&tree, "a/b/test_x.py")?);
        assert!(!has_settings_for(&tree, "c/test_y.py")?);
        Ok(())
    }

    #[test]
    fn folders_that_pytest_does_not_enter() -> Result<(), ExecError> {
        let tree = tree(&[
            ("test_a.py", ""),
            ("b_test.py", ""),
            ("conftest.py", ""),
            ("test_c.txt", ""),
            ("sub/test_d.py", ""),
            ("build/test_e.py", ""),
            ("sub/.hidden/test_f.py", ""),
            ("env/pyvenv.cfg", ""),
            ("env/lib/test_g.py", ""),
            ("conda/conda-meta/history", ""),
            ("conda/test_h.py", ""),
            ("{arch}/test_i.py", ""),
            ("x.egg/test_j.py", ""),
        ]);
        assert_eq!(select(&tree)?, ["b_test.py", "sub/test_d.py", "test_a.py"]);
        Ok(())
    }
}
