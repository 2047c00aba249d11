//! Who works on what is stored: what workers say of themselves, for people to read. Decides nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::WorkerId;
use crate::testrun::Labels;

/// How long a worker is listed after it was last heard of. It says that it is there three times as often.
pub const WORKER_LISTED: Duration = Duration::from_secs(45);

/// What a worker says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerNotice {
    /// Its name, as in its leases.
    pub id: WorkerId,
    /// How many items it runs at the same time.
    pub slots: u32,
    /// Names of the executors that it has.
    pub executors: Vec<String>,
    /// What its operator sorts it by.
    pub labels: Labels,
    /// It takes no more items.
    pub draining: bool,
    /// Version of the program that it runs in.
    pub version: String,
}

/// A worker as the store knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerRecord {
    /// What it last said of itself.
    pub notice: WorkerNotice,
    /// When it was first heard of, by the store's clock.
    pub since: Timestamp,
    /// When it was last heard of, by the store's clock.
    pub seen_at: Timestamp,
}
