//! Following the changes of all Testruns.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::doorbell::{Doorbell, Listener, Topic};
use crate::store::{Change, Store, StoreError};

/// Longest time after which a lost ring is made good.
const POLL: Duration = Duration::from_secs(1);
/// Most changes that are read at once.
const AT_ONCE: u32 = 1_000;

/// What a follower of all Testruns is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeNotice {
    /// A Testrun has a new status, or is gone.
    Change(Change),
    /// Some changes are no longer known: read the list anew.
    Missed {
        /// The newest change; the next one told is the one after it.
        last: u64,
    },
}

/// The changes of all Testruns' statuses, in order, without end.
#[derive(Debug)]
pub struct Changes {
    store: Arc<dyn Store>,
    listener: Box<dyn Listener>,
    after: u64,
    read: VecDeque<Change>,
}

impl Changes {
    pub(super) fn new(store: Arc<dyn Store>, bell: &Arc<dyn Doorbell>, after: u64) -> Self {
        // Armed before the first read: what is committed in between rings.
        let listener = bell.listen(Topic::Runs);
        Self { store, listener, after, read: VecDeque::new() }
    }

    /// The next change. Cancel-safe.
    ///
    /// # Errors
    /// The store failed; calling again goes on where it stopped.
    pub async fn next(&mut self) -> Result<ChangeNotice, StoreError> {
        loop {
            if let Some(change) = self.read.pop_front() {
                self.after = change.n;
                return Ok(ChangeNotice::Change(change));
            }
            let page = self.store.changes(self.after, AT_ONCE).await?;
            if page.missed {
                self.after = page.last;
                return Ok(ChangeNotice::Missed { last: page.last });
            }
            if page.changes.is_empty() {
                self.listener.rung(POLL).await;
            }
            self.read = page.changes.into();
        }
    }

    /// The number of the last change that was returned: where another follower can go on.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.after
    }
}
