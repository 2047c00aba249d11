//! What can go wrong at the broker, and the one place where it becomes a [`StoreError`].

use lapin::ErrorKind;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use testrunner_core::store::{StoreError, StoreErrorKind};

use crate::address::Address;

/// The adapter's own error.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The broker or the driver said no.
    #[error(transparent)]
    Broker(#[from] lapin::Error),
    /// The connection was not made in time.
    #[error("no answer in time")]
    NoAnswer,
    /// The connection ended without a word.
    #[error("the connection was lost")]
    Lost,
    /// The queue was deleted while we were connected, or the broker closed the way to it.
    #[error("the queue or the channel to it is gone")]
    QueueGone,
    /// The broker takes no messages: its disk or memory is full.
    #[error("the broker takes no messages (disk or memory alarm)")]
    Blocked,
    /// The broker did not keep a message.
    #[error("the broker refused a message")]
    Refused,
    /// No connection was tried yet.
    #[error("not connected yet")]
    NotYet,
    /// The queue was closed.
    #[error("closed")]
    Closed,
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// What the caller hears.
    pub(crate) fn into_store(self, address: &Address, queue: &str) -> StoreError {
        let (kind, advice) = match &self {
            Self::Broker(error) => advice(error, queue),
            Self::NoAnswer | Self::NotYet | Self::Lost => {
                (StoreErrorKind::Unavailable, "it is tried again".to_owned())
            }
            Self::QueueGone => (
                StoreErrorKind::Unavailable,
                format!("the queue {queue:?} is made anew when it is not there"),
            ),
            Self::Blocked => (StoreErrorKind::Unavailable, "give it room".to_owned()),
            Self::Refused => (StoreErrorKind::Unavailable, "workers find the item by polling".to_owned()),
            Self::Closed => (StoreErrorKind::Unavailable, "open it again".to_owned()),
        };
        StoreError::new(kind, format!("{address}: {self}; {advice}")).caused_by(self)
    }
}

/// What to do about an answer of the broker.
fn advice(error: &lapin::Error, queue: &str) -> (StoreErrorKind, String) {
    let ErrorKind::ProtocolError(error) = error.kind() else {
        return (StoreErrorKind::Unavailable, "it is tried again".to_owned());
    };
    let advice = match error.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) => format!(
            "there is a queue {queue:?} that TestRunner did not make, or an older version did: choose another name, \
             or delete it (`rabbitmqctl delete_queue {queue}`; tickets are hints, no Testrun is lost)"
        ),
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) => {
            format!(
                "check user and password, and that the user may configure, write and read the queue {queue:?}"
            )
        }
        AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => {
            "check that the virtual host exists (`rabbitmqctl list_vhosts`) and that the user may use it"
                .to_owned()
        }
        _ => return (StoreErrorKind::Unavailable, "it is tried again".to_owned()),
    };
    (StoreErrorKind::Invalid, advice)
}
