//! What a stem was made of, to see whether it is still so.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err as fs;

/// Files and folders that a stem has loaded or looked at, as they were.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// Few; who installs or removes something changes one of them.
    folders: Vec<(PathBuf, Option<Mark>)>,
    files: Vec<(PathBuf, Option<Mark>)>,
}

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
        let marked = paths.into_iter().map(|path| (mark(&path), path)).map(|(mark, path)| (path, mark));
        let (folders, files) = marked.partition(|(path, _)| path.is_dir());
        Ok(Self { folders, files })
    }

    /// Whether something has been installed or removed since.
    pub(super) fn has_grown(&self) -> bool {
        self.folders.iter().any(differs)
    }

    /// Whether something has been installed, removed or changed since.
    pub(super) fn has_changed(&self) -> bool {
        self.has_grown() || self.files.iter().any(differs)
    }
}

fn differs((path, before): &(PathBuf, Option<Mark>)) -> bool {
    mark(path) != *before
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

    #[test]
    fn what_is_installed_is_seen_by_its_folder() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let [list, place] = ["list", "place"].map(|name| folder.path().join(name));
        let file = place.join("file");
        fs::create_dir(&place)?;
        fs::write(&file, "1")?;
        fs::write(&list, serde_json::to_vec(&[&file, &place])?)?;
        let loaded = Loaded::read(&list)?;
        fs::write(&file, "12")?;
        assert!(!loaded.has_grown() && loaded.has_changed());
        let loaded = Loaded::read(&list)?;
        fs::write(place.join("more"), "")?;
        assert!(loaded.has_grown() && loaded.has_changed());
        Ok(())
    }
}
