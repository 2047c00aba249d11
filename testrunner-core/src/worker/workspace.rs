//! Where a Testrun's files lie while they are run.

use std::io;
use std::path::{Path, PathBuf};

use super::Running;
use crate::executor::{ExecError, Scratch};
use crate::id::{Digest, TestrunId};
use crate::store::Assignment;
use crate::testrun::{FileRecord, Source};

/// How the names of uploads' folders begin.
const PREFIX: &str = "testrunner-run-";

/// The folder; an upload's is removed when this is dropped.
#[derive(Debug)]
pub(super) enum Workspace {
    InPlace(PathBuf),
    Laid(Scratch),
}

impl Workspace {
    pub(super) fn root(&self) -> &Path {
        match self {
            Self::InPlace(root) => root,
            Self::Laid(folder) => folder.path(),
        }
    }

    pub(super) const fn is_in_place(&self) -> bool {
        matches!(self, Self::InPlace(_))
    }
}

impl Running {
    /// Makes the folder for an assignment's Testrun.
    ///
    /// # Errors
    /// The files cannot be had or written; names the file.
    pub(super) async fn lay_out(
        &self,
        assignment: &Assignment,
        files: &[FileRecord],
    ) -> Result<Workspace, ExecError> {
        match &assignment.source {
            Source::Directory { root } if root.is_dir() => Ok(Workspace::InPlace(root.clone())),
            Source::Directory { root } => {
                let root = root.display();
                Err(ExecError::fatal(format!("the folder {root} of the tests does not exist any more")))
            }
            Source::Upload => self.unpack(assignment.run, files).await,
        }
    }

    async fn unpack(&self, run: TestrunId, files: &[FileRecord]) -> Result<Workspace, ExecError> {
        let work_dir = self.parts.settings.work_dir.clone();
        let made = blocking(move || {
            std::fs::create_dir_all(&work_dir)?;
            sweep(&work_dir);
            Scratch::new_in(&work_dir, &format!("{PREFIX}{run}-"))
        });
        let folder = made.await.map_err(|error| {
            let work_dir = self.parts.settings.work_dir.display();
            ExecError::transient(format!("cannot make a folder for the tests in {work_dir}: {error}"))
        })?;
        for file in files {
            let digest = file.digest.ok_or_else(|| no_digest(file))?;
            let bytes = self.fetch(digest).await.map_err(|error| ExecError {
                retry: error.retry,
                message: format!("{}: {}", file.path, error.message),
            })?;
            let path = folder.path().join(&file.path);
            let written = blocking(move || {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                std::fs::write(&path, bytes)
            });
            written.await.map_err(|error| {
                ExecError::transient(format!("cannot write {} for the tests: {error}", file.path))
            })?;
        }
        Ok(Workspace::Laid(folder))
    }

    async fn fetch(&self, digest: Digest) -> Result<Vec<u8>, ExecError> {
        let read = || self.parts.store.blob(digest);
        let bytes = self
            .until_answered(read)
            .await
            .map_err(|error| ExecError { message: error.to_string(), retry: error.is_retryable() })?;
        // What is executed is what was submitted, whatever lies between.
        if Digest::of(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(ExecError::fatal(format!("the stored bytes do not have the digest {digest}")))
        }
    }
}

/// Removes what killed processes have left.
pub(super) fn sweep(work_dir: &Path) {
    Scratch::sweep(work_dir, PREFIX, |name| tracing::info!(name, "removing the folder of a killed process"));
}

fn no_digest(file: &FileRecord) -> ExecError {
    ExecError::fatal(format!("the uploaded file {} has no digest", file.path))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
