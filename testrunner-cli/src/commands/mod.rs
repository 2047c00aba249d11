//! One module for each command.

mod cancel;
mod completions;
mod delete;
mod doctor;
mod fsck;
mod junit;
mod list;
mod logs;
mod run;
mod show;

use testrunner_core::{StoreError, TestrunId};
use testrunner_store_sqlite::SqliteStore;

use crate::cli::{Cli, Command};
use crate::exit_code::Exit;
use crate::failure::Result;
use crate::place::Place;

/// Does what was asked for.
///
/// # Errors
/// It could not be done; says why.
pub(crate) async fn run(cli: Cli) -> Result<Exit> {
    let place = Place::of(&cli.global)?;
    match cli.command {
        Command::Run(args) => run::run(args, &place).await,
        Command::Rerun(args) => run::rerun(args, &place).await,
        Command::List(args) => list::list(args, &place).await,
        Command::Show(args) => show::show(&args, &place).await,
        Command::Logs(args) => logs::logs(&args, &place).await,
        Command::Cancel { id } => cancel::cancel(id, &place).await,
        Command::Delete { ids } => delete::delete(&ids, &place).await,
        Command::Junit { id, file } => junit::junit(id, file.as_deref(), &place).await,
        Command::Fsck { ids } => fsck::fsck(ids, &place).await,
        Command::Completions { shell } => completions::completions(shell),
        Command::Doctor { python } => doctor::doctor(python, &place).await,
    }
}

/// Does something with the store that a Testrun is looked for in, and leaves it in order.
async fn with_store_of<T>(
    id: TestrunId,
    place: &Place,
    act: impl AsyncFnOnce(&SqliteStore) -> Result<T>,
) -> Result<T> {
    let store = place.open_existing().await?.ok_or_else(|| StoreError::no_testrun(id))?;
    let done = act(&store).await;
    store.close().await;
    done
}
