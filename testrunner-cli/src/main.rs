//! The `testrunner` command: wiring and words. What happens to Testruns is decided in `testrunner-core`.

mod cli;
mod collect;
mod commands;
mod config;
mod drain;
mod exit_code;
mod failure;
mod hints;
mod interrupt;
mod ledger;
mod output;
mod place;
mod server;
mod storage;
mod trace;

use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::cli::Cli;
use crate::config::Config;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};

/// How long calls to the system that were begun may still take at the end.
const LAST_CALLS: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let (cli, config) = match read() {
        Ok(read) => read,
        Err(failure) => {
            output::screen::say(&failure.text());
            return ExitCode::from(failure.exit.code());
        }
    };
    match cli.global.color {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    // A mistake of ours is told like any other failure.
    std::panic::set_hook(Box::new(|mistake| output::screen::say(&Failure::mistake(mistake).text())));
    let ended = std::panic::catch_unwind(|| {
        start(cli, &config).unwrap_or_else(|failure| {
            output::screen::say(&failure.text());
            failure.exit
        })
    });
    ExitCode::from(ended.unwrap_or(Exit::Infrastructure).code())
}

/// The command line, with what files say as defaults.
fn read() -> Result<(Cli, Config)> {
    let config = Config::load(&Cli::command().get_matches())?;
    let matches = config.put_into(Cli::command()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    Ok((cli, config))
}

fn start(cli: Cli, config: &Config) -> Result<Exit> {
    trace::begin(trace::Lines::of(&cli))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::infrastructure(format!("cannot start: {}", os_reason(&error))))?;
    let ended = runtime.block_on(commands::run(cli, config));
    runtime.shutdown_timeout(LAST_CALLS);
    ended
}
