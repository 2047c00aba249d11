//! Opening: the checks that keep us from tables that are not ours, then the connections.

use std::str::FromStr as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use testrunner_core::Digest;
use testrunner_core::store::{StoreError, StoreErrorKind, StoreResult};
use tokio::sync::oneshot;

use crate::bell::PostgresBell;
use crate::database::{Database, IDLE_TIMEOUT_MS, Settings};
use crate::error::{Error, Result};
use crate::lanes::Lanes;
use crate::line::Line;
use crate::migrate;
use crate::options::PostgresOptions;
use crate::presence::Presence;
use crate::rows::Cells as _;
use crate::shared::Shared;
use crate::store::PostgresStore;

/// The oldest server that has what the statements need.
const OLDEST_SERVER: i64 = 120_000;
/// The server takes longer names for the same one.
const LONGEST_NAME: usize = 63;

pub(crate) async fn open(options: PostgresOptions, url: &str) -> StoreResult<PostgresStore> {
    check_schema(&options.schema)?;
    let plain = parse(url)?;
    let place = place(&plain);
    let (mut conn, connect, pooled) = connect(&options, &plain, &place).await?;
    let settings = Settings {
        place,
        schema: options.schema,
        pooled,
        clock: options.clock,
        statement_timeout: options.statement_timeout,
    };
    let ready = set_up(&mut conn, &settings).await;
    let _ = conn.close().await;
    ready.map_err(|error| refused(error, &settings.place))?;
    let presence = Arc::new(Presence::new(&settings.schema, pooled, options.grace));
    // NOTIFY is for the whole database.
    let channel = format!("testrunner_{}", short(&settings.schema));
    let bell = Arc::new(PostgresBell::new(short(&presence.id().0)));
    let database = Database::new(connect, settings, options.connections.max(2), options.acquire_timeout);
    let database = Arc::new(database);
    presence.beat(&database).await?;
    let (tried, first_try) = oneshot::channel();
    let line = Line {
        connect: database.connect_options().clone(),
        channel: channel.clone(),
        bell: Arc::clone(&bell),
        presence: Arc::clone(&presence),
        tried: Some(tried),
    };
    let tasks = vec![
        tokio::spawn(Arc::clone(&presence).go_on(Arc::clone(&database))),
        tokio::spawn(Arc::clone(&bell).tell(Arc::clone(&database), channel)),
        if pooled { tokio::spawn(line.poll()) } else { tokio::spawn(line.hold()) },
    ];
    let shared =
        Arc::new(Shared { database, presence, bell, lanes: Lanes::default(), tasks: Mutex::new(tasks) });
    let store = PostgresStore::new(shared);
    let _ = first_try.await;
    store.end_orphans().await?;
    Ok(store)
}

fn short(name: &str) -> String {
    Digest::of(name.as_bytes()).to_string().chars().take(16).collect()
}

fn invalid(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, message)
}

fn check_schema(schema: &str) -> StoreResult<()> {
    let starts = schema.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let goes_on = schema.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
    if starts && goes_on && schema.len() <= LONGEST_NAME && !schema.starts_with("pg_") {
        return Ok(());
    }
    Err(invalid(format!(
        "{schema:?} cannot be the name of the schema; use small letters, digits and _, at most {LONGEST_NAME}"
    )))
}

/// What is wrong with a URL is said without the URL, which may have a password in it.
fn parse(url: &str) -> StoreResult<PgConnectOptions> {
    let advice = "it looks like postgres://user:password@host:5432/database";
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(invalid(format!("this is no URL of a PostgreSQL database; {advice}")));
    }
    PgConnectOptions::from_str(url)
        .map_err(|error| invalid(format!("the URL of the database cannot be read ({error}); {advice}")))
}

/// Host, port and database; never the password.
fn place(connect: &PgConnectOptions) -> String {
    let host = match connect.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => connect.get_host().to_owned(),
    };
    let database = connect.get_database().unwrap_or_else(|| connect.get_username());
    format!("{host}:{}/{database}", connect.get_port())
}

