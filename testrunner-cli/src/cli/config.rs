//! `testrunner config`.

use clap::{Args, Subcommand};

use super::values::Format;

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Show every setting as it counts here
    Show(ShowConfigArgs),
}

/// How settings are shown.
#[derive(Debug, Args)]
#[command(after_help = "\
A flag counts before a variable, that before files: testrunner.toml in this folder or above it up to the one that
has .git, then $XDG_CONFIG_HOME/testrunner/config.toml, then /etc/testrunner/config.toml. A project's testrunner.toml
may not set data_dir, store, server, token_file, username, python, [serve] and [worker].

What is printed can be the content of such a file. With --format json each line is one setting: `key`, `value`, and
`origin` with `kind` (flag, environment, file, default) and `place`.")]
pub(crate) struct ShowConfigArgs {
    /// Tell where each comes from, too
    #[arg(long)]
    pub(crate) origin: bool,

    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
