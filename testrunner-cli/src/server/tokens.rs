//! The tokens that a server knows: those of its machine, and those that all servers of one database share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use testrunner_api::Role;
use testrunner_core::store::StoreResult;
use testrunner_core::{Clock as _, SystemClock};
use testrunner_http::HttpConfig;
use testrunner_http::token::{FirstOf, Secret, SharedTokens, Shelf, TokenError, TokenFile, TokenRecord};
use testrunner_store_postgres::PostgresStore;

use super::token::{local_file, open_tokens};
use crate::failure::Result;
use crate::place::{Place, user};
use crate::storage::Storage;

/// Name of the document in the database.
const DOCUMENT: &str = "tokens";

/// All tokens that count here.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Of this machine, in the data folder.
    file: Arc<TokenFile>,
    /// In the database, where it is one for many machines.
    shared: Option<Arc<SharedTokens>>,
}

impl Tokens {
    /// # Errors
    /// One of the places cannot be read, or others can read the file.
    pub(crate) async fn open(place: &Place, storage: Option<&Storage>) -> Result<Self> {
        let file = Arc::new(open_tokens(place)?);
        let shared = match storage {
            Some(Storage::Postgres(store)) => {
                let shelf = Arc::new(Database(store.clone()));
                Some(Arc::new(SharedTokens::open(shelf, Arc::new(SystemClock)).await?))
            }
            Some(Storage::Sqlite(_)) | None => None,
        };
        Ok(Self { file, shared })
    }

    /// Makes the token of this machine's user where there is none.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn ensure_local(&self, place: &Place) -> Result<()> {
        self.file.ensure_local(&local_file(place), &user())?;
        Ok(())
    }

    /// Whether somebody beside this machine's user is known.
    ///
    /// # Errors
    /// They cannot be read.
    pub(crate) async fn has_others(&self) -> Result<bool> {
        let now = SystemClock.now();
        Ok(self.list().await?.iter().any(|token| !token.local && token.is_alive(now)))
    }

    /// # Errors
    /// They cannot be read.
    pub(crate) async fn list(&self) -> Result<Vec<TokenRecord>> {
        let mut records = self.file.list()?;
        if let Some(shared) = &self.shared {
            records.extend(shared.list().await?);
        }
        Ok(records)
    }

    /// Makes a token for all servers of the database.
    ///
    /// # Errors
    /// The name is refused, or it cannot be written.
    pub(crate) async fn create(
        &self,
        name: &str,
        role: Role,
        lifetime: Option<Duration>,
    ) -> Result<(TokenRecord, Secret)> {
        Ok(match &self.shared {
            Some(shared) => shared.create(name, role, lifetime).await?,
            None => self.file.create(name, role, lifetime)?,
        })
    }

    /// # Errors
    /// There is none of this id, or it cannot be written.
    pub(crate) async fn revoke(&self, id: &str) -> Result<TokenRecord> {
        match (self.file.revoke(id), &self.shared) {
            (Err(TokenError::Unknown { .. }), Some(shared)) => Ok(shared.revoke(id).await?),
            (revoked, _) => Ok(revoked?),
        }
    }

    /// The settings of a server that lets these in. Sessions and leases hold on every server that shares the tokens.
    pub(crate) fn config(&self) -> HttpConfig {
        let Some(shared) = &self.shared else { return HttpConfig::with_tokens(Arc::clone(&self.file)) };
        let mut config =
            HttpConfig::new(Arc::new(FirstOf(vec![Arc::clone(shared) as _, Arc::clone(&self.file) as _])));
        config.session_key = shared.session_key();
        config
    }
}

/// The document table of the database.
#[derive(Debug)]
struct Database(PostgresStore);

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[async_trait]
impl Shelf for Database {
    async fn read(&self) -> StoreResult<Option<(i64, Vec<u8>)>> {
        let found = self.0.document(DOCUMENT).await?;
        Ok(found.map(|document| (document.version, document.bytes)))
    }

    async fn replace(&self, version: Option<i64>, document: &[u8]) -> StoreResult<bool> {
        self.0.replace_document(DOCUMENT, version, document.to_vec()).await
    }
}
