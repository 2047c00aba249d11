//! The command line: what can be asked for, and how it is explained.

mod config;
mod copy;
pub(crate) mod hints;
mod plan;
mod run;
mod serve;
pub(crate) mod storage;
mod submit;
mod token;
pub(crate) mod values;
pub(crate) mod worker;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use testrunner_core::{Status, TestrunId};

pub(crate) use self::config::{ConfigCommand, ShowConfigArgs};
pub(crate) use self::copy::CopyArgs;
pub(crate) use self::hints::{BellName, HintArgs, QueueName};
pub(crate) use self::plan::PlanArgs;
pub(crate) use self::run::{HowArgs, RerunArgs, RunArgs, WhatArgs};
pub(crate) use self::serve::ServeArgs;
pub(crate) use self::storage::StoreName;
pub(crate) use self::submit::{SubmitArgs, WatchArgs};
pub(crate) use self::token::TokenCommand;
use self::values::ServerName;
pub(crate) use self::values::{Format, Isolation, LogFormat, Sandbox};
pub(crate) use self::worker::WorkerArgs;

/// Runs batches of tests, keeps every result, and shows them live and later.
#[derive(Debug, Parser)]
#[command(name = "testrunner", version, max_term_width = 100, propagate_version = true)]
#[command(after_help = crate::exit_code::HELP, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "FOLDER", env = "TESTRUNNER_DATA_DIR", hide_env_values = true)]
    #[arg(help = "Folder of the database and of managed environments [default: $XDG_DATA_HOME/testrunner]")]
    pub(crate) data_dir: Option<PathBuf>,

    #[arg(long, global = true, value_name = "URL", env = "TESTRUNNER_STORE", hide_env_values = true)]
    #[arg(value_parser = storage::store)]
    #[arg(
        help = "Database of the Testruns: postgres://user@host/database, or sqlite:PATH [default: the one in the data \
        folder]"
    )]
    pub(crate) store: Option<StoreName>,

    #[arg(long, global = true, value_name = "URL", env = "TESTRUNNER_SERVER", hide_env_values = true)]
    #[arg(value_parser = values::server)]
    #[arg(
        help = "Server to ask instead of what is stored here, like http://127.0.0.1:7878; `local` for none"
    )]
    pub(crate) server: Option<ServerName>,

    #[arg(long, global = true, value_name = "FILE", env = "TESTRUNNER_TOKEN_FILE", hide_env_values = true)]
    #[arg(
        help = "File with the token for the server; TESTRUNNER_TOKEN has the token itself [default: token in the \
        data folder, for the server of this machine]"
    )]
    pub(crate) token_file: Option<PathBuf>,

    #[arg(long, global = true, value_name = "FILE", env = "TESTRUNNER_CONFIG", hide_env_values = true)]
    #[arg(help = "File with settings, read instead of all others; `config show --origin` tells what counts")]
    pub(crate) config: Option<PathBuf>,

    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    #[arg(help = "When to use colours; NO_COLOR and CLICOLOR_FORCE are honoured")]
    pub(crate) color: clap::ColorChoice,

    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    #[arg(help = "Tell on standard error what goes on inside, -vv more; TESTRUNNER_LOG filters by module")]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run test files here and now
    Run(RunArgs),
    /// Show how test files would be run and when they would be done, without running them
    Plan(PlanArgs),
    /// Send test files to a server, which runs them
    Submit(SubmitArgs),
    /// Run the files of a Testrun again
    Rerun(RerunArgs),
    /// List Testruns, newest first
    List(ListArgs),
    /// Show a Testrun: its files, and the cases that were not good with their output
    Show(ShowArgs),
    /// Print what the tests of a Testrun wrote
    Logs(LogsArgs),
    /// Ask a Testrun to stop
    Cancel {
        /// The Testrun
        #[arg(value_name = "ID", value_parser = id)]
        id: TestrunId,
    },
    /// Remove Testruns that have ended, with all that is stored of them
    Delete {
        /// The Testruns
        #[arg(value_name = "ID", required = true, value_parser = id)]
        ids: Vec<TestrunId>,
    },
    /// Write a Testrun as JUnit XML
    Junit {
        /// The Testrun
        #[arg(value_name = "ID", value_parser = id)]
        id: TestrunId,
        /// Where to write it [default: standard output]
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Check what is stored: the file, and each Testrun against its event log
    Fsck {
        /// Only these Testruns
        #[arg(value_name = "ID", value_parser = id)]
        ids: Vec<TestrunId>,
    },
    /// Copy the database to a file, also while others write
    Backup {
        /// The copy; must not be there yet
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Copy a whole database into another one, and check both
    Copy(CopyArgs),
    /// Serve the HTTP API and run what is submitted
    Serve(ServeArgs),
    /// Run what others submit
    Worker(WorkerArgs),
    /// Open the server's console in a browser
    Open,
    /// Make, list and revoke the tokens of the server on this data folder
    Token {
        /// What to do
        #[command(subcommand)]
        command: TokenCommand,
    },
    /// Show the settings
    Config {
        /// What to do
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print what makes a shell complete commands and options
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Check that this machine has all that is needed
    Doctor {
        /// Python interpreter to check as `run --python` would use it
        #[arg(long, value_name = "PATH", env = "TESTRUNNER_PYTHON", hide_env_values = true)]
        python: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "With --format json each line is one Testrun, as in the HTTP API, without its files.")]
pub(crate) struct ListArgs {
    /// Only with this status: CREATED, RUNNING, FAILED or SUCCESS
    #[arg(long, value_name = "STATUS", value_parser = status)]
    pub(crate) status: Option<Status>,
    /// Only of this user
    #[arg(long, value_name = "NAME")]
    pub(crate) username: Option<String>,
    /// Most Testruns to list
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) number: u32,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "With --format json one document is printed: the Testrun as in the HTTP API, and \
    `cases` with every case that counts.")]
