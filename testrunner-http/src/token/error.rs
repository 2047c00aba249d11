//! What can be wrong with the files that hold tokens.

use std::io;
use std::path::PathBuf;

use testrunner_core::StoreError;
use testrunner_core::testrun::InvalidSpec;

/// Why tokens could not be read or changed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the messages say it")]
pub enum TokenError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("others may read or change {} (mode {mode:03o}): secrets in it are not secret; `chmod {wanted:o}` it, and renew its tokens", path.display())]
    Exposed { path: PathBuf, mode: u32, wanted: u32 },
    #[error("{} belongs to another user; only one's own tokens are used", path.display())]
    Foreign { path: PathBuf },
    #[error("{place} holds no tokens: {source}; put a copy back, or move it away and create tokens anew")]
    Garbled { place: String, source: serde_json::Error },
    #[error("{place} was written by a newer version ({found}); this one knows {known}")]
    Newer { place: String, found: u32, known: u32 },
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the tokens in {place} are gone; start the server anew to make new ones")]
    Gone { place: String },
    #[error("others change the tokens in {place} all the time; try again")]
    Contended { place: String },
    #[error("the name of a token's user is refused: {0}")]
    Subject(#[from] InvalidSpec),
    #[error("there is no token {id:?}; `testrunner token list` shows all")]
    Unknown { id: String },
    #[error("the operating system gives no random bytes: {source}")]
    NoRandom { source: getrandom::Error },
}
