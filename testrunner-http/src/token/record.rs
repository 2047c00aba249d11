//! One token as it is stored, and the file's format.

use serde::{Deserialize, Serialize};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use testrunner_api::Role;
use testrunner_core::{Digest, Timestamp};

use super::Identity;
use crate::session::SessionKey;

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

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(flatten)]
    pub(super) record: TokenRecord,
    /// SHA-256 of the secret: 256 random bits need no slow hash.
    pub(super) digest: Digest,
}

/// The whole file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Book {
    pub(super) version: u32,
    pub(super) session_key: SessionKey,
    pub(super) tokens: Vec<Stored>,
}

impl Book {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn new() -> Self {
        Self { version: Self::VERSION, session_key: SessionKey::random(), tokens: Vec::new() }
    }

    /// Whose secret this is. Looks at all tokens whole, whichever it is.
    pub(super) fn by_secret(&self, secret: &str, now: Timestamp) -> Option<&TokenRecord> {
        let Digest(asked) = Digest::of(secret.as_bytes());
        let mut found = 0_u64;
        for (n, token) in (1..).zip(&self.tokens) {
            let Digest(known) = token.digest;
            found.conditional_assign(&n, known.ct_eq(&asked));
        }
        let place = usize::try_from(found.checked_sub(1)?).ok()?;
        self.tokens.get(place).map(|token| &token.record).filter(|record| record.is_alive(now))
    }

    pub(super) fn by_id(&self, id: &str, now: Timestamp) -> Option<&TokenRecord> {
        let found = self.tokens.iter().map(|token| &token.record).find(|record| record.id == id);
        found.filter(|record| record.is_alive(now))
    }
}
