//! The `testrunner` command: wiring and words. What happens to Testruns is decided in `testrunner-core`.

mod cli;
mod collect;
mod commands;
mod exit_code;
mod failure;
mod interrupt;
mod output;
mod place;
mod trace;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit_code::Exit;
use crate::failure::{Failure, Result, os_reason};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.global.color {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    // A mistake of ours is told like any other failure.
    std::panic::set_hook(Box::new(|mistake| output::screen::say(&Failure::mistake(mistake).text())));
    let ended = std::panic::catch_unwind(|| {
        start(cli).unwrap_or_else(|failure| {
            output::screen::say(&failure.text());
            failure.exit
        })
    });
    ExitCode::from(ended.unwrap_or(Exit::Infrastructure).code())
}

fn start(cli: Cli) -> Result<Exit> {
    trace::begin(cli.global.verbose)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::infrastructure(format!("cannot start: {}", os_reason(&error))))?;
    runtime.block_on(commands::run(cli))
}
