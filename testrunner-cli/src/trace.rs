//! What goes on inside, for those who ask. Without being asked nothing of it is shown: what people must know
//! is said by the commands themselves.

use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, LogFormat};
use crate::failure::{Failure, Result};

const VARIABLE: &str = "TESTRUNNER_LOG";

/// What is written, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines {
    verbose: u8,
    /// A server writes without being asked, in this format.
    server: Option<LogFormat>,
}

impl Lines {
    pub(crate) const fn of(cli: &Cli) -> Self {
        let server = match &cli.command {
            Command::Serve(args) => Some(args.log_format),
            Command::Worker(args) => Some(args.log_format),
            _ => None,
        };
        Self { verbose: cli.global.verbose, server }
    }

    fn is_wanted(self) -> bool {
        let filter = std::env::var_os(VARIABLE).is_some_and(|filter| !filter.is_empty());
        self.verbose > 0 || self.server.is_some() || filter
    }
}

/// Sends log lines to standard error.
///
/// # Errors
/// The filter cannot be understood.
pub(crate) fn begin(lines: Lines) -> Result<()> {
    if !lines.is_wanted() {
        return Ok(());
    }
    let filter = match std::env::var(VARIABLE).ok().filter(|filter| !filter.is_empty()) {
        Some(filter) => EnvFilter::try_new(&filter).map_err(|error| {
            Failure::usage(format!("{VARIABLE} cannot be understood: {error}"))
                .hint("write it like debug, or testrunner_core=trace,warn")
        })?,
        None => EnvFilter::new(filter(lines.verbose)),
    };
    let colours = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let written = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Told where the lines themselves could not be written, it would end the program.
    let written = written.log_internal_errors(false);
    // A second subscriber in one process is a mistake of ours that costs nothing but log lines.
    let _ = match lines.server {
        Some(LogFormat::Json) => written.json().flatten_event(true).try_init(),
        Some(LogFormat::Text) | None => written.with_ansi(colours).try_init(),
    };
    Ok(())
}

/// From what on the program's own rooms and those of others are told.
fn filter(verbose: u8) -> String {
    let (others, own) = match verbose {
        0 | 1 => ("warn", "info"),
        2 => ("info", "debug"),
        _ => ("debug", "trace"),
    };
    // All crates of this project begin like that.
    format!("{others},testrunner={own}")
}
