//! From the paths on the command line to the files of a Testrun.

mod given;
mod near;
mod testpaths;
mod walk;

use std::collections::HashSet;
use std::path::{Component, Path, PathBuf};

use testrunner_core::Executor;

use self::given::{Given, Kind};
use self::near::NearTree;
pub(crate) use self::testpaths::default_paths;
use crate::failure::{Failure, Result};

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    /// Absolute folder that the files' paths are relative to.
    pub(crate) root: PathBuf,
    /// Paths with `/`, in the order in which they were given, each once.
    pub(crate) files: Vec<String>,
}

/// Finds the files that `paths` (relative to `cwd`) mean. A file is taken whatever its name; of a folder those
/// that the executor says are tests.
///
/// # Errors
/// A path cannot be used, or there is nothing to run.
pub(crate) fn collect(cwd: &Path, paths: &[PathBuf], executor: &dyn Executor) -> Result<Batch> {
    let batch = gather(cwd, paths, |folder| tests_in(folder, executor))?;
    if batch.files.is_empty() {
        return Err(Failure::nothing(format!("there are no test files in {}", listed(paths))).hint(
            "test files are called test_*.py or *_test.py, or as `python_files` in the pytest settings says; \
             what git ignores is left out",
        ));
    }
    Ok(batch)
}

/// Finds the files that are to be sent: of a folder all but what git ignores, what is hidden, and what Python leaves
/// behind.
///
/// # Errors
/// A path cannot be used, or there is nothing to send.
pub(crate) fn uploads(cwd: &Path, paths: &[PathBuf]) -> Result<Batch> {
    let batch = gather(cwd, paths, |folder| {
        let all = walk::sendable(folder)?;
        let worthy = all.into_iter().filter(|path| !path.split('/').any(|part| part == "__pycache__"));
        Ok(worthy.map(|path| folder.join(path)).collect())
    })?;
    if batch.files.is_empty() {
        return Err(Failure::nothing(format!("there are no files in {}", listed(paths))));
    }
    Ok(batch)
}

/// Each file once, in the order given; those of a folder are found by `within`.
fn gather(cwd: &Path, paths: &[PathBuf], within: impl Fn(&Path) -> Result<Vec<PathBuf>>) -> Result<Batch> {
    let given: Vec<Given> = paths.iter().map(|path| given::look_at(cwd, path)).collect::<Result<_>>()?;
    let root = root(cwd, &given);
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for given in &given {
        let found = match given.kind {
            Kind::File => vec![given.path.clone()],
            Kind::Folder => within(&given.path)?,
        };
        for path in found {
            let path = relative(&root, &path)?;
            if seen.insert(path.clone()) {
                files.push(path);
            }
        }
    }
    Ok(Batch { root, files })
}

fn listed(paths: &[PathBuf]) -> String {
    let places: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    places.join(", ")
}

/// The current folder where all paths lie below it, else the folder that they have in common.
fn root(cwd: &Path, given: &[Given]) -> PathBuf {
    if given.iter().all(|given| given.path.starts_with(cwd)) {
        return cwd.to_owned();
    }
    let folders = given.iter().map(Given::folder);
    let common = folders.map(Path::to_owned).reduce(|one, other| common_folder(&one, &other));
    common.unwrap_or_else(|| cwd.to_owned())
}

fn common_folder(one: &Path, other: &Path) -> PathBuf {
    let same = one.components().zip(other.components()).take_while(|(a, b)| a == b);
    same.map(|(component, _)| component).collect()
}

fn tests_in(folder: &Path, executor: &dyn Executor) -> Result<Vec<PathBuf>> {
    let tree = NearTree::new(folder, walk::files(folder)?)?;
    let tests = executor.select(&tree).map_err(|error| Failure::usage(error.message))?;
    Ok(tests.iter().map(|path| folder.join(path)).collect())
}

