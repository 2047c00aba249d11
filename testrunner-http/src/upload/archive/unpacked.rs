//! What an archive may come to, counted while it does.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};

use super::super::UploadLimits;
use super::super::names::{self, Names};
use super::damaged;
use crate::problem::{Problem, echo};

/// So much may come out of the smallest archive.
const FIRST: u64 = 1 << 20;
const BLOCK: usize = 16 << 10;

/// The most that an archive of this size may unpack to, in bytes.
pub(in super::super) fn ceiling(size: u64, limits: &UploadLimits) -> u64 {
    FIRST.saturating_add(size.saturating_mul(limits.archive_ratio)).min(limits.total_bytes)
}

/// The files of an upload.
#[derive(Debug)]
pub(in super::super) struct Unpacked {
    pub(super) limits: UploadLimits,
    pub(in super::super) files: BTreeMap<String, Vec<u8>>,
    names: Names,
    total: u64,
    entries: usize,
    /// What may still come out of the archive, and of how much.
    left: u64,
    most: u64,
}

impl Unpacked {
    /// With the names of the files that were sent beside the archive.
    pub(in super::super) const fn new(limits: UploadLimits, names: Names) -> Self {
        Self { limits, files: BTreeMap::new(), names, total: 0, entries: 0, left: 0, most: 0 }
    }

    /// Adds a file that was sent as it is.
    pub(in super::super) fn add(&mut self, path: String, bytes: Vec<u8>) -> Result<(), Problem> {
        self.total += bytes.len() as u64;
        self.files.insert(path, bytes);
        self.check_total()
    }

    /// The most that may come out of the archive, in bytes.
    pub(super) const fn most_bytes(&self) -> u64 {
        self.most
    }

    pub(super) fn begin_archive(&mut self, size: u64) {
        self.most = ceiling(size, &self.limits);
        self.left = self.most;
    }

    /// Counts one more entry, of whatever kind.
    pub(super) fn entry(&mut self) -> Result<(), Problem> {
        self.entries += 1;
        if self.entries > self.limits.archive_entries {
            return Err(self.too_many());
        }
        Ok(())
    }

    pub(super) fn too_many(&self) -> Problem {
        Problem::too_large("one archive", self.limits.archive_entries as u64, "entries")
    }

    pub(super) fn too_much(&self) -> Problem {
        Problem::too_large("what this archive unpacks to", self.most, "bytes")
    }

    /// Unpacks one file.
    pub(super) fn file(&mut self, path: &str, content: &mut dyn Read) -> Result<(), Problem> {
        // `tar -C folder .` puts this before every name.
        let path = path.strip_prefix("./").unwrap_or(path);
        self.names.take(path)?;
        if self.files.len() >= self.limits.files {
            return Err(Problem::too_large("one upload", self.limits.files as u64, "files"));
        }
        let mut bytes = Vec::new();
        let mut block = vec![0; BLOCK];
        loop {
            let read = match content.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(damaged(&error)),
            };
            let size = read as u64;
            if bytes.len() as u64 + size > self.limits.file_bytes {
                let what = format!("the file {:?}", echo(path));
                return Err(Problem::too_large(what, self.limits.file_bytes, "bytes"));
            }
            self.left = self.left.checked_sub(size).ok_or_else(|| self.too_much())?;
            self.total += size;
            self.check_total()?;
            bytes.extend_from_slice(block.get(..read).unwrap_or_default());
        }
        self.files.insert(path.to_owned(), bytes);
        Ok(())
    }

    fn check_total(&self) -> Result<(), Problem> {
        if self.total > self.limits.total_bytes {
            return Err(Problem::too_large("all files together", self.limits.total_bytes, "bytes"));
        }
        Ok(())
    }
}

/// Checks the name of a folder. Nothing is kept of it: folders are made for files.
pub(super) fn check_folder(path: &str) -> Result<(), Problem> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let path = path.strip_prefix("./").unwrap_or(path);
    // `tar -C folder .` names the folder itself.
    if path == "." { Ok(()) } else { names::check(path) }
}
