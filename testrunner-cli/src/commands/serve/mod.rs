//! `testrunner serve`: API and workers in one process, on the database of the data folder.

mod announce;
mod life;
mod posture;

use std::net::{SocketAddr, TcpListener};

use testrunner_core::{Engine, RetentionPolicy};
use testrunner_http::upload::Uploads;
use testrunner_http::{HttpConfig, Reserve};

use super::executor;
use crate::cli::ServeArgs;
use crate::drain::LAST_WORDS;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};
use crate::hints;
use crate::interrupt::Interrupts;
use crate::place::Place;
use crate::server::note::Note;
use crate::server::token::open_tokens;
use crate::server::tokens::Tokens;
use crate::storage::Storage;

/// Most bytes of uploads in memory at once.
const IN_FLIGHT: u64 = 256 << 20;

pub(super) async fn serve(args: ServeArgs, place: &Place) -> Result<Exit> {
    place.refuse_server("`serve` is the server; it asks none", "")?;
    place.create()?;
    // The tokens of this machine are looked at before anything is opened.
    drop(open_tokens(place)?);
    // Where others can come in, only after it is known that they may.
    let early = args.bind.ip().is_loopback().then(|| listen(args.bind)).transpose()?;
    // From here on signals are ours: what has begun is brought to an end.
    let mut interrupts = Interrupts::listen()?;
    let storage = tokio::select! {
        storage = place.open() => storage?,
        // The database may be in other hands for long.
        exit = interrupts.next() => return Err(Failure::interrupted(exit)),
    };
    let served = over(&args, place, early, &storage, interrupts).await;
    if tokio::time::timeout(LAST_WORDS, storage.close()).await.is_err() {
        // Nothing that was answered is lost by it.
        tracing::warn!("the database could not be closed in order: it does not answer");
    }
    served
}

async fn over(
    args: &ServeArgs,
    place: &Place,
    early: Option<TcpListener>,
    storage: &Storage,
    interrupts: Interrupts,
) -> Result<Exit> {
    let tokens = Tokens::open(place, Some(storage)).await?;
    posture::check(args, &tokens).await?;
    let listener = early.map_or_else(|| listen(args.bind), Ok)?;
    let address = listener.local_addr().map_err(|error| cannot_listen(args.bind, &error))?;
    tokens.ensure_local(place)?;
    let engine = engine(args, place, storage)?;
    let config = config(args, place, &tokens);
    let note = Note { url: url(address), console: args.https.then(|| behind_tls(&args.allowed_hosts)) };
    let held = note.leave(place)?;
    let ended =
        life::live(engine, config, listener, args.drain, interrupts, announce::of(args, place, &note)).await;
    drop(held);
    ended
}

fn engine(args: &ServeArgs, place: &Place, storage: &Storage) -> Result<Engine> {
    let slots = args.slots.map_or_else(executor::processors, usize::from);
    // Who runs nothing needs nothing ready.
    let warm = if slots > 0 { args.warm } else { 0 };
    let executor = executor::pytest(args.python.as_deref(), warm, place)?;
    let retention = RetentionPolicy {
        age: Some(args.retention_age).filter(|age| !age.is_zero()),
        count: args.retention_count,
        bytes: Some(args.retention_size).filter(|size| *size > 0),
    };
    let engine =
        Engine::builder_shared(storage.shared()).slots(slots).retention(retention).executor(executor.clone());
    let engine = hints::put_into(engine, &args.hints)?.build()?;
    if slots > 0 {
        executor::prepare(executor, place);
    }
    Ok(engine)
}

fn config(args: &ServeArgs, place: &Place, tokens: &Tokens) -> HttpConfig {
    let mut config = tokens.config();
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
