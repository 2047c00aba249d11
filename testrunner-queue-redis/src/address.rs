//! Where the server is, in a form that can be shown.

use std::fmt;
use std::time::Duration;

use redis::aio::{MultiplexedConnection, PubSub};
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, ProtocolVersion};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};
use tokio::time::timeout;

use crate::error::{Error, Result};

/// Longest time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// The server's address. Shown without the user and without the password.
#[derive(Clone)]
pub(crate) struct Address(Client);

impl Address {
    /// Reads `redis://USER:PASSWORD@HOST:PORT/DATABASE`, `rediss://…` or `redis+unix:///PATH`.
    pub(crate) fn parse(url: &str) -> StoreResult<Self> {
        let invalid = |error: redis::RedisError| {
            let form = "redis://USER:PASSWORD@HOST:6379/0 or rediss://USER:PASSWORD@HOST:6379/0";
            let message = format!("not the address of a Redis server ({}); write {form}", error.category());
            StoreError::new(StoreErrorKind::Invalid, message)
        };
        let info = url.into_connection_info().map_err(invalid)?;
        let resp2 = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
        if let ConnectionAddr::TcpTls { insecure: true, .. } = info.addr() {
            let message =
                "a connection with `#insecure` proves nothing; give the system the server's certificate";
            return Err(StoreError::new(StoreErrorKind::Invalid, message));
        }
        if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) && CryptoProvider::get_default().is_none() {
            // The driver asks for the process's provider, and panics when the build has several and none is set.
            let _ = aws_lc_rs::default_provider().install_default();
        }
        Client::open(info.set_redis_settings(resp2)).map(Self).map_err(invalid)
    }

    /// A connection whose answers are waited for at most so long; for ever without a time.
    pub(crate) async fn connect(&self, answer: Option<Duration>) -> Result<MultiplexedConnection> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT)).set_response_timeout(answer);
        let connection = self.0.get_multiplexed_async_connection_with_config(&config);
        timeout(CONNECT, connection).await.map_err(|_| Error::NoAnswer)?.map_err(Error::from)
    }

    /// A connection that hears what is published.
    pub(crate) async fn listen(&self) -> Result<PubSub> {
        timeout(CONNECT, self.0.get_async_pubsub()).await.map_err(|_| Error::NoAnswer)?.map_err(Error::from)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.0.get_connection_info();
        let tls = if matches!(info.addr(), ConnectionAddr::TcpTls { .. }) { " with TLS" } else { "" };
        write!(f, "Redis at {}{tls}, database {}", info.addr(), info.redis_settings().db())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        let address = Address::parse("rediss://ada:s3cret@cache.example/2").expect("valid");
        assert_eq!(address.to_string(), "Redis at cache.example:6379 with TLS, database 2");
        assert!(!format!("{address:?}").contains("s3cret"));
        let wrong = [
            "",
            "http://ada:s3cret@x/",
            "redis://ada:s3cret@x:port/",
            "redis://ada:s3cret@x/s3",
            "rediss://ada:s3cret@x/#insecure",
        ];
        for wrong in wrong {
            let error = Address::parse(wrong).expect_err(wrong);
            assert_eq!(error.kind(), StoreErrorKind::Invalid);
            assert!(!format!("{error} {error:?}").contains("s3"), "{error:?}");
        }
    }
}
