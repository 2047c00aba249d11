//! Following how far one Testrun has come, without reading its events.

use std::sync::Arc;
use std::time::Duration;

use crate::doorbell::{Doorbell, Listener, Topic};
use crate::id::{Seq, TestrunId};
use crate::store::{ListQuery, Store, StoreError};
use crate::testrun::Summary;

/// Longest time after which a lost ring is made good.
const POLL: Duration = Duration::from_secs(1);
/// Shortest time between two summaries: a Testrun may have thousands of events a second.
const PACE: Duration = Duration::from_millis(200);

/// A Testrun's summary as it is now, and again whenever it has more events, until it has ended.
#[derive(Debug)]
pub struct Progress {
    store: Arc<dyn Store>,
    listener: Box<dyn Listener>,
    run: TestrunId,
    seen: Option<Seq>,
    over: bool,
}

impl Progress {
    pub(super) fn new(store: Arc<dyn Store>, bell: &Arc<dyn Doorbell>, run: TestrunId) -> Self {
        // Armed before the first read: what is committed in between rings.
        let listener = bell.listen(Topic::Run(run));
        Self { store, listener, run, seen: None, over: false }
    }

    /// The next summary; the last one is of the ended Testrun, after which, or when there is no such Testrun (any
    /// more), comes `None`. Cancel-safe.
    ///
    /// # Errors
    /// The store failed; calling again goes on where it stopped.
    pub async fn next(&mut self) -> Result<Option<Summary>, StoreError> {
        if self.over {
            return Ok(None);
        }
        if self.seen.is_some() {
            tokio::time::sleep(PACE).await;
        }
        loop {
            let Some(summary) = read(&*self.store, self.run).await? else {
                self.over = true;
                return Ok(None);
            };
            if self.seen != Some(summary.last_seq) {
                self.seen = Some(summary.last_seq);
                self.over = summary.status.is_terminal();
                return Ok(Some(summary));
            }
            self.listener.rung(POLL).await;
        }
    }
}

async fn read(store: &dyn Store, run: TestrunId) -> Result<Option<Summary>, StoreError> {
    let before = Some(TestrunId(run.0.saturating_add(1)));
    let query = ListQuery { before, limit: 1, ..ListQuery::default() };
    let rows = store.list(&query).await?.rows;
    Ok(rows.into_iter().find(|summary| summary.id == run))
}
