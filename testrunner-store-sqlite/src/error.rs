//! What can go wrong inside the adapter, and the one place where it becomes a [`StoreError`].

use std::path::Path;

use testrunner_core::store::{StoreError, StoreErrorKind};

/// The adapter's own error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// SQLite or the driver said no.
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

/// Primary result codes of SQLite.
mod code {
    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
    pub(super) const TOOBIG: i32 = 18;
    pub(super) const NOTADB: i32 = 26;
}

impl Error {
    /// A refusal by a rule.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        StoreError::new(StoreErrorKind::Invalid, message).into()
    }

    /// Another process is writing.
    pub(crate) fn is_busy(&self) -> bool {
        matches!(self.primary_code(), Some(code::BUSY | code::LOCKED))
    }

    /// The connection's thread is gone: only a new connection helps.
    pub(crate) const fn is_broken(&self) -> bool {
        matches!(self, Self::Sql(sqlx::Error::WorkerCrashed))
    }

    /// SQLite's generic error, such as a ROLLBACK without a transaction.
    pub(crate) fn is_plain(&self) -> bool {
        self.primary_code() == Some(1)
    }

    fn primary_code(&self) -> Option<i32> {
        let Self::Sql(sqlx::Error::Database(error)) = self else { return None };
        let extended: i32 = error.code()?.parse().ok()?;
        Some(extended & 0xff)
    }

    /// What the caller gets to see: what failed, in which file, and what to do.
    pub(crate) fn into_store(self, path: &Path) -> StoreError {
        if let Self::Refused(error) = self {
            return error;
        }
        let file = path.display();
        let (kind, message) = match (&self, self.primary_code()) {
            (_, Some(code::BUSY | code::LOCKED)) => (
                StoreErrorKind::Busy,
                format!("another process kept the database {file} locked for too long; try again"),
            ),
            (_, Some(code::FULL)) => (
                StoreErrorKind::Unavailable,
                format!("the disk that holds the database {file} is full; make room, then it goes on"),
            ),
            (_, Some(code::IOERR)) => (
                StoreErrorKind::Unavailable,
                format!("the database {file} cannot be read or written ({self}); look at its disk"),
            ),
            (_, Some(code::READONLY)) => (
                StoreErrorKind::Unavailable,
                format!("the database {file} or its folder is read-only; make both writable"),
            ),
            (_, Some(code::CANTOPEN)) => (
                StoreErrorKind::Unavailable,
                format!("the database {file} cannot be opened; look at its folder and permissions"),
            ),
            (_, Some(code::NOTADB)) => (
                StoreErrorKind::Corrupt,
                format!("{file} is not a database; name another file, or restore it from a backup"),
            ),
            (_, Some(code::CORRUPT)) => (
                StoreErrorKind::Corrupt,
                format!("the database {file} is damaged ({self}); restore it from a backup"),
            ),
            (_, Some(code::TOOBIG)) => {
                (StoreErrorKind::TooLarge, format!("one value is larger than the database {file} takes"))
            }
            (Self::Row(what), _) => (
                StoreErrorKind::Corrupt,
                format!("the database {file} contradicts itself: {what}; restore it from a backup"),
            ),
            (Self::Sql(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)), _) => (
                StoreErrorKind::Corrupt,
                format!("the database {file} holds what cannot be read ({self}); restore it from a backup"),
            ),
            (Self::Sql(sqlx::Error::PoolTimedOut), _) => (
                StoreErrorKind::Busy,
                format!("all connections that read the database {file} are in use; try again"),
            ),
            (Self::Sql(sqlx::Error::PoolClosed), _) => return closed(path),
            (Self::Sql(sqlx::Error::WorkerCrashed | sqlx::Error::Io(_)), _) => (
                StoreErrorKind::Unavailable,
                format!("the connection to the database {file} was lost ({self}); try again"),
            ),
            (Self::Sql(_) | Self::Refused(_), _) => {
                (StoreErrorKind::Internal, format!("the database {file} refused a statement ({self})"))
            }
        };
        StoreError::new(kind, message).caused_by(self)
    }
}

/// The store was closed, or the runtime that it was opened on is gone.
pub(crate) fn closed(path: &Path) -> StoreError {
    let message = format!("the store on {} was closed; open it again", path.display());
    StoreError::new(StoreErrorKind::Unavailable, message)
}
