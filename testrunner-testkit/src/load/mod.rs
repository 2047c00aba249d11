//! What a store takes. One implementation for every adapter: its example `rates` prints what [`Load`] measures by the
//! clock, its benches and the count of instructions repeat one [`Step`].

#[cfg(feature = "criterion")]
mod bench;
mod events;
mod items;
mod rate;
mod rates;
mod reads;
mod runs;
mod steps;
mod wanted;
mod weighed;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use testrunner_core::Store;
use testrunner_core::store::StoreResult;
use tokio::task::JoinSet;

#[cfg(feature = "criterion")]
pub use bench::bench_steps;
pub use rate::Rate;
pub use rates::rates;
pub use steps::{Step, Steps};
pub use wanted::{Part, Wanted};
pub use weighed::weighed;

use crate::store::factory::CONTENT;

/// What a measurement answers with: it ends at the first thing that goes wrong.
pub type Answer<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One line of a test's output, of a usual length.
const LINE: &str = "one line of the output of a test, of about eighty characters as they often are\n";

/// Events of a usual append.
const EVENTS: u32 = 100;

/// A store to be measured, and for how long. Clones measure the same store.
#[derive(Clone, Debug)]
pub struct Load {
    store: Arc<dyn Store>,
    time: Duration,
}

impl Load {
    /// Measures this store, each thing for so long.
    ///
    /// # Errors
    /// The store does not take the bytes that all files here have.
    pub async fn new(store: Arc<dyn Store>, time: Duration) -> StoreResult<Self> {
        store.put_blobs(&[CONTENT.to_vec()]).await?;
        Ok(Self { store, time })
    }
}

/// Waits for all tasks; what each took of it, in one.
async fn all<T: Send + 'static>(tasks: JoinSet<Answer<Vec<T>>>) -> Answer<Vec<T>> {
    let mut whole = Vec::new();
    for part in tasks.join_all().await {
        whole.extend(part?);
    }
    Ok(whole)
}
