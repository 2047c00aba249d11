//! What only its owner knows.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::TokenError;

const PREFIX: &str = "tr_";
const BYTES: usize = 32;

/// A token as its owner holds it: `tr_` and 32 random bytes. Shown once; only its digest is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub(super) fn random() -> Result<Self, TokenError> {
        Ok(Self(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random::<BYTES>()?))))
    }

    pub(super) const fn known(text: String) -> Self {
        Self(text)
    }

    /// The text that is sent as `Authorization: Bearer …`. Not for logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Names a token; not a secret. Begins with a letter or digit, so that no program takes it for an option.
pub(super) fn random_id() -> Result<String, TokenError> {
    Ok(format!("{:016x}", u64::from_be_bytes(random()?)))
}

fn random<const N: usize>() -> Result<[u8; N], TokenError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|source| TokenError::NoRandom { source })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_long_random_and_not_shown() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.expose().len(), 46);
        assert!(one.expose().starts_with("tr_"));
        assert!(!format!("{one:?}").contains(&one.expose()[3..]));
    }
}
