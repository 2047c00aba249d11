//! Uploaded bytes.

use std::collections::BTreeSet;
use std::time::Duration;

use testrunner_core::store::{NewTestrun, StoreError, StoreErrorKind, StoreResult};
use testrunner_core::{Digest, Source, Timestamp};

use super::{Ledger, Mutant, invalid};

const KEPT: Duration = Duration::from_hours(24);

#[derive(Clone, Debug)]
pub(super) struct Blob {
    bytes: Vec<u8>,
    put_at: Timestamp,
}

impl Ledger {
    /// As [`Store::put_blobs`](testrunner_core::Store::put_blobs).
    pub fn put_blobs(&mut self, now: Timestamp, blobs: &[Vec<u8>]) -> Vec<Digest> {
        let put = |bytes: &Vec<u8>| {
            let digest = Digest::of(bytes);
            self.blobs.insert(digest, Blob { bytes: bytes.clone(), put_at: now });
            digest
        };
        blobs.iter().map(put).collect()
    }

    /// As [`WorkStore::blob`](testrunner_core::WorkStore::blob).
    ///
    /// # Errors
    /// `NotFound`.
    pub fn blob(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        let missing = || StoreError::new(StoreErrorKind::NotFound, format!("there is no blob {digest}"));
        self.blobs.get(&digest).map(|blob| blob.bytes.clone()).ok_or_else(missing)
    }

    /// Bytes of what a Testrun has.
    pub(super) fn uploaded(&self) -> u64 {
        let (used, all) = (self.used(), self.makes(Mutant::UnusedBytesCounted));
        let counted = self.blobs.iter().filter(|(digest, _)| all || used.contains(digest));
        counted.map(|(_, blob)| blob.bytes.len() as u64).sum()
    }

    fn used(&self) -> BTreeSet<Digest> {
        let uploads = self.runs.iter().filter(|run| matches!(run.new.source, Source::Upload));
        uploads.flat_map(|run| &run.new.files).filter_map(|file| file.digest).collect()
    }

    pub(super) fn check_bytes(&self, new: &NewTestrun) -> StoreResult<()> {
        let is_here = |digest: Option<Digest>| digest.is_some_and(|digest| self.blobs.contains_key(&digest));
        let uploaded = matches!(new.source, Source::Upload);
        match new.files.iter().find(|file| uploaded && !is_here(file.digest)) {
            Some(file) => Err(invalid(format!("the bytes of {:?} are missing", file.path))),
            None => Ok(()),
        }
    }

    /// Bytes that no Testrun uses go when they were put more than a day ago.
    pub(super) fn forget_unused(&mut self, now: Timestamp) {
        let used = self.used();
        self.blobs.retain(|digest, blob| used.contains(digest) || now < blob.put_at.after(KEPT));
    }
}
