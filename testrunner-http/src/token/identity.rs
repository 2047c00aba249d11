//! Whom the server takes a caller for.

use std::fmt::Debug;

use async_trait::async_trait;
use testrunner_api::Role;

/// Whom the server takes a caller for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Id of the token; not a secret.
    pub token: String,
    /// The name that it submits under.
    pub subject: String,
    /// What it may do.
    pub role: Role,
}

/// Tells who asks. An embedder that knows its users already brings its own.
#[async_trait]
pub trait Authenticator: Debug + Send + Sync + 'static {
    /// Whose secret this is. Takes the same time for a wrong one and an unknown one.
    async fn authenticate(&self, secret: &str) -> Option<Identity>;

    /// Whether this token may still be used, by its id: for sessions, and for streams that are open.
    async fn is_valid(&self, token_id: &str) -> Option<Identity>;

    /// Who asks without any secret. Nobody, but where others have checked before.
    async fn anonymous(&self) -> Option<Identity> {
        None
    }
}

/// Takes every caller for the same, without asking. For those who authenticate in front of the router.
#[derive(Clone, Debug)]
pub struct AllowAll(pub Identity);

#[async_trait]
impl Authenticator for AllowAll {
    async fn authenticate(&self, _secret: &str) -> Option<Identity> {
        Some(self.0.clone())
    }

    async fn is_valid(&self, token_id: &str) -> Option<Identity> {
        (token_id == self.0.token).then(|| self.0.clone())
    }

    async fn anonymous(&self) -> Option<Identity> {
        Some(self.0.clone())
    }
}
