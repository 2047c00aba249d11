//! One module for each command.

mod backup;
mod cancel;
mod completions;
mod config;
mod copy;
mod delete;
mod doctor;
mod executor;
mod fsck;
mod junit;
mod list;
mod logs;
mod open;
mod plan;
mod rerun;
mod run;
mod serve;
mod show;
mod submit;
mod token;
mod worker;

use crate::cli::{Cli, Command, ConfigCommand};
use crate::config::Config;
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::place::Place;
use crate::server;

/// Does what was asked for.
///
/// # Errors
/// It could not be done; says why.
pub(crate) async fn run(cli: Cli, settings: &Config) -> Result<Exit> {
    let place = Place::of(&cli.global, settings)?;
    dispatch(cli.command, &place, settings).await.map_err(|failure| server::hint(failure, &place))
}

async fn dispatch(command: Command, place: &Place, settings: &Config) -> Result<Exit> {
    match command {
        Command::Run(args) => run::run(args, place).await,
        Command::Plan(args) => plan::plan(&args, place).await,
        Command::Submit(args) => submit::submit(args, place).await,
        Command::Rerun(args) => rerun::rerun(args, place, settings).await,
        Command::List(args) => list::list(args, place).await,
        Command::Show(args) => show::show(&args, place).await,
        Command::Logs(args) => logs::logs(&args, place).await,
        Command::Cancel { id } => cancel::cancel(id, place).await,
        Command::Delete { ids } => delete::delete(&ids, place).await,
        Command::Junit { id, file } => junit::junit(id, file.as_deref(), place).await,
        Command::Fsck { ids } => fsck::fsck(ids, place).await,
        Command::Backup { file } => backup::backup(&file, place).await,
        Command::Copy(args) => copy::copy(args, place).await,
        Command::Serve(args) => serve::serve(args, place).await,
        Command::Worker(args) => worker::worker(args, place).await,
        Command::Token { command } => token::token(command, place).await,
        Command::Open => open::open(place).await,
        Command::Config { command: ConfigCommand::Show(args) } => config::show(&args, settings),
        Command::Completions { shell } => completions::completions(shell),
        Command::Doctor { python } => doctor::doctor(python, place).await,
    }
}
