//! What a stem was made of, to see whether it is still so.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err as fs;

/// Files and folders that a stem has loaded or looked at, as they were.
#[derive(Debug, Default)]
pub(super) struct Loaded(Vec<(PathBuf, Option<Mark>)>);

/// What changes with a file.
#[derive(Debug, PartialEq, Eq)]
struct Mark {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Loaded {
    /// What the file says that a stem has written.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn read(file: &Path) -> io::Result<Self> {
        let paths: Vec<PathBuf> = serde_json::from_slice(&fs::read(file)?)?;
        Ok(Self(paths.into_iter().map(|path| (mark(&path), path)).map(|(mark, path)| (path, mark)).collect()))
    }

    /// Whether something has been installed, removed or changed since.
    pub(super) fn has_changed(&self) -> bool {
        self.0.iter().any(|(path, before)| mark(path) != *before)
    }
}

fn mark(path: &Path) -> Option<Mark> {
    let meta = std::fs::metadata(path).ok()?;
    Some(Mark {
        device: meta.dev(),
        inode: meta.ino(),
        size: meta.size(),
        modified: (meta.mtime(), meta.mtime_nsec()),
        changed: (meta.ctime(), meta.ctime_nsec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let [list, file, missing] = ["list", "file", "missing"].map(|name| folder.path().join(name));
        fs::write(&file, "1")?;
        fs::write(&list, serde_json::to_vec(&[&file, &missing])?)?;
        let loaded = Loaded::read(&list)?;
        assert!(!loaded.has_changed());
        fs::write(&file, "12")?;
        assert!(loaded.has_changed());
        let loaded = Loaded::read(&list)?;
        fs::write(&missing, "")?;
        assert!(loaded.has_changed());
        Ok(())
    }
}
