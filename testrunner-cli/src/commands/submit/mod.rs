//! `testrunner submit`: from paths to a Testrun on a server, and to its end if that is wanted.

mod request;
mod watch;

pub(super) use self::watch::{Watch, watch};
use crate::cli::{Format, SubmitArgs, WatchArgs};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::ledger::{Ledger, Remote};
use crate::output::json;
use crate::output::junit;
use crate::output::screen::{Screen, say};
use crate::place::Place;
use crate::server;

pub(super) async fn submit(args: SubmitArgs, place: &Place) -> Result<Exit> {
    if let Some(path) = &args.junit {
        junit::check_target(path)?;
    }
    let place = server::of(place);
    let upload = request::upload(&args.paths)?;
    let request = request::request(&args)?;
    let remote = remote(&place)?;
    let created = remote.submit(&request, &upload).await?;
    if created.existed {
        say("it was submitted before");
    }
    let run = created.testrun.into();
    if !is_watched(args.watch) {
        return told(&run, args.format, &place);
    }
    let watch_as = Watch { live: args.watch.follow, format: args.format, slow: args.slow, junit: args.junit };
    watch(&Ledger::Remote(Box::new(remote)), run, watch_as, &place).await
}

/// The server of a place that has one.
///
/// # Errors
/// Address or token cannot be used.
pub(super) fn remote(place: &Place) -> Result<Remote> {
    Remote::at(place.server().unwrap_or_default(), place)
}

pub(super) const fn is_watched(args: WatchArgs) -> bool {
    args.wait || args.follow
}

/// Tells that a Testrun is there, and leaves it alone.
pub(super) fn told(run: &testrunner_core::Testrun, format: Format, place: &Place) -> Result<Exit> {
    let mut screen = Screen::new();
    match format {
        Format::Human => {
            screen.line(&format!("Testrun {} is submitted", run.id()));
            say(&format!("watch it: {}", place.command(&format!("logs {} -f", run.id()))));
        }
        Format::Json => json::submitted(&mut screen, run),
    }
    screen.close()?;
    Ok(Exit::Passed)
}
