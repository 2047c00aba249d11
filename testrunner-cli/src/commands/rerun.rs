//! `testrunner rerun`: here, or on a server.

use testrunner_core::testrun::{FileRole, Testrun};
use testrunner_core::{EngineError, TestrunId};

use super::submit::{self, Watch};
use crate::cli::RerunArgs;
use crate::config::Config;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result};
use crate::ledger::Ledger;
use crate::output::junit;
use crate::place::Place;

pub(super) async fn rerun(args: RerunArgs, place: &Place, config: &Config) -> Result<Exit> {
    if place.server().is_none() {
        if submit::is_watched(args.watch) {
            return Err(Failure::usage(
                "--wait and --follow are for servers; here a rerun is always followed",
            ));
        }
        return super::run::rerun(args, place).await;
    }
    refuse_what_is_not_for_servers(&args, config)?;
    if let Some(path) = &args.how.junit {
        junit::check_target(path)?;
    }
    let remote = submit::remote(place)?;
    if args.failed {
        let ledger = Ledger::open(place).await?;
        refuse_nothing(&ledger.get(args.id).await?)?;
    }
    let run = remote.rerun(args.id, args.failed).await?;
    if !submit::is_watched(args.watch) {
        return submit::told(&run, args.how.format, place);
    }
    let how = args.how;
    let watch = Watch { live: args.watch.follow, format: how.format, slow: how.slow, junit: how.junit };
    submit::watch(&Ledger::Remote(Box::new(remote)), run, watch, place).await
}

fn refuse_what_is_not_for_servers(args: &RerunArgs, config: &Config) -> Result<()> {
    let how = &args.how;
    let used = [
        ("--jobs", config.is_flag("jobs")),
        ("--python", config.is_flag("python")),
        ("--repeat", how.repeat.is_some()),
        ("--until-fail", how.until_fail),
        ("--junit without --wait or --follow", how.junit.is_some() && !submit::is_watched(args.watch)),
    ];
    match used.iter().find(|(_, used)| *used) {
        Some((option, _)) => Err(Failure::usage(format!("{option} cannot be used with a server"))),
        None => Ok(()),
    }
}

/// The same answer as here when there is nothing to do.
fn refuse_nothing(run: &Testrun) -> Result<()> {
    let tests = run.files.iter().filter(|file| file.role == FileRole::Test);
    let good = tests.map(|file| file.result.as_ref().is_some_and(|result| result.outcome.is_good()));
    let id: TestrunId = run.id();
    if good.into_iter().all(|good| good) {
        return Err(EngineError::NothingToRerun { run: id }.into());
    }
    Ok(())
}
