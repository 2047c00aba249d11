//! Bytes of tests' files on this machine's disk: each fetched once, whoever asks for it at the same time.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::SystemTime;

use testrunner_core::Digest;

/// A folder of files that are called by their digests.
#[derive(Debug)]
pub(super) struct BlobCache {
    folder: PathBuf,
    most: u64,
    index: Mutex<Index>,
    fetching: Mutex<HashMap<Digest, Weak<tokio::sync::Mutex<()>>>>,
}

#[derive(Debug, Default)]
struct Index {
    /// Size, and when it was used last, counted in uses.
    kept: HashMap<Digest, (u64, u64)>,
    bytes: u64,
    uses: u64,
}

impl BlobCache {
    /// Opens the folder, for this user alone; makes it where there is none.
    ///
    /// # Errors
    /// It cannot be made or read.
    pub(super) fn open(folder: &Path, most: u64) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        let mut found: Vec<(SystemTime, Digest, u64)> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let (Ok(meta), Ok(name)) = (entry.metadata(), entry.file_name().into_string()) else { continue };
            match name.parse() {
                Ok(digest) => {
                    found.push((meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), digest, meta.len()))
                }
                // Half a file of a process that was killed.
                Err(_) => drop(std::fs::remove_file(entry.path())),
            }
        }
        found.sort_unstable();
        let mut index = Index::default();
        for (_, digest, size) in found {
            index.use_one(digest, size);
        }
        let cache =
            Self { folder: folder.to_owned(), most, index: Mutex::new(index), fetching: Mutex::default() };
        cache.make_room();
        Ok(cache)
    }

    /// The right to fetch these bytes: others who want the same wait.
    pub(super) fn turn(&self, digest: Digest) -> Arc<tokio::sync::Mutex<()>> {
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        fetching.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = fetching.get(&digest).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        fetching.insert(digest, Arc::downgrade(&turn));
        turn
    }

    /// The bytes, if they are here and are what they should be: tests that ran on this machine may have had their hands in
    /// the folder.
    pub(super) fn read(&self, digest: Digest) -> Option<Vec<u8>> {
        let bytes = std::fs::read(self.path(digest)).ok();
        let good = bytes.filter(|bytes| Digest::of(bytes) == digest);
        match &good {
            Some(bytes) => self.lock().use_one(digest, bytes.len() as u64),
            None => self.forget(digest),
        }
        good
    }

    /// Keeps bytes, whole or not at all.
    ///
    /// # Errors
    /// They cannot be written.
    pub(super) fn keep(&self, digest: Digest, bytes: &[u8]) -> io::Result<()> {
        let size = bytes.len() as u64;
        if size > self.most {
            return Ok(());
        }
        let mut beside = tempfile::NamedTempFile::new_in(&self.folder)?;
        beside.write_all(bytes)?;
        beside.persist(self.path(digest)).map_err(|error| error.error)?;
        self.lock().use_one(digest, size);
        self.make_room();
        Ok(())
    }

    fn make_room(&self) {
        loop {
            let oldest = {
                let index = self.lock();
                if index.bytes <= self.most {
                    return;
                }
                index.kept.iter().min_by_key(|(_, (_, used))| *used).map(|(digest, _)| *digest)
            };
            let Some(oldest) = oldest else { return };
            self.forget(oldest);
        }
    }

    fn forget(&self, digest: Digest) {
        let mut index = self.lock();
        if let Some((size, _)) = index.kept.remove(&digest) {
            index.bytes = index.bytes.saturating_sub(size);
            // It may have gone by itself.
            drop(std::fs::remove_file(self.path(digest)));
        }
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn use_one(&mut self, digest: Digest, size: u64) {
        self.uses += 1;
        if let Some((before, _)) = self.kept.insert(digest, (size, self.uses)) {
            self.bytes = self.bytes.saturating_sub(before);
        }
        self.bytes += size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    fn keep(cache: &BlobCache, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::of(bytes);
        cache.keep(digest, bytes)?;
        Ok(digest)
    }

    #[test]
    fn those_used_last_stay() -> Result {
        let folder = tempfile::tempdir()?;
        let cache = BlobCache::open(folder.path(), 10)?;
        let (a, b) = (keep(&cache, b"aaaa")?, keep(&cache, b"bbbb")?);
        assert_eq!(cache.read(a).as_deref(), Some(&b"aaaa"[..]));
        let c = keep(&cache, b"cccc")?;
        assert_eq!((cache.read(a).is_some(), cache.read(b), cache.read(c).is_some()), (true, None, true));
        let large = keep(&cache, &[0; 11])?;
        assert_eq!(cache.read(large), None);
        std::fs::write(folder.path().join(".tmpHalf"), "half")?;
        let again = BlobCache::open(folder.path(), 4)?;
        let left = [a, c].into_iter().filter(|digest| again.read(*digest).is_some()).count();
        assert_eq!((left, std::fs::read_dir(folder.path())?.count()), (1, 1));
        assert_eq!(std::fs::metadata(folder.path())?.permissions().mode() & 0o777, 0o700);
        Ok(())
    }

    #[test]
    fn what_was_changed_is_not_given_out() -> Result {
        let folder = tempfile::tempdir()?;
        let cache = BlobCache::open(folder.path(), 100)?;
        let digest = keep(&cache, b"def test(): pass")?;
        std::fs::write(folder.path().join(digest.to_string()), "def test(): evil")?;
        assert_eq!(cache.read(digest), None);
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
        assert_eq!(keep(&cache, b"def test(): pass")?, digest);
        assert!(cache.read(digest).is_some());
        Ok(())
    }
}
