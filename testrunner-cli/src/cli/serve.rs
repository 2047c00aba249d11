//! `testrunner serve`.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::HintArgs;
use super::values::{self, LogFormat, Sandbox};

/// How the server is reached, and what it keeps.
#[derive(Debug, Args)]
#[command(after_help = "\
What is uploaded runs with your rights. So only programs of this machine are answered, and only with a token: the
`testrunner` command finds yours in the data folder, a browser gets in by `testrunner open`.

To be reached from elsewhere it must be said by which names (--allowed-host), a token must have been made for others
(`testrunner token create`), and --isolation none must say that you know.

SIGTERM or Ctrl-C: no more work is begun, what runs may end within --drain, the rest is run again after the next
start. The second signal ends it at once.")]
pub(crate) struct ServeArgs {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878", value_parser = values::bind)]
    pub(crate) bind: SocketAddr,

    /// A name that others reach it by; as often as wanted
    #[arg(long = "allowed-host", value_name = "HOST", value_parser = values::host)]
    pub(crate) allowed_hosts: Vec<String>,

    /// Items that run here at the same time; 0: none, workers elsewhere run all [default: one for each processor]
    #[arg(short = 'j', long, visible_alias = "workers", value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub(crate) slots: Option<u16>,

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

    /// Free space below which nothing more is accepted
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = values::size)]
    pub(crate) min_free: u64,

    /// Remove Testruns that ended longer ago, like 90d; 0 for never
    #[arg(long, value_name = "TIME", default_value = "90d", value_parser = values::age)]
    pub(crate) retention_age: Duration,

    /// Keep at most so many Testruns that have ended
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) retention_count: Option<u64>,

    /// Keep the data below this size; 0 for any
    #[arg(long, value_name = "SIZE", default_value = "10GiB", value_parser = values::size)]
    pub(crate) retention_size: u64,

    /// Items that may wait before more are refused
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) queue_limit: u64,

    /// Testruns that one token may submit in a minute, in the long run
    #[arg(long, value_name = "N", default_value = "20")]
    pub(crate) submits_per_minute: NonZeroU32,

    /// Testruns that one token may submit at once after a pause
    #[arg(long, value_name = "N", default_value = "60")]
    pub(crate) submit_burst: NonZeroU32,

    /// Live streams that one token may have open
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) streams: u32,

    /// Browsers come by https, which a proxy speaks in front: their cookies are never sent without it, and links for
    /// them lead to the first --allowed-host (without one: to localhost)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[arg(action = clap::ArgAction::Set, default_value_t = false)]
    pub(crate) https: bool,

    /// What stands between uploaded code and this user: today nothing, which must be said to be reached from elsewhere
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) isolation: Option<Sandbox>,

    /// How log lines are written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,
}
