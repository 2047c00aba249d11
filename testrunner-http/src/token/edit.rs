//! Changes to the file of tokens: each is whole, durable, and seen by a running server at its next request.

use std::path::Path;
use std::time::Duration;

use testrunner_api::Role;

use super::book::Book;
use super::disk::{self, Lock};
use super::file::{read, write};
use super::{Secret, TokenError, TokenFile, TokenRecord};

impl TokenFile {
    /// Makes a token. Its secret is not stored: this is the only time that it is known.
    ///
    /// # Errors
    /// `subject` is not a username, or the file cannot be changed.
    pub fn create(
        &self,
        subject: &str,
        role: Role,
        lifetime: Option<Duration>,
    ) -> Result<(TokenRecord, Secret), TokenError> {
        self.change(|book| book.add(subject, role, lifetime, false, self.clock.now()))
    }

    /// Makes a token worthless, and all sessions that began with it.
    ///
    /// # Errors
    /// There is none of this id, or the file cannot be changed.
    pub fn revoke(&self, id: &str) -> Result<TokenRecord, TokenError> {
        self.change(|book| book.revoke(id))
    }

    /// The token of this machine's user, for everything: kept in a file of its own (mode 0600) with nothing but the
    /// secret. Made when it is absent or no longer valid; it replaces the one before.
    ///
    /// # Errors
    /// Others can read the file, or one of the files cannot be written.
    pub fn ensure_local(&self, token_path: &Path, subject: &str) -> Result<Secret, TokenError> {
        disk::make_folder(token_path)?;
        // The lock is held over both files, so that two servers that start at once end with one token.
        let _lock = Lock::take(&self.path)?;
        let (mut book, _) = read(&self.path)?;
        if let Some((text, _)) = disk::read(token_path)? {
            let text = text.trim();
            let found = book.by_secret(text, self.clock.now());
            if found.is_some_and(|found| found.local && found.role == Role::Admin && found.subject == subject)
            {
                return Ok(Secret::known(text.to_owned()));
            }
        }
        book.tokens.retain(|token| !token.record.local);
        let (_, secret) = book.add(subject, Role::Admin, None, true, self.clock.now())?;
        write(&self.path, &book)?;
        disk::replace(token_path, &format!("{}\n", secret.expose()))?;
        Ok(secret)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Book) -> Result<T, TokenError>) -> Result<T, TokenError> {
        let _lock = Lock::take(&self.path)?;
        let (mut book, _) = read(&self.path)?;
        let changed = change(&mut book)?;
        write(&self.path, &book)?;
        Ok(changed)
    }
}
