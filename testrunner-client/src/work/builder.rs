//! How a worker's store is set up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::RemoteStore;
use super::blob_cache::BlobCache;
use crate::address;
use crate::builder::ClientBuilder;
use crate::client::Client;
use crate::error::ClientError;

/// How long a write is tried again here before the worker is told, who tries again in its own way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sets up a [`RemoteStore`].
#[derive(Clone, Debug)]
#[must_use]
pub struct RemoteStoreBuilder {
    url: String,
    client: ClientBuilder,
    cache: Option<(PathBuf, u64)>,
    plain: bool,
}

impl RemoteStoreBuilder {
    pub(super) fn new(url: String) -> Self {
        let client = Client::builder(&url).patience(PATIENCE);
        Self { url, client, cache: None, plain: false }
    }

    /// The worker's token, to this server and to no other.
    pub fn token(mut self, secret: impl Into<String>) -> Self {
        self.client = self.client.token(secret);
        self
    }

    /// Keeps the files of tests in this folder, so that each is fetched once: up to so many bytes, those used last. What is
    /// read from it is checked. Without it files are fetched anew for each Testrun.
    pub fn cache(mut self, folder: impl Into<PathBuf>, bytes: u64) -> Self {
        self.cache = Some((folder.into(), bytes));
        self
    }

    /// Speaks `http://` also to other machines: whoever is on the way can read the token and the tests.
    pub const fn allow_plain_http(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Longest wait for one answer. Default: 30 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.client = self.client.timeout(timeout);
        self
    }

    /// Longest silence of the bell before it is connected anew; servers send a sign of life every 15 s. Default: 45 s.
    pub fn silence(mut self, silence: Duration) -> Self {
        self.client = self.client.silence(silence);
        self
    }

    /// The store. Nothing is sent yet.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`]; also when the server is another machine and the address begins with `http://`, and
    /// when the cache's folder cannot be made.
    pub fn build(self) -> Result<RemoteStore, ClientError> {
        let url = address::parse(&self.url)?;
        if url.scheme() != "https" && !address::is_loopback(&url) && !self.plain {
            let why = "others on the way could read the token and the tests; give an address with https://, or \
                       allow plain http";
            return Err(ClientError::Address { url: self.url, why: why.to_owned() });
        }
        let cache = match self.cache {
            Some((folder, bytes)) => Some(Arc::new(
                BlobCache::open(&folder, bytes).map_err(|error| ClientError::file(folder, error))?,
            )),
            None => None,
        };
        Ok(RemoteStore::new(self.client.build()?, cache))
    }
}
