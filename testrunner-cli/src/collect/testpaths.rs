//! What is run when no path is named.

use std::path::{Path, PathBuf};

use globset::GlobBuilder;
use ignore::WalkBuilder;
use testrunner_core::executor::FolderTree;
use testrunner_executor_pytest::settings;

use super::near::names;
use crate::failure::{Failure, Result};

/// The `testpaths` of the pytest settings in this folder, else the folder itself.
///
/// # Errors
/// Settings that cannot be read or understood.
pub(crate) fn default_paths(cwd: &Path) -> Result<Vec<PathBuf>> {
    let settings =
        settings(&FolderTree::new(cwd, names(cwd))).map_err(|error| Failure::usage(error.message))?;
    let mut paths = Vec::new();
    for pattern in &settings.testpaths {
        paths.extend(matching(cwd, pattern)?);
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    Ok(paths)
}

/// The path itself, or what a pattern matches. As in pytest, what matches nothing counts for nothing.
fn matching(cwd: &Path, pattern: &str) -> Result<Vec<PathBuf>> {
    if !pattern.contains(['*', '?', '[']) {
        return Ok(Some(PathBuf::from(pattern)).filter(|path| cwd.join(path).exists()).into_iter().collect());
    }
    let glob = GlobBuilder::new(pattern.trim_start_matches("./").trim_end_matches('/'))
        .literal_separator(true)
        .build()
        .map_err(|error| Failure::usage(format!("testpaths in the pytest settings: {error}")))?
        .compile_matcher();
    let entries = WalkBuilder::new(cwd).require_git(false).build().flatten();
    let below = entries.filter_map(|entry| Some(entry.path().strip_prefix(cwd).ok()?.to_owned()));
    let mut paths: Vec<PathBuf> = below.filter(|path| glob.is_match(path)).collect();
    paths.sort_unstable();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn testpaths_count_where_they_lead_somewhere() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let paths = || default_paths(folder.path()).ok();
        assert_eq!(paths(), Some(vec![PathBuf::from(".")]));
        std::fs::write(folder.path().join("pytest.ini"), "[pytest]\ntestpaths = tests pkg/*/tests")?;
        assert_eq!(paths(), Some(vec![PathBuf::from(".")]));
        for sub in ["tests", "pkg/b/tests", "pkg/a/tests", "pkg/a/deep/tests"] {
            std::fs::create_dir_all(folder.path().join(sub))?;
        }
        let wanted = ["tests", "pkg/a/tests", "pkg/b/tests"].map(PathBuf::from).to_vec();
        assert_eq!(paths(), Some(wanted));
        Ok(())
    }
}
