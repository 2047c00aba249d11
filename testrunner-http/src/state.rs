//! What the handlers share.

use std::sync::Arc;

use testrunner_core::Engine;
use tokio::sync::Semaphore;

use crate::config::HttpConfig;
use crate::guard::{Guard, RateLimits};
use crate::metrics::Metrics;

/// Insights read a lot: this many are worked out at once.
const INSIGHTS_AT_ONCE: usize = 1;

/// What the handlers share. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    pub(crate) engine: Engine,
    pub(crate) config: Arc<HttpConfig>,
    pub(crate) rates: Arc<RateLimits>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) insights: Arc<Semaphore>,
}

impl Api {
    pub(crate) fn new(engine: Engine, guard: &Guard) -> Self {
        let (config, rates) = (Arc::clone(&guard.config), Arc::clone(&guard.rates));
        let insights = Arc::new(Semaphore::new(INSIGHTS_AT_ONCE));
        Self { engine, config, rates, metrics: Arc::new(Metrics::new()), insights }
    }
}
