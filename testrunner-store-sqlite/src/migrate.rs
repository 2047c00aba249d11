//! The schema's versions. Each is applied once, in one transaction, and never changed afterwards.

use std::path::Path;

use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use testrunner_core::store::{StoreError, StoreErrorKind};
use testrunner_core::{Digest, Timestamp};

use crate::copy::{self, Existing};
use crate::error::{Error, Result};
use crate::open;

/// Marks a file as ours; four letters in the header of every database.
pub(crate) const APPLICATION_ID: i64 = 0x5452_756e;

/// In order; the version is the place, counted from 1.
const MIGRATIONS: &[(&str, &str)] = &[
    ("ledger", include_str!("../migrations/0001_ledger.sql")),
    ("server", include_str!("../migrations/0002_server.sql")),
    ("plan", include_str!("../migrations/0003_plan.sql")),
    ("workers", include_str!("../migrations/0004_workers.sql")),
    ("texts", include_str!("../migrations/0005_texts.sql")),
];

/// Whether the file is ours to write to: it carries our mark, or there is nothing in it.
pub(crate) async fn is_ours(conn: &mut SqliteConnection) -> Result<bool> {
    let mark: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *conn).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(conn).await?;
    Ok(mark == APPLICATION_ID || (mark == 0 && tables == 0))
}

/// Brings the schema up to date. A ledger that is there already is copied first.
///
/// # Errors
/// `Unavailable` when it cannot be copied, `Invalid` when the schema is newer than this program, or is not what this program made of it.
pub(crate) async fn migrate(conn: &mut SqliteConnection, path: &Path, now: Timestamp) -> Result<()> {
    if pending(conn).await?.is_empty() {
        return Ok(());
    }
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
    let done = apply(conn, path, now).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    sqlx::query(end).execute(conn).await?;
    done
}

async fn apply(conn: &mut SqliteConnection, path: &Path, now: Timestamp) -> Result<()> {
    // Asked again under the lock: another process may have been faster.
    let pending = pending(conn).await?;
    if !pending.is_empty() && pending.len() < MIGRATIONS.len() {
        keep_as_it_was(path).await?;
    }
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS _testrunner_migrations (
             version INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL, applied_at INTEGER NOT NULL
         ) STRICT",
    )
    .execute(&mut *conn)
    .await?;
    for (version, name, sql) in pending {
        sqlx::raw_sql(sql).execute(&mut *conn).await?;
        sqlx::query(
            "INSERT INTO _testrunner_migrations (version, name, digest, applied_at) VALUES (?, ?, ?, ?)",
        )
        .bind(version)
        .bind(name)
        .bind(Digest::of(sql.as_bytes()).0.to_vec())
        .bind(now.0)
        .execute(&mut *conn)
        .await?;
    }
    // A pragma takes no parameters; 1414690158 is `APPLICATION_ID`.
    sqlx::raw_sql("PRAGMA application_id = 1414690158").execute(conn).await?;
    Ok(())
}

/// Copies the ledger to a file beside it. On another connection, which sees what was committed before ours.
async fn keep_as_it_was(path: &Path) -> Result<()> {
    let newest = MIGRATIONS.len();
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-v{newest}"));
    let mut conn = open::connect_options(path).connect().await?;
    let copied = copy::copy(&mut conn, Path::new(&name), Existing::Replace).await;
    let _ = conn.close().await;
    let Err(error) = copied else { return Ok(()) };
    let error = error.into_store(path);
    let message = format!(
        "the database {} is to be brought to schema {newest}, and no copy of it could be made first: {error}; \
         see to that, then open it again. Nothing was changed",
        path.display()
    );
    Err(StoreError::new(error.kind(), message).caused_by(error).into())
}

/// What is to be applied still.
async fn pending(conn: &mut SqliteConnection) -> Result<Vec<(i64, &'static str, &'static str)>> {
    let known: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_testrunner_migrations'")
            .fetch_one(&mut *conn)
            .await?;
    let rows = match known {
        0 => Vec::new(),
        _ => {
            sqlx::query("SELECT version, digest FROM _testrunner_migrations ORDER BY version")
                .fetch_all(conn)
                .await?
        }
    };
    let mut ours = (1_i64..).zip(MIGRATIONS);
    for row in rows {
        let version: i64 = row.try_get("version")?;
        let digest: Vec<u8> = row.try_get("digest")?;
        let Some((known, (_, sql))) = ours.next() else { return Err(newer(version).into()) };
        if known != version || digest != Digest::of(sql.as_bytes()).0 {
            return Err(Error::Row(format!("its schema {version} is not the one that this program made")));
        }
    }
    Ok(ours.map(|(version, (name, sql))| (version, *name, *sql)).collect())
}

fn newer(version: i64) -> StoreError {
    let ours = MIGRATIONS.len();
    let message = format!(
        "the database was written by a newer TestRunner (schema {version}, this one knows {ours}); \
         upgrade this program, or name another file"
    );
    StoreError::new(StoreErrorKind::Invalid, message)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_pragma_says_the_mark() {
        assert_eq!(super::APPLICATION_ID, 1_414_690_158);
    }
}
