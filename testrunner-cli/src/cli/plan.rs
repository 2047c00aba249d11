//! `testrunner plan`.

use std::path::PathBuf;

use clap::Args;

use super::run::WhatArgs;
use super::values::Format;

/// What would be run, and on how many slots.
#[derive(Debug, Args)]
#[command(after_help = "\
Files are found as with `run`, and times are those that they took when they last ran. A file without one is
assumed to take as long as the others on average, or a second where none is known. What is around files
(starting Python, writing results) is not in the times.

With --json one JSON document is printed:
  {\"plan\": …}  `slots`, each a list of items with `rank`, `from_us`, `to_us` and `files`, each of these
              with `path`, `expected_us` and `known`; `predicted_us`, the end; `bound_us`, before which no plan
              can end; `idle_us`, how long slots wait for the end; `assumed_us` and `unknown`, what each
              file without history is assumed to take, and their paths

Exit codes are those of `run`: 2 when it cannot be used, 5 when there is nothing to run.")]
pub(crate) struct PlanArgs {
    /// Files and folders [default: as with `run`]
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) what: WhatArgs,

    /// Files that run at the same time [default: one for each processor]
    #[arg(short, long, value_name = "N", env = "TESTRUNNER_JOBS", hide_env_values = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,

    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,

    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}
