//! One token as it is stored.

use serde::{Deserialize, Serialize};
use testrunner_api::Role;
use testrunner_core::Timestamp;

use super::Identity;

/// What is known of a token; its secret is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenRecord {
    /// Its id: names it in lists and in sessions; not a secret.
    pub id: String,
    /// The name that it submits under.
    pub subject: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is worthless; never without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// It is the one that this machine's user finds by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub local: bool,
}

impl TokenRecord {
    /// Whether it is worth something at this moment.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }

    pub(super) fn identity(&self) -> Identity {
        Identity { token: self.id.clone(), subject: self.subject.clone(), role: self.role }
    }
}
