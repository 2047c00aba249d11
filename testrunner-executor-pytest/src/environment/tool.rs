//! Running a program to its end.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Lines of a failed program's output that are shown.
const LINES: usize = 12;

/// Runs its arguments as a command, in a process group with one that waits for the end of our pipe and then kills the
/// group. The pipe ends with this program too, however that comes.
const GUARD: &str = "\
exec 3<&0 </dev/null
(read -r _ <&3; kill -KILL 0) >/dev/null 2>&1 &
\"$@\" 3<&-
status=$?
exec 2>/dev/null
kill -KILL $!
wait $!
exit $status";

/// A command for a program that takes a while or starts others: all are killed when [`run`] is dropped, and when this
/// program ends. A process that leaves its group is not found.
pub(crate) fn guarded(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARD, "sh"]).arg(program).stdin(Stdio::piped()).process_group(0);
    command
}

/// Runs a program and returns what it printed. It is killed when this future is dropped, alone unless it is [`guarded`].
///
/// # Errors
/// It cannot be started, takes too long or fails; with the last lines that it printed.
pub(crate) async fn run(mut command: Command, patience: Duration) -> Result<String, String> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
    // Closed when this ends, which the guard waits for; a child that is waited for would close it at once.
    let _guard = child.stdin.take();
    let ended = match tokio::time::timeout(patience, child.wait_with_output()).await {
        Err(_) => return Err(format!("it did not end within {patience:?}")),
        Ok(Err(error)) => return Err(format!("it cannot be waited for: {error}")),
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
