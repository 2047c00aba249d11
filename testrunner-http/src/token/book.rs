//! All tokens of a place, as they are stored.

use std::fmt::Display;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use testrunner_api::Role;
use testrunner_core::testrun::check_username;
use testrunner_core::{Digest, Timestamp};

use super::secret::random_id;
use super::{Secret, TokenError, TokenRecord};
use crate::session::SessionKey;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    #[serde(flatten)]
    pub(super) record: TokenRecord,
    /// SHA-256 of the secret: 256 random bits need no slow hash.
    pub(super) digest: Digest,
}

/// All tokens, and what goes with them.
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

    /// Reads what [`Book::text`] wrote; `place` is where it was found.
    pub(super) fn parse(text: &[u8], place: impl Display) -> Result<Self, TokenError> {
        let book: Self = serde_json::from_slice(text)
            .map_err(|source| TokenError::Garbled { place: place.to_string(), source })?;
        if book.version > Self::VERSION {
            let (place, found, known) = (place.to_string(), book.version, Self::VERSION);
            return Err(TokenError::Newer { place, found, known });
        }
        Ok(book)
    }

    pub(super) fn text(&self) -> Result<String, TokenError> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::from)?;
        Ok(format!("{text}\n"))
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

    pub(super) fn add(
        &mut self,
        subject: &str,
        role: Role,
        lifetime: Option<Duration>,
        local: bool,
        created_at: Timestamp,
    ) -> Result<(TokenRecord, Secret), TokenError> {
        check_username(subject)?;
        let secret = Secret::random()?;
        let expires_at = lifetime.map(|lifetime| created_at.after(lifetime));
        let id = random_id()?;
        let record = TokenRecord { id, subject: subject.to_owned(), role, created_at, expires_at, local };
        let digest = Digest::of(secret.expose().as_bytes());
        self.tokens.push(Stored { record: record.clone(), digest });
        Ok((record, secret))
    }

    pub(super) fn revoke(&mut self, id: &str) -> Result<TokenRecord, TokenError> {
        let place = self.tokens.iter().position(|token| token.record.id == id);
        let place = place.ok_or_else(|| TokenError::Unknown { id: id.to_owned() })?;
        Ok(self.tokens.remove(place).record)
    }

    pub(super) fn records(self) -> Vec<TokenRecord> {
        self.tokens.into_iter().map(|token| token.record).collect()
    }
}
