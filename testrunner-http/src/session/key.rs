//! What cookies are signed with, and what other keys are derived from.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A key of 256 bits. Not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// A new one, of 244 random bits.
    #[must_use]
    pub fn random() -> Self {
        let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
        Self(Sha256::digest([one.into_bytes(), other.into_bytes()].concat()).into())
    }

    /// The key for one use that belongs to a secret: what is signed with it says nothing of the secret.
    pub(crate) fn derived(secret: &[u8], label: &str) -> Self {
        // HMAC takes keys of every length.
        let mac = Hmac::<Sha256>::new_from_slice(secret).map(|mut mac| {
            mac.update(label.as_bytes());
            mac.finalize().into_bytes().into()
        });
        mac.map_or_else(|_| Self::random(), Self)
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Signs; `purpose` keeps signatures for one thing from being used for another.
    pub(crate) fn sign(&self, purpose: &str, text: &str) -> Option<Vec<u8>> {
        Some(self.mac(purpose, text)?.finalize().into_bytes().to_vec())
    }

    /// Checks a signature; takes the same time wherever it is wrong.
    pub(crate) fn verify(&self, purpose: &str, text: &str, signature: &[u8]) -> bool {
        self.mac(purpose, text).is_some_and(|mac| mac.verify_slice(signature).is_ok())
    }

    /// `None` never: HMAC takes keys of every length.
    fn mac(&self, purpose: &str, text: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in [purpose, "\0", text] {
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(…)")
    }
}

impl Serialize for SessionKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<'de> Deserialize<'de> for SessionKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(serde::de::Error::custom)?;
        let wrong = |_| serde::de::Error::custom("a session key has 32 bytes");
        bytes.try_into().map(Self).map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_stored_and_not_shown() {
        let key = SessionKey::random();
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<SessionKey>(&json).unwrap(), key);
        assert!(serde_json::from_str::<SessionKey>("\"AAAA\"").is_err());
        assert!(!format!("{key:?}").contains(&json[1..10]));
        assert_ne!(key, SessionKey::random());
    }

    #[test]
    fn signs_for_one_purpose() {
        let key = SessionKey::random();
        let signature = key.sign("a", "text").unwrap();
        assert!(key.verify("a", "text", &signature));
        assert!(!key.verify("b", "text", &signature));
        assert!(!key.verify("a", "texT", &signature));
        assert!(!key.verify("a", "text", &signature[1..]));
        assert!(!SessionKey::random().verify("a", "text", &signature));
    }
}
