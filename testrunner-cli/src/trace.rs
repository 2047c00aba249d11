//! What goes on inside, for those who ask. Without being asked nothing of it is shown: what people must know
//! is said by the commands themselves.

use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, Result};

const VARIABLE: &str = "TESTRUNNER_LOG";

/// Whether standard error is shared with log lines.
pub(crate) fn is_wanted(verbose: u8) -> bool {
    verbose > 0 || std::env::var_os(VARIABLE).is_some_and(|filter| !filter.is_empty())
}

/// Sends log lines to standard error.
///
/// # Errors
/// The filter cannot be understood.
pub(crate) fn begin(verbose: u8) -> Result<()> {
    if !is_wanted(verbose) {
        return Ok(());
    }
    let filter = match std::env::var(VARIABLE).ok().filter(|filter| !filter.is_empty()) {
        Some(filter) => EnvFilter::try_new(&filter).map_err(|error| {
            Failure::usage(format!("{VARIABLE} cannot be understood: {error}"))
                .hint("write it like debug, or testrunner_core=trace,warn")
        })?,
        None => EnvFilter::new(match verbose {
            1 => "warn,testrunner_core=info,testrunner_store_sqlite=info,testrunner_executor_pytest=info",
            2 => "info,testrunner_core=debug,testrunner_store_sqlite=debug,testrunner_executor_pytest=debug",
            _ => "debug,testrunner_core=trace,testrunner_store_sqlite=trace,testrunner_executor_pytest=trace",
        }),
    };
    let colours = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second subscriber in one process is a mistake of ours that costs nothing but log lines.
    let _ = lines.with_ansi(colours).try_init();
    Ok(())
}
