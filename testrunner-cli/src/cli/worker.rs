//! `testrunner worker`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::HintArgs;
use super::values::{self, LogFormat, Sandbox};

/// What it runs, and for whom.
#[derive(Debug, Args)]
#[command(after_help = "\
It runs what others submit, with your rights. With --store it works next to the database, as servers do; with --server
it needs nothing but that address and a token of the role worker (`testrunner token create --role worker`).

SIGTERM or Ctrl-C: no more work is taken, what runs may end within --drain, the rest goes back to the queue. The second
signal kills what runs.")]
pub(crate) struct WorkerArgs {
    /// Items that run at the same time [default: one for each processor]
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) slots: Option<u16>,

    /// Name that it is shown under; a few letters of its own are added [default: the machine's]
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub(crate) name: Option<String>,

    /// For people to tell workers apart; as often as wanted
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = values::label)]
    pub(crate) labels: Vec<(String, String)>,

    #[command(flatten)]
    pub(crate) hints: HintArgs,

    /// Python interpreter to use [default: the active one, or the first that has pytest]
    #[arg(long, value_name = "PATH", env = "TESTRUNNER_PYTHON", hide_env_values = true)]
    pub(crate) python: Option<PathBuf>,

    /// Processes that are kept ready for Testruns to come, each for one: with the first, some 60 MB of memory; 0 for none
    #[arg(long, value_name = "N", default_value_t = values::WARM, value_parser = values::warm)]
    pub(crate) warm: u16,

    /// How long tests may still run when it is to end
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = values::duration)]
    pub(crate) drain: Duration,

    /// What stands between the code of others and this user: today nothing, which must be said where others can submit
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) isolation: Option<Sandbox>,

    /// Speak to another machine without TLS: whoever is on the way can read token and tests
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = clap::ArgAction::Set, default_value_t = false)]
    pub(crate) plain_http: bool,

    /// How log lines are written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}

/// Reads a name that room is left behind, and that fits into an address.
pub(crate) fn name(text: &str) -> Result<String, String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match (1..=48).contains(&text.len()) && text.bytes().all(good) {
        true => Ok(text.to_owned()),
        false => Err("it has 1 to 48 letters, digits, dots, dashes and underscores".to_owned()),
    }
}
