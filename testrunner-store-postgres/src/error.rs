//! What can go wrong inside the adapter, and the one place where it becomes a [`StoreError`].

use testrunner_core::store::{StoreError, StoreErrorKind};

/// The adapter's own error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The server or the driver said no.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// A row that we cannot have written.
    #[error("{0}")]
    Row(String),
    /// The answer of a verb, to be handed to the caller as it is.
    #[error(transparent)]
    Refused(#[from] StoreError),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A refusal by a rule.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        StoreError::new(StoreErrorKind::Invalid, message).into()
    }

    /// What the server calls it; empty where it was not the server.
    fn code(&self) -> String {
        let Self::Sql(error) = self else { return String::new() };
        let code = error.as_database_error().and_then(|error| error.code());
        code.map_or_else(String::new, |code| code.into_owned())
    }

    fn is_of_constraint(&self, name: &str) -> bool {
        let Self::Sql(error) = self else { return false };
        error.as_database_error().and_then(|error| error.constraint()) == Some(name)
    }

    /// The connection is of no use any more; whether the server is there is another question.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            Self::Sql(sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_)) => true,
            // Sessions that were ended: by hand, by a shutdown, by a crash of another one, by their own timeout.
            Self::Sql(sqlx::Error::Database(_)) => {
                matches!(self.code().as_str(), "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25P04")
                    || self.code().starts_with("08")
            }
            Self::Sql(_) | Self::Row(_) | Self::Refused(_) => false,
        }
    }

    /// All connections are in use, or none could be had: which of them, has to be found out.
    pub(crate) const fn is_timeout(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::PoolTimedOut))
    }

    /// Whether the same transaction, done again at once, may succeed.
    pub(crate) fn may_go_better(&self) -> bool {
        self.is_lost()
            || match self.code().as_str() {
                // Serialization, deadlock.
                "40001" | "40P01" => true,
                // Somebody used the key at the same time, and was first.
                "23505" => self.is_of_constraint("testruns_by_key"),
                // A suite was forgotten while somebody began to use it.
                "23503" => true,
                _ => false,
            }
    }

    /// The server does not let us in, and will not when asked again.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self.code().as_str(), "28000" | "28P01" | "3D000" | "42501")
            || matches!(self, Self::Sql(sqlx::Error::Configuration(_)))
    }

    /// What a proxy says that knows nothing of sessions.
    pub(crate) fn is_of_proxy(&self) -> bool {
        let Self::Sql(error) = self else { return false };
        let refused = |message: &str| message.contains("unsupported startup parameter");
        error.as_database_error().is_some_and(|error| refused(error.message()))
    }

    /// What the caller gets to see: what failed, in which database, and what to do. `place` has no password in it.
    pub(crate) fn into_store(self, place: &str) -> StoreError {
        use StoreErrorKind::{Busy, Corrupt, Internal, Invalid, TooLarge, Unavailable};
        if let Self::Refused(error) = self {
            return error;
        }
        let code = self.code();
        let (kind, message) = match (&self, code.as_str()) {
            (_, "40001" | "40P01" | "55P03") => {
                (Busy, format!("others kept the database {place} locked for too long; try again"))
            }
            (_, "57014") => (Busy, format!("a statement took too long in the database {place}; try again")),
            (_, "28000" | "28P01") => (
                Unavailable,
                format!("the database {place} does not let this user in ({self}); look at name and password"),
            ),
            (_, "3D000") => {
                (Unavailable, format!("there is no database {place}; create it, or name another"))
            }
            (_, "42501") => (
                Unavailable,
                format!("this user may not do what is needed in the database {place} ({self}); grant it"),
            ),
            (_, "53100") => {
                (Unavailable, format!("the disk of the database {place} is full; make room, then it goes on"))
            }
            (_, "53300") => (
                Unavailable,
                format!(
                    "the server of the database {place} has no connection left; raise its max_connections"
                ),
            ),
            (_, "25006") => {
                (Unavailable, format!("the database {place} is read-only, as a standby is; name the primary"))
            }
            (_, "22021") => {
                (Invalid, format!("a text holds the zero character, which the database {place} cannot keep"))
            }
            (_, "54000") => (TooLarge, format!("one value is larger than the database {place} takes")),
            (_, "XX001" | "XX002") => {
                (Corrupt, format!("the database {place} is damaged ({self}); restore it from a backup"))
            }
            (Self::Row(what), _) => (
                Corrupt,
                format!("the database {place} contradicts itself: {what}; restore it from a backup"),
            ),
            (Self::Sql(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)), _) => (
                Corrupt,
                format!("the database {place} holds what cannot be read ({self}); restore it from a backup"),
            ),
            (Self::Sql(sqlx::Error::PoolTimedOut), _) => (
                Busy,
                format!("all connections of this process to the database {place} are in use; try again"),
            ),
            (Self::Sql(sqlx::Error::PoolClosed), _) => return closed(place),
            (Self::Sql(sqlx::Error::Tls(_)), _) => (
                Unavailable,
                format!("no encrypted connection to the database {place} ({self}); look at sslmode"),
            ),
            _ if self.is_lost() || code.starts_with("53") || code.starts_with("58") => (
                Unavailable,
                format!("the database {place} cannot be reached ({self}); see that it runs, then try again"),
            ),
            (Self::Sql(_) | Self::Refused(_), _) => {
                (Internal, format!("the database {place} refused a statement ({self})"))
            }
        };
        StoreError::new(kind, message).caused_by(self)
    }
}

/// The store was closed, or the runtime that it was opened on is gone.
pub(crate) fn closed(place: &str) -> StoreError {
    let message = format!("the store on {place} was closed; open it again");
    StoreError::new(StoreErrorKind::Unavailable, message)
}