/// The first connection, how the others are made, and whether there is a proxy between.
async fn connect(
    options: &PostgresOptions,
    plain: &PgConnectOptions,
    place: &str,
) -> StoreResult<(PgConnection, PgConnectOptions, bool)> {
    let mut bare = plain.clone().disable_statement_logging();
    if bare.get_application_name().is_none() {
        bare = bare.application_name("testrunner");
    }
    if options.pooled != Some(true) {
        let direct = direct(&bare, options);
        match first(&direct, options.acquire_timeout, place).await? {
            Ok(mut conn) => {
                // A proxy may let settings pass without a word, and not keep them.
                let path =
                    sqlx::raw_sql("SELECT current_setting('search_path') AS path").fetch_one(&mut conn);
                let path = path.await.map_err(Error::from).and_then(|row| row.text("path"));
                let kept = path.map_err(|error| refused(error, place))? == options.schema;
                if kept || options.pooled == Some(false) {
                    return Ok((conn, direct, false));
                }
                let _ = conn.close().await;
            }
            Err(error) if error.is_of_proxy() && options.pooled.is_none() => {}
            Err(error) => return Err(refused(error, place)),
        }
    }
    tracing::info!(%place, "there is a proxy before the database: what other processes do is looked for each second");
    // Statements are not kept: the next transaction may run on another connection of the proxy.
    let through = bare.statement_cache_capacity(0).extra_float_digits(None);
    match first(&through, options.acquire_timeout, place).await? {
        Ok(conn) => Ok((conn, through, true)),
        Err(error) => Err(refused(error, place)),
    }
}

/// What every session is told, where there are sessions.
fn direct(bare: &PgConnectOptions, options: &PostgresOptions) -> PgConnectOptions {
    let statement_timeout = options.statement_timeout.as_millis().to_string();
    bare.clone().statement_cache_capacity(256).options([
        ("search_path", options.schema.as_str()),
        ("statement_timeout", statement_timeout.as_str()),
        ("idle_in_transaction_session_timeout", IDLE_TIMEOUT_MS),
        // A machine that vanished without a word is noticed after half a minute, not after hours.
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "4"),
    ])
}

/// Outer error: there was no answer at all.
async fn first(
    connect: &PgConnectOptions,
    patience: Duration,
    place: &str,
) -> StoreResult<Result<PgConnection>> {
    match tokio::time::timeout(patience, connect.connect()).await {
        Ok(connected) => Ok(connected.map_err(Error::from)),
        Err(_) => {
            let message = format!("the database {place} does not answer; see that it runs, then try again");
            Err(StoreError::new(StoreErrorKind::Unavailable, message))
        }
    }
}

/// Who is not let in now will not be let in later.
fn refused(error: Error, place: &str) -> StoreError {
    let is_refusal = error.is_refusal();
    let error = error.into_store(place);
    if !is_refusal {
        return error;
    }
    let message = error.to_string();
    StoreError::new(StoreErrorKind::Invalid, message).caused_by(error)
}

async fn set_up(conn: &mut PgConnection, settings: &Settings) -> Result<()> {
    // Unprepared, for there may be a proxy that mixes up what is prepared outside a transaction.
    let version = sqlx::raw_sql("SELECT current_setting('server_version_num')::bigint AS version");
    let version = version.fetch_one(&mut *conn).await?.int("version")?;
    if version < OLDEST_SERVER {
        let message = format!(
            "the server of {} is PostgreSQL {}; 12 or newer is needed",
            settings.place,
            version / 10_000
        );
        return Err(Error::invalid(message));
    }
    migrate::migrate(conn, settings).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_no_password() {
        let connect = parse("postgres://ada:s3cret@db.example:6432/runs").expect("a URL");
        assert_eq!(place(&connect), "db.example:6432/runs");
        let error = parse("postgres://ada:s3cret@db:port/runs").expect_err("no port");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        let error = parse("mysql://ada:s3cret@db/runs").expect_err("another database");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }

    #[test]
    fn names_of_schemas_are_plain() {
        for good in ["testrunner", "_x", "a1_b2"] {
            assert!(check_schema(good).is_ok(), "{good}");
        }
        for bad in ["", "1a", "A", "a-b", "a b", "a\"; DROP", "pg_x", "ä", &"a".repeat(64)] {
            assert!(check_schema(bad).is_err(), "{bad}");
        }
    }
}
