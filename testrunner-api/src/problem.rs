//! Errors, by RFC 9457.

use serde::{Deserialize, Serialize};

/// What every refusal looks like: `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProblemDocument {
    /// `urn:testrunner:problem:` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is, in a few words; the same for each code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// For programs: stable.
    pub code: String,
    /// What failed, on which id or file, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The request's id, as in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The fields that are wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Of the code `gap`: number of the first event that is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_n: Option<u64>,
}

/// One wrong field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// Its name, or a JSON pointer to it.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}
