//! The schema's versions. Each is applied once, in one transaction, and never changed afterwards. Several processes may
//! come at once: one makes the tables, the others wait for it.

use sqlx::{AssertSqlSafe, Executor as _, PgConnection, Row as _};
use testrunner_core::Digest;
use testrunner_core::store::{StoreError, StoreErrorKind};

use crate::database::{Settings, forget_statements};
use crate::error::{Error, Result};
use crate::lock::{Lock, Use};

/// In order; the version is the place, counted from 1.
const MIGRATIONS: &[(&str, &str)] = &[
    ("ledger", include_str!("../migrations/0001_ledger.sql")),
    ("texts", include_str!("../migrations/0002_texts.sql")),
];

/// Brings the schema up to date.
///
/// # Errors
/// `Invalid` when the tables are not ours, newer than this program, or not what this program made of them.
pub(crate) async fn migrate(conn: &mut PgConnection, settings: &Settings) -> Result<()> {
    sqlx::raw_sql("BEGIN").execute(&mut *conn).await?;
    let done = apply(conn, settings).await;
    let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
    let ended = sqlx::raw_sql(end).execute(conn).await;
    done?;
    ended?;
    Ok(())
}

async fn apply(conn: &mut PgConnection, settings: &Settings) -> Result<()> {
    let Settings { schema, pooled, .. } = settings;
    if *pooled {
        forget_statements(conn).await?;
    }
    sqlx::query("SELECT set_config('search_path', $1, TRUE)").bind(schema).execute(&mut *conn).await?;
    Lock::Schema.take(conn, Use::Alone).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)")
        .bind(schema)
        .fetch_one(&mut *conn)
        .await?;
    if !there {
        // The name was found to be plain before.
        conn.execute(AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).await?;
    }
    let pending = pending(conn, settings).await?;
    if pending.len() == MIGRATIONS.len() {
        sqlx::raw_sql(
            "CREATE TABLE _testrunner_migrations (
                 version BIGINT PRIMARY KEY, name TEXT NOT NULL, digest BYTEA NOT NULL,
                 applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
             )",
        )
        .execute(&mut *conn)
        .await?;
    }
    for (version, name, sql) in pending {
        sqlx::raw_sql(sql).execute(&mut *conn).await?;
        sqlx::query("INSERT INTO _testrunner_migrations (version, name, digest) VALUES ($1, $2, $3)")
            .bind(version)
            .bind(name)
            .bind(Digest::of(sql.as_bytes()).0.as_slice())
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// What is to be applied still.
async fn pending(
    conn: &mut PgConnection,
    settings: &Settings,
) -> Result<Vec<(i64, &'static str, &'static str)>> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p', 'v')",
    )
    .bind(settings.schema.as_str())
    .fetch_all(&mut *conn)
    .await?;
    let rows = if tables.iter().any(|table| table == "_testrunner_migrations") {
        sqlx::query("SELECT version, digest FROM _testrunner_migrations ORDER BY version")
            .fetch_all(conn)
            .await?
    } else {
        check_free(&tables, settings)?;
        Vec::new()
    };
    let mut ours = (1_i64..).zip(MIGRATIONS);
    for row in rows {
        let version: i64 = row.try_get("version")?;
        let digest: Vec<u8> = row.try_get("digest")?;
        let Some((known, (_, sql))) = ours.next() else { return Err(newer(version, settings).into()) };
        if known != version || digest != Digest::of(sql.as_bytes()).0 {
            return Err(Error::Row(format!("its schema {version} is not the one that this program made")));
        }
    }
    Ok(ours.map(|(version, (name, sql))| (version, *name, *sql)).collect())
}

/// Tables of our names that somebody else made would be taken for ours, or spoilt.
fn check_free(tables: &[String], settings: &Settings) -> Result<()> {
    let is_ours = |table: &&String| {
        let begin = format!("CREATE TABLE {table} (");
        MIGRATIONS.iter().any(|(_, sql)| sql.contains(&begin))
    };
    match tables.iter().find(is_ours) {
        None => Ok(()),
        Some(table) => Err(Error::invalid(format!(
            "the schema {} of the database {} has a table {table} of another program; name another schema",
            settings.schema, settings.place
        ))),
    }
}

fn newer(version: i64, settings: &Settings) -> StoreError {
    let ours = MIGRATIONS.len();
    let message = format!(
        "the database {} was written by a newer TestRunner (schema {version}, this one knows {ours}); \
         upgrade this program, or name another schema",
        settings.place
    );
    StoreError::new(StoreErrorKind::Invalid, message)
}
