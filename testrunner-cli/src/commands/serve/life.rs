//! From the first connection to the last: what signals do to a server.

use std::net::TcpListener;
use std::time::Duration;

use testrunner_core::{Drained, Engine};
use testrunner_http::{HttpConfig, ServeLimits};
use tokio_util::sync::CancellationToken;

use super::announce::Announcement;
use crate::drain::{self, LAST_WORDS};
use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};
use crate::interrupt::Interrupts;

/// Serves until a signal. Then no more work is begun; what runs may end within `grace` and is watched meanwhile; the
/// rest goes back to the queue. The second signal kills what runs. A store that does not answer is not waited for.
///
/// # Errors
/// The server could not go on, or the store did not hear of the end.
pub(super) async fn live(
    engine: Engine,
    config: HttpConfig,
    listener: TcpListener,
    grace: Duration,
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
        tracing::info!(?grace, "ending: what runs may finish; the second signal kills it");
    }
    let drained = drain::drain(&engine, grace, &mut interrupts).await;
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
