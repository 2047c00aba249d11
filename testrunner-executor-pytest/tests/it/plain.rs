//! What `pytest FILE` says of a file, by its exit code, as a CI would read it.

use std::fmt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use crate::harness;

/// How long it may take where nothing is to be waited for, and how long where nothing will come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Set for all that it starts, so that what it leaves behind is found again.
const MARK: &str = "TESTRUNNER_TEST_PLAIN_FILE";

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// With this exit code, which a shell makes from a signal by adding 128.
    Exit(i32),
    /// Killed, and who waited for it too.
    Killed,
    /// Not within its time.
    Hangs,
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit {code}"),
            Self::Killed => f.write_str("killed"),
            Self::Hangs => f.write_str("hangs"),
        }
    }
}

/// Runs a file with pytest alone. Nothing of it is left afterwards.
pub(crate) async fn plain(root: &Path, file: &str, timeout: Option<Duration>) -> Plain {
    let python = harness::executor().await.prepare(Path::new("/")).await.unwrap().python;
    let mark = format!("{file}-{}", std::process::id());
    // Below a shell, because some kill their parent.
    let mut command = Command::new("sh");
    command.args(["-c", "\"$@\"; exit $?", "sh"]).arg(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", file]);
    command.current_dir(root).env(MARK, &mark);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let mut shell = command.spawn().unwrap();
    let plain = match tokio::time::timeout(timeout.unwrap_or(PATIENCE), shell.wait()).await {
        Ok(status) => status.unwrap().code().map_or(Plain::Killed, Plain::Exit),
        Err(_) => Plain::Hangs,
    };
    while kill_marked(format!("{MARK}={mark}").as_bytes()) {
        tokio::task::yield_now().await;
    }
    plain
}

/// Kills what has this in its environment. Tells whether there was anything.
fn kill_marked(wanted: &[u8]) -> bool {
    let mut any = false;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|variable| variable == wanted) {
            // An error means that it has just ended.
            let _ = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
            any = true;
        }
    }
    any
}
