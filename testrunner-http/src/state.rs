//! What the handlers share.

use std::sync::Arc;

use testrunner_core::Engine;

use crate::config::HttpConfig;
use crate::download::Downloads;
use crate::guard::{Guard, RateLimits};
use crate::metrics::Metrics;
use crate::testruns::Schedules;
use crate::turns::Turns;
use crate::work::{HeldRuns, WorkKey};

/// Insights read a lot: this many are worked out at once.
const INSIGHTS_AT_ONCE: u32 = 1;
/// Text is looked for in all that is stored, and the store has few readers: this many searches at once.
const SEARCHES_AT_ONCE: u32 = 2;

/// What the handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) engine: Engine,
    pub(crate) config: Arc<HttpConfig>,
    pub(crate) rates: Arc<RateLimits>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) insights: Turns,
    pub(crate) searches: Turns,
    pub(crate) downloads: Downloads,
    pub(crate) work_key: WorkKey,
    pub(crate) held: Arc<HeldRuns>,
    pub(crate) schedules: Arc<Schedules>,
}

impl Api {
    pub(crate) fn new(engine: Engine, guard: &Guard) -> Self {
        let (config, rates) = (Arc::clone(&guard.config), Arc::clone(&guard.rates));
        let insights = Turns::new(INSIGHTS_AT_ONCE, "other insights are being worked out; ask again");
        let searches = Turns::new(
            SEARCHES_AT_ONCE,
            "other searches for a text are under way; ask again, or without `text`: other filters never wait",
        );
        let downloads = Downloads::new(config.download_bytes);
        let work_key = config.work_key.clone().unwrap_or_else(|| WorkKey::from(&config.session_key));
        let (metrics, held) = (Arc::new(Metrics::new()), Arc::default());
        let schedules = Arc::default();
        Self { engine, config, rates, metrics, insights, searches, downloads, work_key, held, schedules }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use testrunner_core::MemoryStore;

    use super::*;
    use crate::guard::Caller;
    use crate::token::{AllowAll, Identity, Role};

    /// Over an empty store.
    pub(crate) fn api() -> Api {
        let engine = Engine::builder(MemoryStore::new()).build().unwrap();
        let config = HttpConfig::new(Arc::new(AllowAll(reader().0)));
        Api::new(engine, &Guard::new(Arc::new(config)))
    }

    /// Somebody who may read.
    pub(crate) fn reader() -> Caller {
        Caller(Identity { token: "t".to_owned(), subject: "ada".to_owned(), role: Role::Viewer })
    }
}
