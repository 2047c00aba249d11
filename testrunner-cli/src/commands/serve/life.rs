//! From the first connection to the last: what signals do to a server.

use std::net::TcpListener;
use std::time::Duration;

use testrunner_core::{Drained, Engine};
use testrunner_http::{HttpConfig, ServeLimits};
use tokio_util::sync::CancellationToken;

use super::announce::Announcement;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};
use crate::interrupt::Interrupts;

/// How long connections get to end, and followers to ask how it ended, when all work has, and the store to answer what is killed.
pub(super) const LAST_WORDS: Duration = Duration::from_secs(5);

/// Serves until a signal. Then no more work is begun; what runs may end within `drain` and is watched meanwhile; the
/// rest goes back to the queue. The second signal kills what runs. A store that does not answer is not waited for.
///
/// # Errors
/// The server could not go on, or the store did not hear of the end.
pub(super) async fn live(
    engine: Engine,
    config: HttpConfig,
    listener: TcpListener,
    drain: Duration,
    mut interrupts: Interrupts,
    announcement: Announcement,
) -> Result<Exit> {
    let (streams, connections) = (config.shutdown.clone(), CancellationToken::new());
    let limits = ServeLimits { farewell: config.farewell.clone(), ..ServeLimits::default() };
    let app = testrunner_http::router(engine.clone(), config);
    engine.start();
    let stop = connections.clone();
    let mut server = tokio::spawn(testrunner_http::serve(listener, app, limits, stop, LAST_WORDS));
    let announced = tokio::spawn(announcement.say());
    let broken = tokio::select! {
        biased;
        _ = interrupts.next() => None,
        ended = &mut server => Some(ended),
    };
    announced.abort();
    if broken.is_none() {
        tracing::info!(?drain, "ending: what runs may finish; the second signal kills it");
    }
    let drained = tokio::select! {
        drained = engine.shutdown(drain) => drained,
        _ = interrupts.next() => {
            tracing::info!("killing all that runs");
            engine.halt();
            let killed = tokio::time::timeout(LAST_WORDS, engine.shutdown(Duration::ZERO)).await;
            killed.unwrap_or(Drained::Unanswered)
        }
    };
    streams.cancel();
    connections.cancel();
    let ended = match broken {
        Some(ended) => ended,
        None => server.await,
    };
    match ended {
        Ok(Ok(())) if drained == Drained::Unanswered => Err(unanswered()),
        Ok(Ok(())) => Ok(Exit::Passed),
        Ok(Err(error)) => Err(Failure::infrastructure(format!("the server failed: {}", os_reason(&error)))),
        Err(error) => Err(Failure::infrastructure(format!("the server failed: {error}"))),
    }
}

fn unanswered() -> Failure {
    Failure::infrastructure("the database did not answer in time; what ran could not be handed back")
        .hint("nothing that was stored is lost: the next server runs the rest again; does something else hold the database?")
}
