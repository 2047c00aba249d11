//! `testrunner serve`: API and workers in one process, on the database of the data folder.

mod announce;
mod life;
mod posture;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use testrunner_core::{Engine, RetentionPolicy};
use testrunner_executor_pytest::PytestExecutor;
use testrunner_http::token::TokenFile;
use testrunner_http::upload::Uploads;
use testrunner_http::{HttpConfig, Reserve};
use testrunner_store_sqlite::SqliteStore;

use self::life::LAST_WORDS;
use crate::cli::ServeArgs;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};
use crate::interrupt::Interrupts;
use crate::output::clean::one_line;
use crate::output::screen::say;
use crate::place::{Place, user};
use crate::server::note::Note;
use crate::server::token::{local_file, open_tokens};

/// Most bytes of uploads in memory at once.
const IN_FLIGHT: u64 = 256 << 20;

pub(super) async fn serve(args: ServeArgs, place: &Place) -> Result<Exit> {
    place.refuse_server("`serve` is the server; it asks none", "")?;
    place.create()?;
    let tokens = open_tokens(place)?;
    posture::check(&args, &tokens)?;
    let listener = listen(args.bind)?;
    let address = listener.local_addr().map_err(|error| cannot_listen(args.bind, &error))?;
    // From here on signals are ours: what has begun is brought to an end.
    let mut interrupts = Interrupts::listen()?;
    tokens.ensure_local(&local_file(place), &user())?;
    let store = tokio::select! {
        store = place.open() => store?,
        // The database may be in other hands for long.
        exit = interrupts.next() => return Err(Failure::interrupted(exit)),
    };
    let served = over(&args, place, listener, address, tokens, &store, interrupts).await;
    if tokio::time::timeout(LAST_WORDS, store.close()).await.is_err() {
        // Nothing that was answered is lost by it.
        tracing::warn!("the database could not be closed in order: it does not answer");
    }
    served
}

async fn over(
    args: &ServeArgs,
    place: &Place,
    listener: TcpListener,
    address: SocketAddr,
    tokens: TokenFile,
    store: &SqliteStore,
    interrupts: Interrupts,
) -> Result<Exit> {
    let engine = engine(args, place, store)?;
    let config = config(args, place, tokens);
    let note = Note { url: url(address), console: args.https.then(|| behind_tls(&args.allowed_hosts)) };
    let held = note.leave(place)?;
    let ended =
        life::live(engine, config, listener, args.drain, interrupts, announce::of(args, place, &note)).await;
    drop(held);
    ended
}

fn engine(args: &ServeArgs, place: &Place, store: &SqliteStore) -> Result<Engine> {
    let mut executor = PytestExecutor::builder().data_folder(place.folder());
    if let Some(python) = &args.python {
        executor = executor.python(python);
    }
    let executor = executor.build()?;
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let retention = RetentionPolicy {
        age: Some(args.retention_age).filter(|age| !age.is_zero()),
        count: args.retention_count,
        bytes: Some(args.retention_size).filter(|size| *size > 0),
    };
    let engine = Engine::builder(store.clone())
        .slots(args.slots.map_or_else(processors, usize::from))
        .retention(retention)
        .executor(executor.clone());
    prepare(executor, place.folder().to_owned());
    Ok(engine.build()?)
}

/// Looks for Python, and builds an environment where there is none, before the first Testrun waits for it.
fn prepare(executor: PytestExecutor, folder: PathBuf) {
    tokio::spawn(async move {
        match executor.prepare(&folder).await {
            Ok(found) => {
                tracing::info!(python = %found.python_version, pytest = %found.pytest_version, "ready to run")
            }
            // Each Testrun will say so too; this is for whoever starts the server.
            Err(error) => say(&format!("Testruns cannot be run yet: {}", one_line(&error.message))),
        }
    });
}

fn config(args: &ServeArgs, place: &Place, tokens: TokenFile) -> HttpConfig {
    let mut config = HttpConfig::with_tokens(Arc::new(tokens));
    config.allowed_hosts.clone_from(&args.allowed_hosts);
    config.queue_limit = args.queue_limit;
    config.https = args.https;
    config.rates.submits_per_minute = args.submits_per_minute;
    config.rates.submit_burst = args.submit_burst;
    config.rates.streams = usize::try_from(args.streams).unwrap_or(usize::MAX);
    config.rates.all_streams = config.rates.all_streams.max(config.rates.streams);
    let limits = config.upload.limits;
    config.upload = Uploads::new(place.folder(), limits, IN_FLIGHT);
    let folder = place.folder().to_owned();
    config.reserve = (args.min_free > 0).then_some(Reserve { folder, bytes: args.min_free });
    config
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(address).map_err(|error| cannot_listen(address, &error))?;
    listener.set_nonblocking(true).map_err(|error| cannot_listen(address, &error))?;
    Ok(listener)
}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Failure {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure::usage(format!("something listens on {address} already"))
            .hint("if it is a testrunner server, use that one; else give this one another port with --bind"),
        _ => Failure::usage(format!("cannot listen on {address}: {}", os_reason(error))),
    }
}

/// The address for programs of this machine.
fn url(address: SocketAddr) -> String {
    let host = match address {
        SocketAddr::V4(four) if four.ip().is_unspecified() => "127.0.0.1".to_owned(),
        SocketAddr::V6(six) if six.ip().is_unspecified() => "[::1]".to_owned(),
        SocketAddr::V4(four) => four.ip().to_string(),
        SocketAddr::V6(six) => format!("[{}]", six.ip()),
    };
    format!("http://{host}:{}", address.port())
}

/// The address for browsers that come through a proxy: by the first name that it was given.
fn behind_tls(hosts: &[String]) -> String {
    let host = hosts.first().map_or("localhost", |host| host.trim_matches(['[', ']']));
    if host.contains(':') { format!("https://[{host}]") } else { format!("https://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_come_by_the_first_name() {
        for (hosts, wanted) in [
            (&[][..], "https://localhost"),
            (&["ci.example", "other.example"], "https://ci.example"),
            (&["2001:db8::1"], "https://[2001:db8::1]"),
            (&["[2001:db8::1]"], "https://[2001:db8::1]"),
        ] {
            let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
            assert_eq!(behind_tls(&hosts), wanted);
        }
    }

    #[test]
    fn addresses_are_those_that_can_be_asked() {
        for (bound, wanted) in [
            ("127.0.0.1:1", "http://127.0.0.1:1"),
            ("0.0.0.0:2", "http://127.0.0.1:2"),
            ("[::]:3", "http://[::1]:3"),
            ("[::1]:4", "http://[::1]:4"),
            ("10.0.0.1:5", "http://10.0.0.1:5"),
        ] {
            assert_eq!(bound.parse().map(url), Ok(wanted.to_owned()), "{bound}");
        }
    }
}
