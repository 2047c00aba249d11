//! `testrunner submit`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::run::WhatArgs;
use super::values::{self, Format};

/// What to send to a server, and what to wait for.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --server it is sent to the server that `testrunner serve` runs here. Without --wait and --follow
the id of the new Testrun is printed, and the command is done.

With --format json each line of standard output is one JSON document:
  {\"event\": …}    with --follow: every event, as it comes
  {\"testrun\": …}  the Testrun as in the HTTP API; with --wait and --follow as it ended, and `cases`

With --wait and --follow the exit code is that of the Testrun. Ctrl-C only ends the watching: the Testrun
goes on, and it is said how to stop it.")]
pub(crate) struct SubmitArgs {
    /// Files and folders, or one .zip or .tar.gz
    ///
    /// Of a folder all files are sent, but for what git ignores and what is hidden; the server tells tests from
    /// what tests need.
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) watch: WatchArgs,

    #[command(flatten)]
    pub(crate) what: WhatArgs,

    /// For people and programs to find it by; as often as wanted
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = values::label)]
    pub(crate) labels: Vec<(String, String)>,

    /// Larger goes first
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(i16).range(-100..=100))]
    pub(crate) priority: i16,

    /// Longest time for all of it
    #[arg(long, value_name = "TIME", value_parser = values::mark)]
    pub(crate) time_limit: Option<Duration>,

    /// Write a JUnit XML report when it has ended; needs --wait or --follow
    #[arg(long, value_name = "FILE", requires = "watching")]
    pub(crate) junit: Option<PathBuf>,

    /// With --follow: tell of tests that run longer than this [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = values::mark)]
    pub(crate) slow: Option<Duration>,

    /// How results are told
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// Whether to stay until a Testrun on a server has ended.
#[derive(Clone, Copy, Debug, Args)]
#[group(id = "watching", multiple = false)]
pub(crate) struct WatchArgs {
    /// Stay until it has ended
    #[arg(long)]
    pub(crate) wait: bool,

    /// Stay, and show what happens
    #[arg(long, short = 'f')]
    pub(crate) follow: bool,
}
