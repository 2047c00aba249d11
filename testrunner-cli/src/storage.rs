//! The ledger that was asked for, whichever database keeps it.

use std::path::Path;
use std::sync::Arc;

use testrunner_core::Store;
use testrunner_core::store::{Archive, StoreResult};
use testrunner_store_postgres::PostgresStore;
use testrunner_store_sqlite::SqliteStore;

use crate::failure::{Failure, Result};

/// An open ledger. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) enum Storage {
    /// A file of this machine.
    Sqlite(SqliteStore),
    /// A server that many machines use.
    Postgres(PostgresStore),
}

impl Storage {
    pub(crate) fn store(&self) -> &dyn Store {
        match self {
            Self::Sqlite(store) => store,
            Self::Postgres(store) => store,
        }
    }

    pub(crate) fn shared(&self) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// As one that can be copied.
    pub(crate) fn archive(&self) -> Arc<dyn Archive> {
        match self {
            Self::Sqlite(store) => Arc::new(store.clone()),
            Self::Postgres(store) => Arc::new(store.clone()),
        }
    }

    /// Looks through the whole ledger for damage.
    ///
    /// # Errors
    /// `Corrupt` with the first findings, or it cannot be read.
    pub(crate) async fn check(&self) -> StoreResult<()> {
        match self {
            Self::Sqlite(store) => store.check().await,
            Self::Postgres(store) => store.check().await,
        }
    }

    /// Copies the ledger to a file, also while others write.
    ///
    /// # Errors
    /// It cannot be copied, or its database has a tool of its own for that.
    pub(crate) async fn backup(&self, file: &Path) -> Result<()> {
        match self {
            Self::Sqlite(store) => Ok(store.backup(file).await?),
            Self::Postgres(_) => Err(Failure::usage("`backup` copies a database that is a file")
                .hint("Postgres has pg_dump for that; `testrunner copy` copies into another ledger")),
        }
    }

    /// Does what waits, and closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(store) => store.close().await,
            Self::Postgres(store) => store.close().await,
        }
    }
}
