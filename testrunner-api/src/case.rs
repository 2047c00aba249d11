//! Test cases.

use serde::{Deserialize, Serialize};
use testrunner_core::Seq;
use testrunner_core::store::CaseRecord;

/// A case with the path of its file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseDocument {
    /// Path of the file.
    pub path: String,
    /// The case.
    #[serde(flatten)]
    pub case: CaseRecord,
}

/// A part of a Testrun's cases, in the order of their events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CasePage {
    /// The cases. With a `text` there may be fewer than wanted, or none, although there are more.
    pub cases: Vec<CaseDocument>,
    /// Pass this as `after` to go on; absent when there is no more for now.
    pub next_after: Option<Seq>,
}
