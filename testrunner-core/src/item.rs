//! The item: what is queued, leased and taken over as one.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::clock::Timestamp;
use crate::id::{Epoch, ItemId, TestrunId, WorkerId};
use crate::testrun::FailReason;

/// Where an item stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ItemState {
    /// Waits to be claimed (from `not_before` on).
    Ready,
    /// Held by a worker.
    Leased,
    /// All its files are in order. Final.
    Passed,
    /// A file was not in order, or the item could not be run. Final.
    Failed,
    /// Stopped before it was done. Final.
    Cancelled,
}

impl ItemState {
    /// Whether the item still counts as open.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Leased)
    }
}

/// An item as the store has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// Its Testrun.
    pub run: TestrunId,
    /// Indexes of its files in the Testrun, in the order of execution.
    pub files: Vec<u32>,
    /// Expected work, in microseconds.
    pub weight_us: i64,
    /// Where it stands.
    pub state: ItemState,
    /// Why it failed, where files do not say it: `worker_lost` or `infra`.
    pub reason: Option<FailReason>,
    /// Fencing token of the newest claim or take-over.
    pub epoch: Epoch,
    /// How often it was claimed.
    pub attempts: u32,
    /// How often its worker was lost.
    pub lost: u32,
    /// How often it could not be run for reasons of infrastructure.
    pub infra: u32,
    /// Who holds it, or held it last.
    pub worker: Option<WorkerId>,
    /// Not to be claimed earlier; [`Item::AT_ONCE`] when there is nothing to wait for.
    pub not_before: Timestamp,
    /// When the lease may be taken over. `None` for pinned items, which have no ttl.
    pub lease_until: Option<Timestamp>,
}

impl Item {
    /// A time that has come, also when the clock is set back.
    pub const AT_ONCE: Timestamp = Timestamp(0);
}

/// An item before it is stored, made by the planner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewItem {
    /// Indexes of its files, in the order of execution. At least one.
    pub files: Vec<u32>,
    /// Expected work, in microseconds.
    pub weight_us: i64,
    /// Place among its Testrun's items. The store adds `rank` seconds to the time of creation to get the sort
    /// key, so that a later small Testrun overtakes the tail of a large one.
    pub rank: u32,
}