/// A path below `root` as the Testrun knows it: with `/`.
fn relative(root: &Path, path: &Path) -> Result<String> {
    let below = path.strip_prefix(root).unwrap_or(path);
    let mut out = String::new();
    for component in below.components() {
        let Component::Normal(name) = component else { continue };
        let name = name.to_str().ok_or_else(|| {
            Failure::usage(format!("the name of {} is not UTF-8", path.display())).hint("rename the file")
        })?;
        if !out.is_empty() {
            out.push('/');
        }
        out.push_str(name);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use testrunner_core::{FnExecutor, Verdict};

    use super::*;
    use crate::exit_code::Exit;

    /// Takes every file for a test, which is what a closure does.
    fn anything() -> impl Executor {
        FnExecutor::new("any", |_job| async { Ok(Verdict::new(testrunner_core::FileOutcome::Passed, 1)) })
    }

    fn tree(files: &[&str]) -> std::io::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(path, "")?;
        }
        Ok(folder)
    }

    fn collected(cwd: &Path, paths: &[&str]) -> Result<Vec<String>> {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        collect(cwd, &paths, &anything()).map(|batch| batch.files)
    }

    #[test]
    fn files_come_in_the_order_given_and_once() -> std::io::Result<()> {
        let folder = tree(&["b.py", "a.py", "sub/c.py", "sub/.hidden/x.py"])?;
        let files = collected(folder.path(), &["b.py", "./a.py", "sub/../b.py", "."]);
        assert_eq!(files.ok(), Some(["b.py", "a.py", "sub/c.py"].map(String::from).to_vec()));
        Ok(())
    }

    #[test]
    fn what_git_ignores_is_left_out_unless_named() -> std::io::Result<()> {
        let folder = tree(&["a.py", "out/b.py", "sub/skip.py", "sub/c.py"])?;
        std::fs::write(folder.path().join(".gitignore"), "out/\n")?;
        std::fs::write(folder.path().join("sub/.gitignore"), "skip.py\n")?;
        let all = collected(folder.path(), &["."]).ok();
        assert_eq!(all, Some(["a.py", "sub/c.py"].map(String::from).to_vec()));
        let named = collected(folder.path(), &["out", "sub/skip.py"]).ok();
        assert_eq!(named, Some(["out/b.py", "sub/skip.py"].map(String::from).to_vec()));
        Ok(())
    }

    #[test]
    fn the_root_is_where_all_meet() -> std::io::Result<()> {
        let folder = tree(&["one/a.py", "two/b.py", "two/sub/c.py"])?;
        let batch = |cwd: &str, paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            collect(&folder.path().join(cwd), &paths, &anything()).ok()
        };
        let inside = batch("two", &["b.py", "sub"]).map(|batch| (batch.root, batch.files));
        assert_eq!(inside, Some((folder.path().join("two"), vec!["b.py".into(), "sub/c.py".into()])));
        let outside = batch("two", &["b.py", "../one/a.py"]).map(|batch| (batch.root, batch.files));
        assert_eq!(outside, Some((folder.path().to_owned(), vec!["two/b.py".into(), "one/a.py".into()])));
        let elsewhere = batch("one", &["../two/b.py"]).map(|batch| (batch.root, batch.files));
        assert_eq!(elsewhere, Some((folder.path().join("two"), vec!["b.py".into()])));
        Ok(())
    }

    #[test]
    fn refusals_name_the_path_and_have_a_code() -> std::io::Result<()> {
        let folder = tree(&["a.py"])?;
        std::fs::create_dir(folder.path().join("empty"))?;
        for (path, exit, word) in [
            ("missing.py", Exit::Usage, "missing.py"),
            ("-", Exit::Usage, "standard input"),
            ("a.py::test_x", Exit::Usage, "-k"),
            ("a.py/b", Exit::Usage, "a.py/b"),
            ("", Exit::Usage, "empty"),
            ("empty", Exit::NothingRan, "empty"),
        ] {
            let failure = collected(folder.path(), &[path]).err();
            let said = failure.as_ref().map(|failure| (failure.exit, failure.text()));
            assert!(
                said.as_ref().is_some_and(|(code, text)| *code == exit && text.contains(word)),
                "{said:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn names_that_are_not_text_are_refused() -> std::io::Result<()> {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tree(&["a.py"])?;
        let name = std::ffi::OsStr::from_bytes(b"b\xff.py");
        if std::fs::write(folder.path().join(name), "").is_ok() {
            let failure = collect(folder.path(), &[PathBuf::from(name)], &anything()).err();
            assert!(failure.is_some_and(|failure| failure.text().contains("UTF-8")));
        }
        Ok(())
    }
}
