//! `testrunner run`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use testrunner_core::TestrunId;

use super::values::{self, Format, Grouping, Isolation};

/// What to run, and how.
#[derive(Debug, Args)]
#[command(after_help = "\
With --format json each line of standard output is one JSON document:
  {\"event\": …}    every event, as it comes
  {\"testrun\": …}  the end: the Testrun as in the HTTP API, and `cases` with every case that counts

With --repeat and --until-fail there is one line more, the last:
  {\"repeats\": …}  `testruns`, each with id, status and reason; and `flaky`, each with path, case,
                   kind, `runs`, `good` and `bad`. Case and kind are null for a file as a whole,
                   `runs` is how many Testruns judged it, `good` and `bad` how many ended how.

Exit code and JUnit report are those of the worst Testrun: stopped (130, 143) before 3, 1, 5, 0.
After one that was stopped or ended with 3, nothing is repeated.

The first Ctrl-C lets running tests clean up, the second kills them.")]
pub(crate) struct RunArgs {
    /// Files and folders [default: testpaths of the pytest settings, else this folder]
    ///
    /// A file is always run, whatever its name. Of a folder those files are run that pytest would collect;
    /// what git ignores and what is hidden is left out.
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) what: WhatArgs,

    #[command(flatten)]
    pub(crate) how: HowArgs,

    /// Most output that is stored, like 64MiB; beyond it head and tail are kept [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub(crate) max_log: Option<u64>,
}

/// What is asked for beside the files.
#[derive(Debug, Args)]
pub(crate) struct WhatArgs {
    /// Only tests whose names match, as in pytest
    #[arg(short = 'k', value_name = "EXPR")]
    pub(crate) keyword: Option<String>,

    /// Only tests whose marks match, as in pytest
    #[arg(short = 'm', value_name = "EXPR")]
    pub(crate) marker: Option<String>,

    /// Stop at the first failure
    #[arg(short = 'x', long, conflicts_with = "maxfail")]
    pub(crate) fail_fast: bool,

    /// Stop after so many failures
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) maxfail: Option<u32>,

    /// Longest time for one file, like 30s or 2m [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = values::timeout)]
    pub(crate) timeout: Option<Duration>,

    /// Time that tests get to clean up before they are killed, at most 50s [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = values::grace)]
    pub(crate) grace: Option<Duration>,

    /// Who asks [default: $USER]
    #[arg(long, value_name = "NAME", env = "TESTRUNNER_USERNAME", hide_env_values = true)]
    #[arg(value_parser = values::username)]
    pub(crate) username: Option<String>,

    /// How files are grouped
    #[arg(long, value_enum, default_value_t)]
    pub(crate) plan: Grouping,

    /// What files share [default: file]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) isolation_level: Option<Isolation>,

    /// More arguments for pytest
    #[arg(last = true, value_name = "EXTRA")]
    pub(crate) extra: Vec<String>,
}

/// What to run again, and how.
#[derive(Debug, Args)]
#[command(
    after_help = "The new Testrun is linked to the first one. Files are read anew, with the settings of then. \
        JSON, --repeat and --until-fail are as with `run`.\n\n\
        With --server it is the server that runs them, as they were uploaded; --wait and --follow are as with `submit`, and \
        --jobs, --python, --repeat and --until-fail are not for it."
)]
pub(crate) struct RerunArgs {
    /// The Testrun
    #[arg(value_name = "ID", value_parser = super::id)]
    pub(crate) id: TestrunId,

    /// Only the files that were not in order
    #[arg(long)]
    pub(crate) failed: bool,

    #[command(flatten)]
    pub(crate) watch: super::WatchArgs,

    #[command(flatten)]
    pub(crate) how: HowArgs,
}

/// How files are run and told.
#[derive(Debug, Args)]
pub(crate) struct HowArgs {
    /// Files that run at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", env = "TESTRUNNER_JOBS", hide_env_values = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,

    /// Python interpreter to use [default: the active or the nearest environment that has pytest]
    #[arg(long, value_name = "PATH", env = "TESTRUNNER_PYTHON", hide_env_values = true)]
    pub(crate) python: Option<PathBuf>,

    /// Write a JUnit XML report, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Run all N times, each time as a Testrun linked to the first, and tell what is flaky
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) repeat: Option<u32>,

    /// Repeat until a Testrun fails: at most N times with --repeat, else until you stop it
    #[arg(long)]
    pub(crate) until_fail: bool,

    /// Tell of tests that run longer than this, while they run and at the end [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = values::mark)]
    pub(crate) slow: Option<Duration>,

    /// How results are told
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
