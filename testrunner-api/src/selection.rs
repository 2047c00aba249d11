//! What would be run of a set of files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use testrunner_core::Limits;

/// The files that are thought of, before they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SelectionRequest {
    /// Name of the executor. Without it: `pytest`, or the only one there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executor: Option<String>,
    /// Their relative paths.
    pub paths: Vec<String>,
    /// Texts of those of them that the executor reads settings from, by path: for pytest `pytest.ini`,
    /// `pyproject.toml`, `tox.ini` and `setup.cfg`. At most 64 KiB each.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
}

/// What would be run of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Selection {
    /// The executor that was asked.
    pub executor: String,
    /// Files that would be run.
    pub tests: Vec<String>,
    /// Files that would be laid out beside them.
    pub support: Vec<String>,
    /// Files that could not be sent, each with why; in the order of the request.
    pub refused: Vec<RefusedPath>,
    /// What an upload may be.
    pub limits: Limits,
}

/// A file that could not be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedPath {
    /// As it was asked for.
    pub path: String,
    /// Why, in the words that an upload of it would be refused with.
    pub detail: String,
}
