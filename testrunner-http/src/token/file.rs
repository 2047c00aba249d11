//! The file of tokens, as the server reads it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use testrunner_core::{Clock, SystemClock};

use super::book::Book;
use super::disk::{self, Lock, Stamp};
use super::{Authenticator, Identity, TokenError, TokenRecord};
use crate::session::SessionKey;

/// Tokens in a file (`tokens.json`, mode 0600) that several processes may read and change. Only digests are in it.
///
/// Each request looks at the file's stamp and reads it again when another process has changed it: one `stat`, of
/// microseconds, on the caller's thread. While the file cannot be read or others can read it, nobody is let in.
#[derive(Debug)]
pub struct TokenFile {
    pub(super) path: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    book: Arc<Book>,
    /// Told once, not by each request.
    broken: bool,
}

impl TokenFile {
    /// Opens the file; makes it, and its folder (mode 0700), where there is none.
    ///
    /// # Errors
    /// Others can read or replace it, it is garbled, or the folder cannot be written.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, TokenError> {
        Self::open_at(path, Arc::new(SystemClock))
    }

    /// As [`Self::open`], with another clock.
    ///
    /// # Errors
    /// As of [`Self::open`].
    pub fn open_at(path: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Result<Self, TokenError> {
        let path = path.into();
        disk::make_folder(&path)?;
        let _lock = Lock::take(&path)?;
        if disk::read(&path)?.is_none() {
            write(&path, &Book::new())?;
        }
        let (book, stamp) = read(&path)?;
        Ok(Self { path, clock, known: Mutex::new(Known { stamp, book: Arc::new(book), broken: false }) })
    }

    /// All tokens, also those that are over, in the order in which they were made.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn list(&self) -> Result<Vec<TokenRecord>, TokenError> {
        let (book, _) = read(&self.path)?;
        Ok(book.records())
    }

    /// What browsers' cookies are signed with. Made with the file.
    #[must_use]
    pub fn session_key(&self) -> SessionKey {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.book.session_key.clone()
    }

    /// The tokens as they are now; `None` while they cannot be read.
    fn book(&self) -> Option<Arc<Book>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = match Stamp::now(&self.path) {
            Ok(stamp) if stamp == known.stamp && !known.broken => return Some(Arc::clone(&known.book)),
            Ok(_) => read(&self.path),
            Err(error) => Err(error.into()),
        };
        match fresh {
            Ok((book, stamp)) => {
                *known = Known { stamp, book: Arc::new(book), broken: false };
                Some(Arc::clone(&known.book))
            }
            Err(error) => {
                if !known.broken {
                    tracing::error!(%error, "the tokens cannot be read: nobody is let in");
                }
                known.broken = true;
                None
            }
        }
    }
}

#[async_trait]
impl Authenticator for TokenFile {
    async fn authenticate(&self, secret: &str) -> Option<Identity> {
        self.book()?.by_secret(secret, self.clock.now()).map(TokenRecord::identity)
    }

    async fn is_valid(&self, token_id: &str) -> Option<Identity> {
        self.book()?.by_id(token_id, self.clock.now()).map(TokenRecord::identity)
    }
}

pub(super) fn read(path: &Path) -> Result<(Book, Stamp), TokenError> {
    let found = disk::read(path)?;
    let (text, stamp) = found.ok_or_else(|| std::io::Error::other(format!("{} is gone", path.display())))?;
    let book = Book::parse(text.as_bytes(), path.display())?;
    Ok((book, stamp))
}

pub(super) fn write(path: &Path, book: &Book) -> Result<(), TokenError> {
    disk::replace(path, &book.text()?)
}
