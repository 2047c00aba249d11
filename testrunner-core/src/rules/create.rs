//! Whether a Testrun may be stored.

use std::collections::BTreeSet;

use crate::id::{Digest, TestrunId};
use crate::store::{NewTestrun, StoreError, StoreErrorKind, StoreResult};
use crate::testrun::{FileRole, Source, check_labels};

/// Every test file must be in exactly one item, or the Testrun would never have a result for it. Returns the number of
/// test files.
///
/// # Errors
/// `Invalid`.
pub fn check_new(new: &NewTestrun) -> StoreResult<u32> {
    check_labels(&new.labels)?;
    if new.items.is_empty() {
        return Err(invalid("a Testrun without items cannot be stored; name at least one test file"));
    }
    if matches!(new.source, Source::Directory { .. }) && new.pinned_to.is_none() {
        return Err(invalid("a Testrun of a directory must be pinned to the process that runs it"));
    }
    let tests = (0..).zip(&new.files).filter(|(_, file)| file.role == FileRole::Test);
    let mut unplanned: BTreeSet<u32> = tests.map(|(index, _)| index).collect();
    let tests = u32::try_from(unplanned.len()).map_err(|_| invalid("there are too many files"))?;
    for item in &new.items {
        if item.files.is_empty() {
            return Err(invalid("every item must have at least one file"));
        }
        if let Some(file) = item.files.iter().find(|file| !unplanned.remove(file)) {
            return Err(invalid(format!("file {file} is planned twice, or is not a test file")));
        }
    }
    match unplanned.first() {
        Some(file) => Err(invalid(format!("the test file {file} is in no item"))),
        None => Ok(tests),
    }
}

/// The digests of an upload's files, whose bytes must be stored; none of a directory's.
///
/// # Errors
/// `Invalid`: a file has none.
pub fn digests_of(new: &NewTestrun) -> StoreResult<Vec<Digest>> {
    if !matches!(new.source, Source::Upload) {
        return Ok(Vec::new());
    }
    let bare = |path| invalid(format!("the file {path:?} has no digest; upload its bytes"));
    new.files.iter().map(|file| file.digest.ok_or_else(|| bare(&file.path))).collect()
}

/// The bytes of a file with this digest are not in the store.
#[must_use]
pub fn missing_bytes(new: &NewTestrun, digest: Digest) -> StoreError {
    let named = new.files.iter().find(|file| file.digest == Some(digest));
    let path = named.map_or("", |file| file.path.as_str());
    invalid(format!("the bytes of {path:?} ({digest}) are not in the store; upload them again"))
}

/// Whether the Testrun `known`, stored under the same idempotency key, was the same request.
///
/// # Errors
/// `Conflict`: it was not.
pub fn check_repeated(new: &NewTestrun, known: TestrunId, request: &[u8]) -> StoreResult<()> {
    let Some(wanted) = new.idempotency.as_ref().filter(|wanted| wanted.request.0 != request) else {
        return Ok(());
    };
    let message = format!(
        "the idempotency key {:?} of {} belongs to Testrun {known}, which asked for something else; use another key",
        wanted.key, new.username
    );
    Err(StoreError::new(StoreErrorKind::Conflict, message))
}

fn invalid(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}
