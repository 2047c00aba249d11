//! Whole copies of a database, made while others write to it.

use std::io;
use std::path::{Path, PathBuf};

use sqlx::SqliteConnection;
use testrunner_core::ProcessId;
use testrunner_core::store::{StoreError, StoreErrorKind};

use crate::error::{Error, Result};
use crate::presence::create_private;

/// What becomes of a file that has the name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    Keep,
    Replace,
}

/// Copies what is committed at this moment to a new file, which gets its name when it is whole and on disk. The
/// connection is in no transaction.
pub(crate) async fn copy(conn: &mut SqliteConnection, to: &Path, existing: Existing) -> Result<()> {
    let draft = draft(to)?;
    let done = write(conn, &draft, to, existing).await;
    if done.is_err() {
        // Best effort: it has a name of its own and is in nobody's way.
        let _ = fs_err::remove_file(&draft);
    }
    done.map_err(|error| not_made(to, error))
}

async fn write(conn: &mut SqliteConnection, draft: &Path, to: &Path, existing: Existing) -> Result<()> {
    // Into an empty file, so that nobody but the owner can ever read it.
    create_private(draft).map_err(sqlx::Error::Io)?;
    let name = draft.to_str().ok_or_else(|| Error::invalid("the path is not UTF-8"))?;
    sqlx::query("VACUUM INTO ?1").bind(name).execute(conn).await?;
    let (draft, to) = (draft.to_path_buf(), to.to_path_buf());
    let placed = tokio::task::spawn_blocking(move || place(&draft, &to, existing)).await;
    let placed = placed.map_err(|error| io::Error::other(error.to_string()));
    Ok(placed.and_then(|done| done).map_err(sqlx::Error::Io)?)
}

/// A name beside the copy's that nobody else uses.
fn draft(to: &Path) -> Result<PathBuf> {
    let name =
        to.file_name().ok_or_else(|| Error::invalid("the copy of the database needs a file's name"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", ProcessId::unique()));
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = fs_err::canonicalize(folder).map_err(|error| not_made(to, sqlx::Error::Io(error).into()))?;
    Ok(folder.join(hidden))
}

fn place(draft: &Path, to: &Path, existing: Existing) -> io::Result<()> {
    fs_err::File::open(draft)?.sync_all()?;
    match existing {
        Existing::Replace => fs_err::rename(draft, to)?,
        Existing::Keep => match fs_err::hard_link(draft, to) {
            Ok(()) => fs_err::remove_file(draft)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            // Not every disk has links.
            Err(_) if !to.exists() => fs_err::rename(draft, to)?,
            Err(error) => return Err(error),
        },
    }
    sync_folder(draft)
}

/// A name is on disk when its folder is.
#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) => fs_err::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Folders cannot be opened here, and need not be.
#[cfg(not(unix))]
fn sync_folder(_file: &Path) -> io::Result<()> {
    Ok(())
}

/// Says which copy, and keeps the kind.
fn not_made(to: &Path, error: Error) -> Error {
    let error = match error {
        Error::Sql(sqlx::Error::Io(cause)) => {
            StoreError::new(StoreErrorKind::Unavailable, cause.to_string()).caused_by(cause)
        }
        other => other.into_store(to),
    };
    let message = format!("the database was not copied to {}: {error}", to.display());
    StoreError::new(error.kind(), message).caused_by(error).into()
}
