//! Which files there are.

use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::failure::{Failure, Result, os_reason};

/// Name of a project's file.
const PROJECT: &str = "testrunner.toml";
const SYSTEM: &str = "/etc/testrunner/config.toml";

/// A file with settings.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// It came with a checkout.
    pub(super) is_project: bool,
}

/// The files that count, the strongest first.
///
/// # Errors
/// One is there and cannot be read.
pub(super) fn search(named: Option<&Path>) -> Result<Vec<Source>> {
    if let Some(path) = named {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        return Ok(vec![Source { path, text, is_project: false }]);
    }
    // Without a current folder there is no project; whoever needs the folder says so.
    let cwd = std::env::current_dir().unwrap_or_default();
    let user =
        etcetera::base_strategy::Xdg::new().ok().map(|home| home.config_dir().join("testrunner/config.toml"));
    let candidates = project(&cwd)
        .map(|path| (path, true))
        .into_iter()
        .chain(user.map(|path| (path, false)))
        .chain([(PathBuf::from(SYSTEM), false)]);
    let mut found = Vec::new();
    for (path, is_project) in candidates {
        if let Some(text) = read(&path)? {
            found.push(Source { path, text, is_project });
        }
    }
    Ok(found)
}

/// The nearest file in this folder and those above it, up to the first that has `.git`. Where none has, only the folder
/// itself counts: what lies above may be anybody's.
fn project(cwd: &Path) -> Option<PathBuf> {
    let top = cwd.ancestors().position(|folder| folder.join(".git").exists());
    let folders = cwd.ancestors().take(top.map_or(1, |top| top + 1));
    folders.map(|folder| folder.join(PROJECT)).find(|path| path.exists())
}

fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::metadata(path) {
        // In a folder that we may not look into there is nothing for us.
        Err(error) if is_absent(&error) => Ok(None),
        _ => std::fs::read_to_string(path).map(Some).map_err(|error| unreadable(path, &error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied};
    matches!(error.kind(), NotFound | NotADirectory | PermissionDenied)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("cannot read the settings in {}: {}", path.display(), os_reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_ends_at_the_repository() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (top, repository) = (folder.path(), folder.path().join("repository"));
        let deep = repository.join("a/b");
        std::fs::create_dir_all(&deep)?;
        std::fs::write(top.join(PROJECT), "")?;
        assert_eq!(project(&deep), None, "without .git nothing above counts");
        std::fs::create_dir(repository.join(".git"))?;
        assert_eq!(project(&deep), None, "what lies above the repository does not count");
        std::fs::write(repository.join(PROJECT), "")?;
        assert_eq!(project(&deep), Some(repository.join(PROJECT)));
        std::fs::write(repository.join("a").join(PROJECT), "")?;
        assert_eq!(project(&deep), Some(repository.join("a").join(PROJECT)));
        assert_eq!(project(top), Some(top.join(PROJECT)));
        Ok(())
    }
}
