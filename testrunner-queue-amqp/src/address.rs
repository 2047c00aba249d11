//! Where the broker is, in a form that can be shown.

use std::fmt;

use lapin::uri::{AMQPScheme, AMQPUri};
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};

/// Seconds between two signs of life that the broker and we owe each other.
const HEARTBEAT: u16 = 10;

/// The broker's address. Shown without the user and without the password.
#[derive(Clone)]
pub(crate) struct Address(AMQPUri);

impl Address {
    /// Reads `amqp://USER:PASSWORD@HOST:PORT/VHOST` or `amqps://…`.
    pub(crate) fn parse(url: &str) -> StoreResult<Self> {
        let mut uri: AMQPUri = url.parse().map_err(|reason| {
            // The reason tells what is wrong without the text that it is wrong in.
            let form = "amqp://USER:PASSWORD@HOST:5672/%2f or amqps://USER:PASSWORD@HOST:5671/%2f";
            StoreError::new(
                StoreErrorKind::Invalid,
                format!("not the address of a RabbitMQ broker ({reason}); write {form}"),
            )
        })?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        Ok(Self(uri))
    }

    pub(crate) fn uri(&self) -> AMQPUri {
        self.0.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = if self.0.scheme == AMQPScheme::AMQPS { " with TLS" } else { "" };
        let AMQPUri { authority, vhost, .. } = &self.0;
        write!(f, "RabbitMQ at {}:{}{tls}, vhost {vhost:?}", authority.host, authority.port)
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
        let address = Address::parse("amqps://ada:s3cret@broker.example/tests").expect("valid");
        assert_eq!(address.to_string(), "RabbitMQ at broker.example:5671 with TLS, vhost \"tests\"");
        assert!(!format!("{address:?}").contains("s3cret"));
        assert_eq!(address.uri().query.heartbeat, Some(HEARTBEAT));
        for wrong in ["", "http://ada:s3cret@x/", "amqp://ada:s3cret@x:port/", "amqp://ada:s3 cret@[x"] {
            let error = Address::parse(wrong).expect_err(wrong);
            assert_eq!(error.kind(), StoreErrorKind::Invalid);
            assert!(!format!("{error} {error:?}").contains("s3"), "{error:?}");
        }
    }
}
