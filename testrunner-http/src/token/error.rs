//! What can be wrong with the files that hold tokens.

use std::io;
use std::path::PathBuf;

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
    #[error("{} is not a file of tokens: {source}; put a copy back, or move it away and create tokens anew", path.display())]
    Garbled { path: PathBuf, source: serde_json::Error },
    #[error("{} was written by a newer version ({found}); this one knows {known}", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the name of a token's user is refused: {0}")]
    Subject(#[from] InvalidSpec),
    #[error("there is no token {id:?}; `testrunner token list` shows all")]
    Unknown { id: String },
    #[error("the operating system gives no random bytes: {source}")]
    NoRandom { source: getrandom::Error },
}
