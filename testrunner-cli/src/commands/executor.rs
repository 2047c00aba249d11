//! The executor of those who run what others submit.

use std::path::Path;

use testrunner_executor_pytest::PytestExecutor;

use crate::failure::Result;
use crate::output::clean::one_line;
use crate::output::screen::say;
use crate::place::Place;

/// One item for each processor.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// `warm` processes are kept ready.
///
/// # Errors
/// It cannot be made.
pub(super) fn pytest(python: Option<&Path>, warm: u16, place: &Place) -> Result<PytestExecutor> {
    let mut executor = PytestExecutor::builder().data_folder(place.folder()).warm(usize::from(warm));
    if let Some(python) = python {
        executor = executor.python(python);
    }
    Ok(executor.build()?)
}

/// Looks for Python, and builds an environment where there is none, before the first Testrun waits for it.
pub(super) fn prepare(executor: PytestExecutor, place: &Place) {
    let folder = place.folder().to_owned();
    tokio::spawn(async move {
        match executor.prepare(&folder).await {
            Ok(found) => {
                tracing::info!(python = %found.python_version, pytest = %found.pytest_version, "ready to run")
            }
            // Each Testrun will say so too; this is for whoever starts it.
            Err(error) => say(&format!("Testruns cannot be run yet: {}", one_line(&error.message))),
        }
    });
}
