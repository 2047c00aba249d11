//! Testruns created.

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::{Answer, Load, Part, Rate, all};
use crate::store::factory::per_file;

impl Load {
    /// Submitters that create Testruns of one file; a call is one `create`.
    pub(super) async fn creates(&self, submitters: usize) -> Answer<Rate> {
        let (started, mut tasks) = (Instant::now(), JoinSet::new());
        for _ in 0..submitters {
            let (store, time) = (Arc::clone(&self.store), self.time);
            tasks.spawn(async move {
                let mut calls = Vec::new();
                while started.elapsed() < time {
                    let begun = Instant::now();
                    store.create(&per_file(1)).await?;
                    calls.push(begun.elapsed());
                }
                Ok(calls)
            });
        }
        Ok(Rate::of_calls(Part::Creates, all(tasks).await?, started.elapsed()).at_once(submitters))
    }
}
