//! What workers' leases are signed with.

use crate::session::SessionKey;

/// A secret has at least so many bytes.
const SECRET: usize = 32;

/// What workers' leases are signed with: the same on all servers of one fleet, so that a worker may speak to any of them.
/// Not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkKey(SessionKey);

impl WorkKey {
    /// The key that belongs to this secret; `None` when it has fewer than 32 bytes. The secret itself signs nothing.
    #[must_use]
    pub fn from_secret(secret: &[u8]) -> Option<Self> {
        (secret.len() >= SECRET).then(|| Self(SessionKey::derived(secret, "testrunner work 1")))
    }

    pub(super) fn sign(&self, text: &str) -> Option<Vec<u8>> {
        self.0.sign("lease", text)
    }

    pub(super) fn verify(&self, text: &str, signature: &[u8]) -> bool {
        self.0.verify("lease", text, signature)
    }
}

impl From<&SessionKey> for WorkKey {
    /// The key that belongs to a server's sessions: cookies and leases are signed apart.
    fn from(key: &SessionKey) -> Self {
        Self(SessionKey::derived(key.bytes(), "testrunner work 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_another_than_its_secret() {
        let (session, other) = (SessionKey::random(), SessionKey::random());
        let key = WorkKey::from(&session);
        assert_eq!(key, WorkKey::from(&session));
        assert_eq!(Some(&key), WorkKey::from_secret(session.bytes()).as_ref());
        assert_ne!(key, WorkKey::from(&other));
        let signature = key.sign("text").unwrap();
        assert!(key.verify("text", &signature));
        assert!(!session.verify("lease", "text", &signature));
        assert!(!WorkKey::from(&other).verify("text", &signature));
        assert_eq!(WorkKey::from_secret(b"too short"), None);
    }
}
