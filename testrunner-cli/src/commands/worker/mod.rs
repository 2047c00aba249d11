//! `testrunner worker`: runs what others submit, next to the database or by a server.

mod body;
mod life;

use testrunner_core::ProcessId;

use self::body::Body;
use super::executor;
use crate::cli::{BellName, QueueName, WorkerArgs};
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupts;
use crate::output::clean::one_line;
use crate::output::screen::Screen;
use crate::place::Place;

pub(super) async fn worker(args: WorkerArgs, place: &Place) -> Result<Exit> {
    let url = place.server().filter(|_| !place.store_is_named()).map(str::to_owned);
    check(&args, place, url.as_deref())?;
    place.create()?;
    // From here on signals are ours: what has begun is brought to an end.
    let mut interrupts = Interrupts::listen()?;
    let executor = executor::pytest(args.python.as_deref(), args.warm, place)?;
    let id = id(&args);
    let body = tokio::select! {
        body = async {
            match &url {
                Some(url) => Body::by_server(&args, place, url, &id, executor.clone()).await,
                None => Body::by_database(&args, place, &id, executor.clone()).await,
            }
        } => body?,
        // The database may be in other hands for long.
        exit = interrupts.next() => return Err(Failure::interrupted(exit)),
    };
    executor::prepare(executor, place);
    say(&args, place, url.as_deref(), &id)?;
    life::live(body, args.drain, interrupts).await
}

fn check(args: &WorkerArgs, place: &Place, url: Option<&str>) -> Result<()> {
    if place.server_is_named() && place.store_is_named() {
        return Err(Failure::usage("a worker has either a server or a database, not both")
            .hint("leave --server or --store out"));
    }
    let asks_brokers = args.hints.queue != QueueName::Store || args.hints.bell != BellName::Store;
    if url.is_some() && asks_brokers {
        return Err(Failure::usage("a worker of a server asks no brokers: the server tells it of work")
            .hint("leave --queue and --bell out, or name the database with --store"));
    }
    let from_elsewhere = match url {
        Some(url) => !testrunner_client::is_this_machine(url),
        None => place.is_shared(),
    };
    if from_elsewhere && args.isolation.is_none() {
        return Err(Failure::usage("others can submit what this worker would run with your rights").hint(
            "--isolation none says that you know; use a user and a machine that have nothing to lose",
        ));
    }
    Ok(())
}

/// A name that no other start of any worker has.
fn id(args: &WorkerArgs) -> String {
    let name = args.name.clone().unwrap_or_else(machine);
    let ProcessId(unique) = ProcessId::unique();
    // The end is random, what stands before it counts time.
    let end = unique.get(unique.len().saturating_sub(8)..).unwrap_or_default();
    format!("{name}-{end}")
}

/// The machine's name, as far as it can be a worker's.
fn machine() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    crate::cli::worker::name(&name).unwrap_or_else(|_| "worker".to_owned())
}

fn say(args: &WorkerArgs, place: &Place, url: Option<&str>, id: &str) -> Result<()> {
    let mut screen = Screen::new();
    let whom = url.map_or_else(|| place.ledger(), str::to_owned);
    let slots = args.slots.map_or_else(executor::processors, usize::from);
    screen.line(&format!("testrunner worker {id} works for {}", one_line(&whom)));
    screen.line(&format!("  slots    {slots}"));
    screen.line("  the code of others runs with your rights (isolation: none)");
    screen.close()
}
