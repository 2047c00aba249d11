//! What is left to do: the items that are held, and those that wait.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, duration_us};
use crate::id::{ItemId, TestrunId, WorkerId};
use crate::item::ItemState;

/// The open items of all Testruns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Backlog {
    /// Those that are held first, then those that wait, in the order in which they would be claimed.
    pub items: Vec<OpenItem>,
    /// Items that wait, also those that are not in `items`.
    pub ready: u64,
    /// Items that are held, also those that are not in `items`.
    pub leased: u64,
}

/// An item that is held or waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpenItem {
    /// Its number.
    pub id: ItemId,
    /// Its Testrun.
    pub run: TestrunId,
    /// `leased` or `ready`.
    pub state: ItemState,
    /// Name of its executor.
    pub executor: String,
    /// Larger goes first.
    pub priority: i16,
    /// Number of its files.
    pub files: u32,
    /// Expected work, in microseconds on the wire.
    #[serde(rename = "weight_us", with = "duration_us")]
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub weight: Duration,
    /// How often it was claimed.
    pub attempts: u32,
    /// Only the process that submitted it may run it.
    pub pinned: bool,
    /// Not to be claimed earlier.
    pub not_before: Timestamp,
    /// Who holds it, or held it last.
    pub worker: Option<WorkerId>,
    /// When the lease may be taken over. `None` for pinned items and those that wait.
    pub lease_until: Option<Timestamp>,
}