pub(crate) struct ShowArgs {
    /// The Testrun
    #[arg(value_name = "ID", value_parser = id)]
    pub(crate) id: TestrunId,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = "Into a file or a pipe the bytes go exactly as they were written; on a terminal \
    control characters are taken out.")]
pub(crate) struct LogsArgs {
    /// The Testrun
    #[arg(value_name = "ID", value_parser = id)]
    pub(crate) id: TestrunId,
    /// Go on until the Testrun has ended
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only of this file
    #[arg(long, value_name = "PATH")]
    pub(crate) file: Option<String>,
}

fn id(text: &str) -> Result<TestrunId, String> {
    let id: Option<TestrunId> = text.parse().ok().filter(|id: &TestrunId| id.0 > 0);
    id.ok_or_else(|| "an id is a whole number from 1 on".to_owned())
}

fn status(text: &str) -> Result<Status, String> {
    let upper = text.to_ascii_uppercase();
    upper.parse().map_err(|_| "a status is CREATED, RUNNING, FAILED or SUCCESS".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_two_dashes_is_passed_on() {
        let cli = Cli::try_parse_from(["testrunner", "run", "a.py", "-k", "x", "--", "-p", "no:foo"]);
        let Ok(Cli { command: Command::Run(args), .. }) = cli else { panic!("{cli:?}") };
        assert_eq!(args.paths, ["a.py"].map(PathBuf::from));
        assert_eq!(args.what.extra, ["-p", "no:foo"]);
    }

    #[test]
    fn bad_values_are_refused() {
        for bad in [
            &["run", "-j", "0"][..],
            &["run", "-j", "many"],
            &["run", "--maxfail", "0"],
            &["run", "--repeat", "0"],
            &["run", "--slow", "0"],
            &["run", "-x", "--maxfail", "2"],
            &["run", "--timeout", "soon"],
            &["run", "--max-log", "much"],
            &["run", "--format", "xml"],
            &["plan", "-j", "0"],
            &["plan", "--json", "--format", "human"],
            &["list", "-n", "0"],
            &["list", "--status", "DONE"],
            &["show", "0"],
            &["show", "-1"],
            &["show", "abc"],
            &["show"],
            &["delete"],
            &["submit"],
            &["submit", "a.py", "--priority", "101"],
            &["submit", "a.py", "--wait", "--follow"],
            &["serve", "--bind", "here"],
            &["serve", "--allowed-host", "https://x"],
            &["run", "--timeout", "0"],
            &["run", "--grace", "51s"],
            &["token", "create", "--role", "admin", "--name", "x", "--lifetime", "0"],
            &["serve", "--isolation", "full"],
            &["token", "create", "--role", "king", "--name", "x"],
            &["list", "--server", "here"],
        ] {
            let args = std::iter::once("testrunner").chain(bad.iter().copied());
            assert!(Cli::try_parse_from(args).is_err(), "{bad:?}");
        }
    }
}
