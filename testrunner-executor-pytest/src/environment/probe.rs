//! Asking an interpreter what it is and whether it has pytest, without importing pytest.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::tool;

/// An answer takes some 40 ms; a cold disk or a shim may be much slower.
const PATIENCE: Duration = Duration::from_secs(30);

/// The oldest pytest that the plugin works with.
const OLDEST: u32 = 7;

// The empty entry of the path is the working directory, where a file may have any name.
const QUESTION: &str = "
import sys
sys.path[:] = [entry for entry in sys.path if entry]
if sys.version_info < (3, 8):
    sys.exit('Python %d.%d is too old, 3.8 is needed' % sys.version_info[:2])
import importlib.metadata, importlib.util, json, os
pytest = None
if importlib.util.find_spec('pytest'):
    try:
        pytest = importlib.metadata.version('pytest')
    except importlib.metadata.PackageNotFoundError:
        pytest = 'unknown'
print(json.dumps({
    'python': sys.executable,
    'real': os.path.realpath(sys.executable),
    'version': '%d.%d.%d' % sys.version_info[:3],
    'pytest': pytest,
}))
";

/// What an interpreter says of itself.
#[derive(Debug, Deserialize)]
pub(super) struct Probed {
    /// Its own path, which is not that of a shim.
    pub(super) python: PathBuf,
    /// The same without links.
    pub(super) real: PathBuf,
    /// Its version.
    pub(super) version: String,
    /// Version of its pytest.
    pub(super) pytest: Option<String>,
}

impl Probed {
    /// Why its pytest is of no use; `None` when it has none, or one that will do.
    pub(super) fn too_old(&self) -> Option<String> {
        let version = self.pytest.as_deref()?;
        let major: u32 = version.split('.').next()?.parse().ok()?;
        (major < OLDEST).then(|| format!("its pytest {version} is too old, {OLDEST} is needed"))
    }
}

/// Asks.
///
/// # Errors
/// Why it is of no use, for people to read.
pub(super) async fn probe(python: &Path) -> Result<Probed, String> {
    let mut command = Command::new(python);
    command.arg("-c").arg(QUESTION).stdin(Stdio::null());
    let answer = tool::run(command, PATIENCE).await?;
    let line = answer.lines().last().unwrap_or_default();
    serde_json::from_str(line).map_err(|_| format!("it answered {line:?}"))
}
