//! What workers that have nothing but this API say and hear.

use serde::{Deserialize, Serialize};
use testrunner_core::event::NewEvent;
use testrunner_core::store::{Assignment, LeaseStatus, Outcome};
use testrunner_core::{ItemId, Labels, TestrunId, WorkerId};

/// The header that names the version of the workers' routes; they are refused without it.
pub const WORK_VERSION_HEADER: &str = "testrunner-work-version";
/// Versions of the workers' routes that this program speaks.
pub const WORK_VERSIONS: [u32; 1] = [1];
/// The header that shows a lease where there is no body: when files are read.
pub const LEASE_HEADER: &str = "testrunner-lease";
/// Most items of one claim, names of executors and Testruns in it, and leases of one renewal.
pub const WORK_MANY: usize = 1_024;
/// Most events of one write.
pub const WORK_EVENTS: usize = 10_000;
/// Most bytes of one write, as JSON.
pub const WORK_BYTES: usize = 4 << 20;

/// Asks for items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ClaimDocument {
    /// The worker's own name: 1 to 64 visible characters, no slash. It is shown as the token's user and this.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub worker: String,
    /// How many items at the most. With 0 it is only asked when the next one is due.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1024))]
    pub max: u32,
    /// How long the leases are to last: 100 ms to an hour, in microseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 100_000, maximum = 3_600_000_000_u64))]
    pub ttl_us: u64,
    /// Names of the executors at hand.
    #[cfg_attr(feature = "openapi", schema(max_items = 1024))]
    pub executors: Vec<String>,
    /// Only these items; without it any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 1024))]
    pub items: Option<Vec<ItemId>>,
    /// Testruns that are open there already: they go first within fair order.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1024))]
    pub prefer: Vec<TestrunId>,
    /// How long to wait while there is nothing: at most 20 s, in microseconds.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(maximum = 20_000_000))]
    pub wait_us: u64,
}

/// One leased item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaseDocument {
    /// To be shown with every write about it. Good for this token and this worker alone.
    pub lease: String,
    /// How long it lasts if it is not renewed, in microseconds.
    pub ttl_us: u64,
    /// The item, and all that is needed to run it.
    pub assignment: Assignment,
}

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClaimedDocument {
    /// The leases, in the order in which they are to be started; none when there was nothing in time.
    pub leases: Vec<LeaseDocument>,
    /// When the next item becomes due that is not yet, as far as known; in microseconds from now.
    pub next_ready_in_us: Option<u64>,
}

/// Lengthens leases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RenewDocument {
    /// The leases.
    #[cfg_attr(feature = "openapi", schema(max_items = 1024))]
    pub leases: Vec<String>,
    /// How long they are to last from now: 100 ms to an hour, in microseconds.
    #[cfg_attr(feature = "openapi", schema(minimum = 100_000, maximum = 3_600_000_000_u64))]
    pub ttl_us: u64,
}

/// The answer to a renewal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RenewedDocument {
    /// One for each lease, in the same order.
    pub leases: Vec<LeaseStatus>,
}

/// Stores events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AppendDocument {
    /// The lease.
    pub lease: String,
    /// Number of the first event, counted from 0 since the claim. What is stored already is skipped.
    pub from_n: u64,
    /// The events.
    #[cfg_attr(feature = "openapi", schema(max_items = 10_000))]
    pub events: Vec<NewEvent>,
}

/// Ends a lease with its last events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct FinishDocument {
    /// The lease.
    pub lease: String,
    /// Number of the first event, counted from 0 since the claim. What is stored already is skipped.
    pub from_n: u64,
    /// The last events.
    #[cfg_attr(feature = "openapi", schema(max_items = 10_000))]
    pub events: Vec<NewEvent>,
    /// How it ends.
    pub outcome: Outcome,
}

/// Says that a worker is there, or that it leaves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PresenceDocument {
    /// The worker's own name, as in its claims.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 64))]
    pub worker: String,
    /// It leaves: all that follows is ignored.
    #[serde(default)]
    pub leaving: bool,
    /// How many items it runs at the same time.
    #[serde(default)]
    pub slots: u32,
    /// Names of the executors at hand.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_items = 1024))]
    pub executors: Vec<String>,
    /// What its operator sorts it by.
    #[serde(default)]
    pub labels: Labels,
    /// It takes no more items.
    #[serde(default)]
    pub draining: bool,
    /// Version of its program: at most 64 characters.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub version: String,
}

/// A worker's presence is noted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotedDocument {
    /// The name that it is listed and shown under: the token's user and its own.
    pub worker: WorkerId,
}
