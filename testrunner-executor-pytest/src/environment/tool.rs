//! Running a program to its end.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Lines of a failed program's output that are shown.
const LINES: usize = 12;

/// Runs a program and returns what it printed. It is killed when this future is dropped.
///
/// # Errors
/// It cannot be started, takes too long or fails; with the last lines that it printed.
pub(crate) async fn run(mut command: Command, patience: Duration) -> Result<String, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let ended = match tokio::time::timeout(patience, command.output()).await {
        Err(_) => return Err(format!("it did not end within {patience:?}")),
        Ok(Err(error)) => return Err(format!("it cannot be started: {error}")),
        Ok(Ok(ended)) => ended,
    };
    let printed = String::from_utf8_lossy(&ended.stdout).into_owned();
    if ended.status.success() {
        return Ok(printed);
    }
    let said = format!("{printed}\n{}", String::from_utf8_lossy(&ended.stderr));
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
    Err(if last.is_empty() { ended.status.to_string() } else { last })
}
