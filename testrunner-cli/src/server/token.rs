//! The token that a command shows.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use testrunner_http::token::TokenFile;

use super::note::Note;
use crate::failure::{Failure, Result, os_reason};
use crate::place::Place;

const VARIABLE: &str = "TESTRUNNER_TOKEN";

/// A token, which is never printed by accident.
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The file of this machine's own token.
pub(crate) fn local_file(place: &Place) -> PathBuf {
    place.folder().join("token")
}

/// The tokens of the server on this data folder.
///
/// # Errors
/// Others can read or change the file, or it is damaged.
pub(crate) fn open_tokens(place: &Place) -> Result<TokenFile> {
    Ok(TokenFile::open(place.folder().join("tokens.json"))?)
}

/// The token for a server: `--token-file`, else `TESTRUNNER_TOKEN`, else a file that was set, else that of this machine's
/// own server. The last one goes to no other machine, and to no server that was not named and does not run here.
///
/// # Errors
/// The file cannot be read, or others can read it, too.
pub(crate) fn find(url: &str, place: &Place) -> Result<Option<Token>> {
    let (named, is_flag) = place.token_file();
    if let Some(path) = named.filter(|_| is_flag) {
        return read(path).map(Some);
    }
    if let Some(secret) = std::env::var(VARIABLE).ok().filter(|secret| !secret.trim().is_empty()) {
        return Ok(Some(Token(secret.trim().to_owned())));
    }
    if let Some(path) = named {
        return read(path).map(Some);
    }
    let path = local_file(place);
    if may_have_local(url, place) && path.exists() { read(&path).map(Some) } else { Ok(None) }
}

/// The local token opens the server that runs on this data folder. Whoever listens at the usual address without
/// having been named may be anybody.
fn may_have_local(url: &str, place: &Place) -> bool {
    let runs_here = Note::read(place).is_some_and(|note| note.url == url);
    runs_here || (place.server_is_chosen() && testrunner_client::is_this_machine(url))
}

fn read(path: &Path) -> Result<Token> {
    let shown = path.display();
    let refuse = |error: std::io::Error| {
        Failure::usage(format!("cannot read the token in {shown}: {}", os_reason(&error)))
    };
    let found = std::fs::metadata(path).map_err(refuse)?;
    if found.is_dir() {
        return Err(Failure::usage(format!("{shown} is a folder; name the file with the token in it")));
    }
    let mode = found.mode() & 0o777;
    if mode & 0o077 != 0 {
        let failure = Failure::usage(format!("others can read the token in {shown} (mode {mode:04o})"));
        return Err(failure
            .hint(format!("chmod 600 {shown}; if somebody may have read it, revoke it and make a new one")));
    }
    let text = std::fs::read_to_string(path).map_err(refuse)?;
    let secret = text.trim();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        return Err(Failure::usage(format!("{shown} holds no token: it has one line, the token")));
    }
    Ok(Token(secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_others_can_read_is_refused() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("token");
        std::fs::write(&path, "tr_x\n")?;
        let read_with = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).map(|()| read(&path))
        };
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let failure = read_with(mode)?.err().map(|failure| failure.text()).unwrap_or_default();
            assert!(failure.contains("chmod 600"), "{mode:o}: {failure}");
        }
        assert!(read_with(0o600)?.is_ok_and(|token| token.as_str() == "tr_x"));
        Ok(())
    }
}
