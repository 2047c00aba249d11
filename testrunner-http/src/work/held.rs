//! What workers hold, remembered for a moment: a session's files are read one after the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use testrunner_api::LEASE_HEADER;
use testrunner_core::LeaseKey;
use testrunner_core::store::Batch;
use testrunner_core::testrun::FileRecord;
use tokio::time::Instant;

use super::lease::Signed;
use super::{Why, refusal};
use crate::problem::Problem;
use crate::state::Api;
use crate::token::Identity;

/// So long the files of a lease that was found to be held are given out without another look.
const FRESH: Duration = Duration::from_secs(5);
const MOST: usize = 64;

/// Files of Testruns by leases that were held a moment ago.
#[derive(Debug, Default)]
pub(crate) struct HeldRuns(Mutex<HashMap<LeaseKey, Seen>>);

/// When it was found to be held, and the files of its Testrun.
type Seen = (Instant, Arc<[FileRecord]>);

impl HeldRuns {
    fn known(&self, key: LeaseKey) -> Option<Arc<[FileRecord]>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| since.elapsed() < FRESH);
        known.get(&key).map(|(_, files)| Arc::clone(files))
    }

    fn remember(&self, key: LeaseKey, files: &Arc<[FileRecord]>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST
            && let Some(oldest) = known.iter().min_by_key(|(_, (since, _))| *since).map(|(key, _)| *key)
        {
            known.remove(&oldest);
        }
        known.insert(key, (Instant::now(), Arc::clone(files)));
    }
}

/// The lease that a reading worker shows, and the files of its Testrun.
///
/// # Errors
/// It shows none, one of another token, or one that is over.
pub(super) async fn files(
    api: &Api,
    identity: &Identity,
    headers: &HeaderMap,
) -> Result<(Signed, Arc<[FileRecord]>), Problem> {
    let mut shown = headers.get_all(LEASE_HEADER).iter();
    let lease = match (shown.next(), shown.next()) {
        (Some(lease), None) => lease.to_str().unwrap_or_default(),
        _ => "",
    };
    let signed = refusal::open(api, identity, lease)?;
    if let Some(files) = api.held.known(signed.key) {
        return Ok((signed, files));
    }
    // Nothing is appended: the store says whether something could be.
    let nothing = Batch { from_n: 0, events: &[] };
    let store = api.engine.store();
    store.append(signed.key, nothing).await.map_err(|error| refusal::refuse(api, error))?;
    let files: Arc<[FileRecord]> =
        store.files(signed.run).await.map_err(|error| refusal::refuse(api, error))?.into();
    api.held.remember(signed.key, &files);
    Ok((signed, files))
}

/// Nothing of what this worker holds has it.
pub(super) fn not_held(api: &Api, what: &str) -> Problem {
    api.metrics.refused(Why::NotHeld);
    Problem::not_held(what)
}
