//! A folder as pytest sees it when it is started there: with the settings of the nearest folder that has some.

use std::io;
use std::path::{Path, PathBuf};

use testrunner_core::executor::{FolderTree, Tree};
use testrunner_executor_pytest::settings;

use crate::failure::{Failure, Result};

/// The files of one folder, and a settings file that may lie in a folder above it.
#[derive(Debug)]
pub(super) struct NearTree {
    own: FolderTree,
    settings: Option<(String, PathBuf)>,
}

impl NearTree {
    /// # Errors
    /// Settings that cannot be read or understood.
    pub(super) fn new(folder: &Path, mut paths: Vec<String>) -> Result<Self> {
        let settings = nearest_settings(folder)?;
        paths.extend(settings.iter().map(|(name, _)| name.clone()));
        Ok(Self { own: FolderTree::new(folder, paths), settings })
    }
}

impl Tree for NearTree {
    fn paths(&self) -> &[String] {
        self.own.paths()
    }

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match &self.settings {
            Some((name, file)) if name == path => std::fs::read(file).map(Some),
            _ => self.own.read(path),
        }
    }
}

/// Name and place of the settings file that counts for a folder.
///
/// # Errors
/// Settings that cannot be read or understood.
pub(super) fn nearest_settings(folder: &Path) -> Result<Option<(String, PathBuf)>> {
    for folder in folder.ancestors() {
        let tree = FolderTree::new(folder, names(folder));
        let found = settings(&tree).map_err(|error| Failure::usage(error.message))?;
        if let Some(name) = found.ini_file {
            let file = folder.join(&name);
            return Ok(Some((name, file)));
        }
    }
    Ok(None)
}

/// Names of the files in a folder. One above the tests that cannot be read has no settings for us.
pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use testrunner_executor_pytest::select;

    use super::*;

    #[test]
    fn settings_above_count_until_nearer_ones_do() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let sub = folder.path().join("sub");
        std::fs::create_dir(&sub)?;
        std::fs::write(folder.path().join("pytest.ini"), "[pytest]\npython_files = above_*.py")?;
        // A shared file without a section of pytest's does not count.
        std::fs::write(sub.join("tox.ini"), "[tox]")?;
        let selected = || {
            let paths = ["above_a.py", "near_a.py", "tox.ini"].map(String::from).to_vec();
            NearTree::new(&sub, paths).ok().and_then(|tree| select(&tree).ok())
        };
        assert_eq!(selected(), Some(vec!["above_a.py".to_owned()]));
        std::fs::write(sub.join(".pytest.ini"), "[pytest]\npython_files = near_*.py")?;
        assert_eq!(selected(), Some(vec!["near_a.py".to_owned()]));
        Ok(())
    }
}
