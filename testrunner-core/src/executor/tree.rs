//! A tree of files, as `select` sees it.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

/// Files by relative path, wherever they are.
pub trait Tree: Send + Sync {
    /// All paths, with `/`, sorted.
    fn paths(&self) -> &[String];

    /// The content of one file; `None` when there is no such file.
    ///
    /// # Errors
    /// The file is there and cannot be read.
    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;
}

/// A folder on disk. The paths are given by whoever walked it.
#[derive(Clone, Debug)]
pub struct FolderTree {
    root: PathBuf,
    paths: Vec<String>,
}

impl FolderTree {
    /// The files named by `paths` below `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, mut paths: Vec<String>) -> Self {
        paths.sort_unstable();
        paths.dedup();
        Self { root: root.into(), paths }
    }
}

impl Tree for FolderTree {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.root.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Files in memory, as an upload has them.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    paths: Vec<String>,
    contents: BTreeMap<String, Vec<u8>>,
}

impl MemoryTree {
    /// These files.
    #[must_use]
    pub fn new(contents: BTreeMap<String, Vec<u8>>) -> Self {
        Self { paths: contents.keys().cloned().collect(), contents }
    }

    /// The files, back.
    #[must_use]
    pub fn into_contents(self) -> BTreeMap<String, Vec<u8>> {
        self.contents
    }
}

impl Tree for MemoryTree {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.contents.get(path).cloned())
    }
}
