//! Opening: the checks that keep us from a file that is not ours, then the connections.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use testrunner_core::Timestamp;
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};

use crate::bell::SqliteBell;
use crate::error::{Error, Result};
use crate::migrate;
use crate::options::SqliteOptions;
use crate::presence::{Presence, create_private};
use crate::readers::Readers;
use crate::store::{Shared, SqliteStore};
use crate::writer::Writer;

/// The oldest SQLite whose write-ahead log is known to be safe with several processes.
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);
/// Readers wait only for another process that repairs the log after a crash.
const READ_WAIT: Duration = Duration::from_secs(10);
/// Up to this size the whole file is checked at once, in a few milliseconds.
const CHECKED_BYTES: u64 = 4 << 20;
/// After a burst the log shrinks back to this.
const LOG_BYTES: &str = "67108864";

pub(crate) async fn open(options: SqliteOptions, path: &Path) -> StoreResult<SqliteStore> {
    let path = place(path)?;
    let mut conn = prepare(&options, &path).await.map_err(|error| error.into_store(&path))?;
    let presence = Presence::register(&path).map_err(|error| no_presence(&path, error))?;
    let connect = connect_options(&path);
    // The writer does its own waiting, so that it notices at once when others write too.
    let writer_options = connect.clone().busy_timeout(Duration::ZERO);
    let writer_conn = writer_options.connect().await;
    let writer_conn = writer_conn.map_err(|error| Error::from(error).into_store(&path))?;
    let read_options = connect.busy_timeout(READ_WAIT).pragma("query_only", "ON");
    let readers = Readers::new(&read_options, options.readers);
    let bell = Arc::new(SqliteBell::start(path.clone(), read_options));
    let shared = Arc::new(Shared { path, clock: options.clock, presence, bell });
    let writer = Writer::start(writer_conn, writer_options, options.busy_timeout, Arc::clone(&shared));
    let store = SqliteStore::new(shared, writer, readers);
    store.end_orphans(&mut conn).await?;
    store.tidy();
    // Last, so that the log is not folded up and made anew in between.
    let _ = conn.close().await;
    Ok(store)
}

/// Finds or makes the file, and its one true name: all processes have to agree where the locks are.
fn place(path: &Path) -> StoreResult<PathBuf> {
    let shown = path.display();
    if path.file_name().is_none() || path.is_dir() {
        let message = format!("{shown} is a folder; name a file in it for the database");
        return Err(StoreError::new(StoreErrorKind::Invalid, message));
    }
    let made = create_private(path).and_then(|_| fs_err::canonicalize(path));
    let path = made.map_err(|error| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let advice = match error.kind() {
            io::ErrorKind::NotFound => format!("the folder {} does not exist; create it", folder.display()),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => format!(
                "it or its folder {} may not be written to; change the permissions, or name another file",
                folder.display()
            ),
            io::ErrorKind::NotADirectory => format!("{} is not a folder", folder.display()),
            _ => error.to_string(),
        };
        let message = format!("the database {shown} cannot be opened: {advice}");
        StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
    })?;
    if path.to_str().is_none() {
        let message = format!("the path of the database {shown} is not UTF-8; name another file");
        return Err(StoreError::new(StoreErrorKind::Invalid, message));
    }
    Ok(path)
}

fn no_presence(path: &Path, error: io::Error) -> StoreError {
    let message = format!(
        "the folder {}.processes, which says who uses the database, cannot be used ({error}); \
         its disk must be local and writable",
        path.display()
    );
    StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
}

pub(crate) fn connect_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .foreign_keys(true)
        // FULL: what was answered with Ok is there after a power cut.
        .synchronous(SqliteSynchronous::Full)
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("journal_size_limit", LOG_BYTES)
        .statement_cache_capacity(256)
        .thread_name(|n| format!("sqlite-{n}"))
        .disable_statement_logging()
}

/// Checks the file before anything is written to it, then sets it up. Waits for others who do the same.
async fn prepare(options: &SqliteOptions, path: &Path) -> Result<SqliteConnection> {
    let since = Instant::now();
    let mut conn = connect_options(path).busy_timeout(READ_WAIT).connect().await?;
    loop {
        match set_up(&mut conn, path, options.clock.now()).await {
            Err(error) if error.is_busy() && since.elapsed() < options.busy_timeout => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            done => return done.map(|()| conn),
        }
    }
}

async fn set_up(conn: &mut SqliteConnection, path: &Path, now: Timestamp) -> Result<()> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *conn).await?;
    check_library(&version)?;
    if !migrate::is_ours(conn).await? {
        let message =
            format!("{} is a database of another program; name another file for this one", path.display());
        return Err(Error::invalid(message));
    }
    check_pages(conn, path).await?;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *conn).await?;
    if mode != "wal" {
        let message = format!(
            "the disk of {} does not allow a write-ahead log; put the database on a local disk",
            path.display()
        );
        return Err(StoreError::new(StoreErrorKind::Unavailable, message).into());
    }
    migrate::migrate(conn, path, now).await
}

/// Looks through a small file for damage; in a large one it shows when the damaged page is read.
async fn check_pages(conn: &mut SqliteConnection, path: &Path) -> Result<()> {
    if fs_err::metadata(path).map_or(0, |meta| meta.len()) > CHECKED_BYTES {
        return Ok(());
    }
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(conn).await?;
    if found == "ok" {
        return Ok(());
    }
    let message = format!("the database {} is damaged ({found}); restore it from a backup", path.display());
    Err(StoreError::new(StoreErrorKind::Corrupt, message).into())
}

fn check_library(version: &str) -> Result<()> {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut part = || parts.next().unwrap_or(0_u32);
    if (part(), part(), part()) >= OLDEST_SQLITE {
        return Ok(());
    }
    let (major, minor, patch) = OLDEST_SQLITE;
    Err(Error::invalid(format!(
        "this program was built with SQLite {version}; build it with {major}.{minor}.{patch} or newer"
    )))
}

#[cfg(test)]
mod tests {
    use super::check_library;

    #[test]
    fn an_old_library_is_refused() {
        for good in ["3.51.3", "3.52.0", "3.100.0", "4.0.0"] {
            assert!(check_library(good).is_ok(), "{good}");
        }
        for bad in ["3.51.2", "3.46.1", "2.8.17", "", "x"] {
            assert!(check_library(bad).is_err(), "{bad}");
        }
    }
}
