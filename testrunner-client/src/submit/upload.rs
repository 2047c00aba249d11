//! What is to be sent.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use testrunner_api::NewTestrun;
use testrunner_core::testrun::{FileContent, FileRole, SpecFile, TestrunSpec};
use testrunner_core::{Digest, Limits};

use crate::error::ClientError;

/// Bytes, or where they are.
#[derive(Clone, Debug)]
pub enum Content {
    /// In memory.
    Bytes(Bytes),
    /// In a file, which is read while it is sent.
    Disk(PathBuf),
}

/// One file to be sent.
#[derive(Clone, Debug)]
pub struct UploadFile {
    /// Its relative path on the other side, with `/`.
    pub path: String,
    /// Its bytes.
    pub content: Content,
}

/// What a submission consists of.
#[derive(Clone, Debug)]
pub enum Upload {
    /// Files; the server tells tests from what tests need.
    Files(Vec<UploadFile>),
    /// One `.zip` or `.tar.gz`, unpacked by the server.
    Archive(UploadFile),
}

impl Content {
    /// Its size in bytes.
    ///
    /// # Errors
    /// The file is not there, or is none.
    pub(super) fn size(&self) -> Result<u64, ClientError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::Disk(path) => size(path).map_err(|error| ClientError::file(path, error)),
        }
    }
}

fn size(path: &Path) -> std::io::Result<u64> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        return Err(std::io::Error::other("it is not a plain file"));
    }
    Ok(found.len())
}

impl Upload {
    /// Checks all that can be checked before anything is sent; returns the files' sizes.
    ///
    /// # Errors
    /// [`ClientError::Invalid`], [`ClientError::File`].
    pub(super) fn check(&self, request: &NewTestrun, limits: &Limits) -> Result<Vec<u64>, ClientError> {
        let files = match self {
            Self::Files(files) => files.as_slice(),
            // What is in it is for the server to see.
            Self::Archive(file) => return Ok(vec![file.content.size()?]),
        };
        let mut spec = TestrunSpec::upload("any", request.username.as_deref().unwrap_or("anybody"));
        spec.labels = request.labels.clone();
        spec.max_fail = request.max_fail;
        spec.limits = limits.clone();
        let mut sizes = Vec::with_capacity(files.len());
        for file in files {
            let size = file.content.size()?;
            sizes.push(size);
            // Which of them are tests is not known here.
            let content = FileContent::Blob { digest: Digest([0; 32]), size };
            spec.files.push(SpecFile { path: file.path.clone(), role: FileRole::Test, content });
        }
        spec.validate()?;
        Ok(sizes)
    }
}
