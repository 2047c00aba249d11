//! What viewers ask for.

use std::time::Instant;

use testrunner_core::store::ListQuery;

use super::{Answer, Load, Part, Rate};

impl Load {
    /// One viewer that asks for the newest 50 Testruns; a call is one `list`.
    pub(super) async fn lists(&self) -> Answer<Rate> {
        let (started, mut calls) = (Instant::now(), Vec::new());
        let query = ListQuery { limit: 50, ..ListQuery::default() };
        while started.elapsed() < self.time {
            let begun = Instant::now();
            self.store.list(&query).await?;
            calls.push(begun.elapsed());
        }
        Ok(Rate::of_calls(Part::Lists, calls, started.elapsed()))
    }
}
