//! Tokens that several servers share, in a place that all of them look at.

use std::fmt::{Debug, Display};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use testrunner_api::Role;
use testrunner_core::Clock;
use testrunner_core::store::StoreResult;
use tokio::time::Instant;

use super::book::Book;
use super::{Authenticator, Identity, Secret, TokenError, TokenRecord};
use crate::session::SessionKey;

/// How old what is known may be before it is read again.
const FRESH: Duration = Duration::from_secs(1);
/// The same for who is not known: a token may have been made a moment ago. Whoever guesses makes ten readings a second.
const NEWS: Duration = Duration::from_millis(100);
/// How long what is known is believed while it cannot be read again.
const BELIEVED: Duration = Duration::from_secs(30);
/// How long a reading may take.
const ANSWER: Duration = Duration::from_secs(2);
/// How often a change is tried that others were faster with.
const TRIES: usize = 100;

/// A place for one small document that several servers see.
#[async_trait]
pub trait Shelf: Debug + Display + Send + Sync + 'static {
    /// The document with its version; `None`: there is none yet.
    ///
    /// # Errors
    /// It cannot be read now.
    async fn read(&self) -> StoreResult<Option<(i64, Vec<u8>)>>;

    /// Replaces the document, durably, if this is still its version (`None`: if there is none). The answer is whether
    /// it was replaced.
    ///
    /// # Errors
    /// It cannot be written now; it may have been replaced all the same.
    async fn replace(&self, version: Option<i64>, document: &[u8]) -> StoreResult<bool>;
}

/// Tokens on a [`Shelf`]; only digests are there. A change is seen by every server within a second; while the shelf
/// cannot be read, what was known is believed for half a minute.
#[derive(Debug)]
pub struct SharedTokens {
    shelf: Arc<dyn Shelf>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    /// Held by whoever reads the shelf, so that one reading serves all who wait for it.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Clone, Debug)]
struct Known {
    book: Arc<Book>,
    read_at: Instant,
}

impl SharedTokens {
    /// Opens the tokens on a shelf; puts an empty book there where there is none.
    ///
    /// # Errors
    /// The shelf cannot be read or written, or holds something else.
    pub async fn open(shelf: Arc<dyn Shelf>, clock: Arc<dyn Clock>) -> Result<Self, TokenError> {
        if shelf.read().await?.is_none() {
            // Whoever is faster makes the key that all use.
            shelf.replace(None, Book::new().text()?.as_bytes()).await?;
        }
        let (_, book) = read(&*shelf).await?;
        let known = Mutex::new(Known { book: Arc::new(book), read_at: Instant::now() });
        Ok(Self { shelf, clock, known, reading: tokio::sync::Mutex::default() })
    }

    /// What browsers' cookies are signed with, on all servers.
    #[must_use]
    pub fn session_key(&self) -> SessionKey {
        self.known().book.session_key.clone()
    }

    /// All tokens, also those that are over, in the order in which they were made.
    ///
    /// # Errors
    /// They cannot be read.
    pub async fn list(&self) -> Result<Vec<TokenRecord>, TokenError> {
        let (_, book) = read(&*self.shelf).await?;
        Ok(book.records())
    }

    /// Makes a token. Its secret is not stored: this is the only time that it is known.
    ///
    /// # Errors
    /// `subject` is not a username, or the tokens cannot be changed.
    pub async fn create(
        &self,
        subject: &str,
        role: Role,
        lifetime: Option<Duration>,
    ) -> Result<(TokenRecord, Secret), TokenError> {
        self.change(|book| book.add(subject, role, lifetime, false, self.clock.now())).await
    }

    /// Makes a token worthless, and all sessions that began with it.
    ///
    /// # Errors
    /// There is none of this id, or the tokens cannot be changed.
    pub async fn revoke(&self, id: &str) -> Result<TokenRecord, TokenError> {
        self.change(|book| book.revoke(id)).await
    }

    async fn change<T>(
        &self,
        change: impl Fn(&mut Book) -> Result<T, TokenError> + Send,
    ) -> Result<T, TokenError>
    where
        T: Send,
    {
        for _ in 0..TRIES {
            let (version, mut book) = read(&*self.shelf).await?;
            let changed = change(&mut book)?;
            if self.shelf.replace(Some(version), book.text()?.as_bytes()).await? {
                self.learn(book);
                return Ok(changed);
            }
        }
        Err(TokenError::Contended { place: self.shelf.to_string() })
    }

    /// The tokens as they are now, or were at most so long ago.
    async fn book(&self, age: Duration) -> Option<Arc<Book>> {
        if let Some(book) = self.known_within(age) {
            return Some(book);
        }
        let _turn = self.reading.lock().await;
        if let Some(book) = self.known_within(age) {
            return Some(book);
        }
        match tokio::time::timeout(ANSWER, read(&*self.shelf)).await {
            Ok(Ok((_, book))) => Some(self.learn(book)),
            Ok(Err(error)) => self.believed(&error),
            Err(_) => self.believed(&"no answer in time"),
        }
    }

    /// Looks for a token, and once more in what may have been added since.
    async fn find(&self, look: impl Fn(&Book) -> Option<&TokenRecord> + Send + Sync) -> Option<Identity> {
        for age in [FRESH, NEWS] {
            let book = self.book(age).await?;
            if let Some(found) = look(&book) {
                return Some(found.identity());
            }
        }
        None
    }

    fn believed(&self, why: &dyn Display) -> Option<Arc<Book>> {
        let book = self.known_within(BELIEVED);
        if book.is_none() {
            tracing::error!(error = %why, place = %self.shelf, "the tokens cannot be read: nobody is let in");
        }
        book
    }

    fn known_within(&self, age: Duration) -> Option<Arc<Book>> {
        let known = self.known();
        (known.read_at.elapsed() < age).then(|| Arc::clone(&known.book))
    }

    fn learn(&self, book: Book) -> Arc<Book> {
        let book = Arc::new(book);
        *self.known() = Known { book: Arc::clone(&book), read_at: Instant::now() };
        book
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(shelf: &dyn Shelf) -> Result<(i64, Book), TokenError> {
    let found = shelf.read().await?;
    let (version, text) = found.ok_or_else(|| TokenError::Gone { place: shelf.to_string() })?;
    Ok((version, Book::parse(&text, shelf)?))
}

#[async_trait]
impl Authenticator for SharedTokens {
    async fn authenticate(&self, secret: &str) -> Option<Identity> {
        self.find(|book| book.by_secret(secret, self.clock.now())).await
    }

    async fn is_valid(&self, token_id: &str) -> Option<Identity> {
        self.find(|book| book.by_id(token_id, self.clock.now())).await
    }
}
