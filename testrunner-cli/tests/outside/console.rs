//! The console in a real browser, on the real binary: what Playwright's specs in `testrunner-http/console/e2e` do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// Playwright, when the console's development packages are installed and there is a browser for it.
pub(crate) fn playwright(chromium: Option<PathBuf>) -> Option<PathBuf> {
    chromium?;
    let cli = folder().join("node_modules/@playwright/test/cli.js");
    cli.is_file().then_some(cli)
}

/// Every spec.
pub(crate) fn in_a_browser(playwright: PathBuf) -> Result {
    let environments = Path::new(env!("CARGO_TARGET_TMPDIR")).join("environments");
    let mut command = Command::new("node");
    command.arg(playwright).args(["test", "--reporter=list"]).current_dir(folder()).stdin(Stdio::null());
    command.env("TESTRUNNER_BIN", env!("CARGO_BIN_EXE_testrunner"));
    command.env("TESTRUNNER_E2E_ENVIRONMENTS", environments);
    if let Some(chromium) = crate::chromium() {
        command.env("TESTRUNNER_TEST_CHROMIUM", chromium);
    }
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{}\n{said}\n{errors}", output.status).into())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testrunner-http/console")
}
