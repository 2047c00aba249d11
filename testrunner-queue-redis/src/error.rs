//! What can go wrong at the server, and the one place where it becomes a [`StoreError`].

use std::sync::Arc;

use redis::{ErrorKind, RedisError};
use testrunner_core::store::{StoreError, StoreErrorKind};

use crate::address::Address;

/// The adapter's own error.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The server or the driver said no.
    #[error("{error}")]
    Server {
        /// The server's own word for it, such as `NOGROUP`.
        code: Option<String>,
        /// What it said.
        error: Arc<RedisError>,
    },
    /// No answer, or no connection, in time.
    #[error("no answer in time")]
    NoAnswer,
    /// The connection ended without a word.
    #[error("the connection was lost")]
    Lost,
    /// No connection was tried yet.
    #[error("not connected yet")]
    NotYet,
    /// The queue or the bell was closed.
    #[error("closed")]
    Closed,
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl From<RedisError> for Error {
    fn from(error: RedisError) -> Self {
        let code = if error.kind() == ErrorKind::AuthenticationFailed {
            Some("WRONGPASS".to_owned())
        } else {
            // Of several commands, the first that failed: the transaction's own word says nothing.
            let first = error.clone().into_server_errors().and_then(|all| all.first().cloned());
            first.map(|(_, error)| error.code().to_owned())
        };
        Self::Server { code, error: Arc::new(error) }
    }
}

impl Error {
    /// The server's own word for what is wrong.
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Server { code, .. } => code.as_deref(),
            Self::NoAnswer | Self::Lost | Self::NotYet | Self::Closed => None,
        }
    }

    /// Whether another command on the same connection may succeed.
    pub(crate) fn leaves_the_connection(&self) -> bool {
        self.code().is_some()
    }

    /// What the caller hears.
    pub(crate) fn into_store(self, address: &Address, key: &str) -> StoreError {
        let (kind, advice) = match self.code() {
            Some("WRONGTYPE") => (
                StoreErrorKind::Invalid,
                format!(
                    "the key {key:?} holds something else: choose another one, or delete it (`redis-cli del {key}`)"
                ),
            ),
            Some("WRONGPASS" | "NOAUTH" | "NOPERM") => (
                StoreErrorKind::Invalid,
                format!("check user and password, and that the user may use {key:?}"),
            ),
            Some("OOM") => (StoreErrorKind::Unavailable, "give it room".to_owned()),
            Some("READONLY") => (StoreErrorKind::Unavailable, "name the primary, not a replica".to_owned()),
            _ if matches!(self, Self::Closed) => (StoreErrorKind::Unavailable, "open it again".to_owned()),
            _ => (StoreErrorKind::Unavailable, "it is tried again".to_owned()),
        };
        StoreError::new(kind, format!("{address}: {self}; {advice}")).caused_by(self)
    }
}
