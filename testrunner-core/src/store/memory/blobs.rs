//! Uploaded bytes by digest, each stored once.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::id::Digest;
use crate::rules::{digests_of, missing_bytes};
use crate::store::{NewTestrun, StoreError, StoreErrorKind, StoreResult};

/// How long bytes that no Testrun uses are kept, so that a submitter can first upload and then create.
const KEEP_UNUSED: Duration = Duration::from_hours(24);

#[derive(Default)]
pub(super) struct Blobs(HashMap<Digest, Blob>);

struct Blob {
    bytes: Vec<u8>,
    /// When it was put last.
    put_at: Timestamp,
    /// Files of Testruns that have it.
    uses: usize,
}

impl Blobs {
    pub(super) fn put(&mut self, bytes: &[u8], now: Timestamp) -> Digest {
        let digest = Digest::of(bytes);
        let blob = || Blob { bytes: bytes.to_vec(), put_at: now, uses: 0 };
        self.0.entry(digest).or_insert_with(blob).put_at = now;
        digest
    }

    pub(super) fn get(&self, digest: Digest) -> StoreResult<Vec<u8>> {
        let missing = || StoreError::new(StoreErrorKind::NotFound, format!("there is no blob {digest}"));
        self.0.get(&digest).map(|blob| blob.bytes.clone()).ok_or_else(missing)
    }

    /// Those that a Testrun has. Others go by themselves.
    pub(super) fn used_bytes(&self) -> u64 {
        let used = self.0.values().filter(|blob| blob.uses > 0);
        used.map(|blob| blob.bytes.len() as u64).sum()
    }

    /// The digests of an upload's files.
    ///
    /// # Errors
    /// `Invalid` when one has none or its bytes are not here.
    pub(super) fn digests_of(&self, new: &NewTestrun) -> StoreResult<Vec<Digest>> {
        let digests = digests_of(new)?;
        match digests.iter().find(|digest| !self.0.contains_key(digest)) {
            Some(missing) => Err(missing_bytes(new, *missing)),
            None => Ok(digests),
        }
    }

    pub(super) fn use_all(&mut self, digests: &[Digest]) {
        for digest in digests {
            if let Some(blob) = self.0.get_mut(digest) {
                blob.uses += 1;
            }
        }
    }

    /// Notes that a Testrun no longer has these, and forgets what nobody has any more.
    pub(super) fn release(&mut self, digests: impl Iterator<Item = Digest>, now: Timestamp) {
        for digest in digests {
            if let Some(blob) = self.0.get_mut(&digest) {
                blob.uses = blob.uses.saturating_sub(1);
            }
        }
        self.0.retain(|_, blob| blob.uses > 0 || now < blob.put_at.after(KEEP_UNUSED));
    }
}
