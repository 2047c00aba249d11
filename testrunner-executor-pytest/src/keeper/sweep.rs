//! The last resort: finding processes by a mark in their environment, when the keeper itself was killed.

use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The variable that marks the processes of one keeper.
pub(crate) const MARK: &str = "TESTRUNNER_CELL";

/// Kills all processes whose environment says that they belong to `cell`, until none is found or time is up.
/// A process that started with another environment is not found.
pub(crate) fn sweep(cell: &str) {
    kill_all(cell, |mark| mark == cell.as_bytes());
}

/// The same for everything of a session that has this folder.
pub(crate) fn sweep_session(folder: &str) {
    let cells = format!("{folder}.");
    kill_all(folder, |mark| mark.starts_with(cells.as_bytes()));
}

fn kill_all(whose: &str, is_theirs: impl Fn(&[u8]) -> bool) {
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        let found = marked(&is_theirs);
        if found.is_empty() {
            return;
        }
        for pid in found {
            // An error means that it has just ended.
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    tracing::warn!(whose, "processes of a test file could not be killed");
}

fn marked(is_theirs: impl Fn(&[u8]) -> bool) -> Vec<Pid> {
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number: &i32| {
            let environment = std::fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
            let mut variables = environment.split(|byte| *byte == 0);
            let mark =
                variables.find_map(|variable| variable.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="));
            mark.is_some_and(&is_theirs)
        })
        .filter_map(Pid::from_raw)
        .collect()
}
