//! Whole folders.

use std::io;
use std::path::{Path, PathBuf};

use testrunner_api::{Created, NewTestrun};

use super::upload::{Content, Upload, UploadFile};
use crate::client::Client;
use crate::error::ClientError;

impl Client {
    /// Submits all plain files below a folder, but what is hidden and `__pycache__`. Links are left out.
    ///
    /// # Errors
    /// As [`Client::submit`]; [`ClientError::File`] for a folder that cannot be read.
    pub async fn submit_dir(&self, folder: &Path, request: &NewTestrun) -> Result<Created, ClientError> {
        let mut found = Vec::new();
        walk(folder, folder, self.inner.limits.files, &mut found)?;
        found.sort_unstable();
        self.submit_files(folder, &found, request).await
    }

    /// Submits files by their paths below `root`, under these paths.
    ///
    /// # Errors
    /// As [`Client::submit`].
    pub async fn submit_files(
        &self,
        root: &Path,
        paths: &[PathBuf],
        request: &NewTestrun,
    ) -> Result<Created, ClientError> {
        let file = |path: &PathBuf| {
            let name = path.to_str().ok_or_else(|| {
                ClientError::file(root.join(path), io::Error::other("its name is not UTF-8; rename it"))
            })?;
            let path = name.trim_start_matches("./").to_owned();
            Ok(UploadFile { content: Content::Disk(root.join(&path)), path })
        };
        let files = paths.iter().map(file).collect::<Result<_, ClientError>>()?;
        self.submit(request, &Upload::Files(files)).await
    }
}

/// Finds files; one more than allowed is enough to be refused.
fn walk(root: &Path, folder: &Path, most: usize, found: &mut Vec<PathBuf>) -> Result<(), ClientError> {
    let unreadable = |error| ClientError::file(folder, error);
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        if name == "__pycache__" || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            walk(root, &entry.path(), most, found)?;
        } else if kind.is_file() {
            found.extend(entry.path().strip_prefix(root).ok().map(Path::to_owned));
        }
        if found.len() > most {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_files_are_found() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for path in ["a.py", "sub/b.py", "sub/__pycache__/b.pyc", ".git/config", ".hidden"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(path, "")?;
        }
        std::os::unix::fs::symlink("a.py", folder.path().join("link.py"))?;
        let mut found = Vec::new();
        assert!(walk(folder.path(), folder.path(), 100, &mut found).is_ok());
        found.sort_unstable();
        assert_eq!(found, ["a.py", "sub/b.py"].map(PathBuf::from));
        Ok(())
    }
}
