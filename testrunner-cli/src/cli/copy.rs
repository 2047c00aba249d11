//! `testrunner copy`.

use clap::Args;

use super::StoreName;
use super::storage::store;

/// From where, and to where.
#[derive(Debug, Args)]
#[command(after_help = "\
Testruns keep their numbers, items and leases; their files, logs, results and uploads arrive as they are. At the end both
databases are checked and compared, event by event. Tokens, and the list of changes that servers follow, stay behind.

What the target has under a number of the source's must be the same Testrun, or nothing is copied. A copy that was
broken off goes on when the same command is given again.")]
pub(crate) struct CopyArgs {
    #[arg(long, value_name = "URL", value_parser = store)]
    #[arg(
        help = "Database to copy: postgres://user@host/database, sqlite:PATH, or `local` for the one in the data folder"
    )]
    pub(crate) from: StoreName,

    /// Database to copy into, written alike; made where it is not there
    #[arg(long, value_name = "URL", value_parser = store)]
    pub(crate) to: StoreName,

    /// Also Testruns that have not ended: they go on in the target, and nothing may work on the source any more
    #[arg(long)]
    pub(crate) with_open: bool,
}
