//! Who asks.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

/// What a token may do. Each may do what the one before may, but for workers, who stand apart.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Reads everything.
    Viewer,
    /// Submits under its own name, and cancels, repeats and deletes what is its own.
    Submitter,
    /// Does everything, for everybody.
    Admin,
    /// Claims items and writes what it holds; reads and submits nothing.
    Worker,
}

/// Who the server takes the caller for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhoAmI {
    /// The name that it submits under.
    pub subject: String,
    /// What it may do.
    pub role: Role,
}

/// A code that a browser swaps for its cookie, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeDocument {
    /// The code: goes into the fragment of the console's address, `#t=…`.
    pub code: String,
    /// How long it lives, in seconds.
    pub expires_in: u64,
}

/// The swap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// The code.
    pub code: String,
}
