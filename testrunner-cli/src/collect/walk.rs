//! All files of a folder, without what git ignores and what is hidden.

use std::path::Path;

use ignore::{DirEntry, WalkBuilder};

use crate::failure::{Failure, Result, os_reason};

/// Paths below `folder`, relative to it, with `/`. A name that is not UTF-8 cannot be a test and is left out.
///
/// # Errors
/// A folder cannot be read: tests in it would go missing without a word.
pub(super) fn files(folder: &Path) -> Result<Vec<String>> {
    walk(folder, |_| Ok(()))
}

/// As [`files`], after a look at each entry, also those that are no files.
fn walk(folder: &Path, mut check: impl FnMut(&DirEntry) -> Result<()>) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for entry in WalkBuilder::new(folder).require_git(false).build() {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        check(&entry)?;
        let is_file = entry.file_type().is_some_and(|kind| {
            // A link counts for what it leads to, as it does for pytest.
            kind.is_file() || (kind.is_symlink() && entry.path().is_file())
        });
        let below = entry.path().strip_prefix(folder).ok().and_then(Path::to_str);
        if let Some(path) = below.filter(|_| is_file) {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

/// As [`files`], to be sent somewhere: what cannot be sent, or must not, is not left out without a word.
///
/// # Errors
/// A name is not UTF-8, something is neither a file nor a folder, or a link leads out of the folder: a checkout
/// could send what lies elsewhere.
pub(super) fn sendable(folder: &Path) -> Result<Vec<String>> {
    let real = |path: &Path| {
        path.canonicalize()
            .map_err(|error| Failure::usage(format!("cannot read {}: {}", path.display(), os_reason(&error))))
    };
    let root = real(folder)?;
    walk(folder, |entry| {
        let (path, kind) = (entry.path(), entry.file_type());
        let refuse = |why: &str| {
            Failure::usage(format!("{} cannot be sent: {why}", path.display()))
                .hint("take it away, let git ignore it, or name what is to be sent")
        };
        if path.to_str().is_none() {
            return Err(refuse("its name is not UTF-8"));
        }
        if kind.is_some_and(|kind| kind.is_symlink()) {
            if !path.is_dir() && !real(path)?.starts_with(&root) {
                return Err(refuse("it is a link that leads out of the folder"));
            }
        } else if kind.is_some_and(|kind| !kind.is_file() && !kind.is_dir()) {
            return Err(refuse("it is neither a file nor a folder"));
        }
        Ok(())
    })
}

fn unreadable(folder: &Path, error: &ignore::Error) -> Failure {
    let path = path_of(error).unwrap_or(folder).display();
    let reason = error.io_error().map_or_else(|| error.to_string(), os_reason_of);
    Failure::usage(format!("cannot read the folder {path}: {reason}"))
        .hint("make it readable, let git ignore it, or name only the folders that hold tests")
}

fn os_reason_of(error: &std::io::Error) -> String {
    os_reason(error)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithLineNumber { err, .. } | ignore::Error::WithDepth { err, .. } => path_of(err),
        _ => None,
    }
}
