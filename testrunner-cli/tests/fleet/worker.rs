//! A worker on a host of its own.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::fleet::Setup;
use super::net::Host;
use crate::witness::Result;
use crate::witness::victim::{Victim, Whom, family};

/// What a killed worker has started is gone after this.
const CLEAN: Duration = Duration::from_secs(10);
/// Sessions without work are kept for half a minute, also the keepers of one whose fork server was killed.
const TIDY: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// How it gets its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Database,
    Server,
}

pub(crate) struct Worker {
    pub(crate) name: &'static str,
    pub(crate) host: Host,
    slots: u16,
    process: Option<Victim>,
}

impl Worker {
    pub(crate) const fn new(name: &'static str, host: Host, slots: u16) -> Self {
        Self { name, host, slots, process: None }
    }

    pub(crate) fn start(&mut self, by: By, setup: &Setup) -> Result {
        let mut command = setup.program(self.name)?;
        command.args(["worker", "--isolation", "none", "--drain", "10s", "--name", self.name]);
        command.arg("--slots").arg(self.slots.to_string()).arg("--python").arg(&setup.python);
        match by {
            By::Database => setup.at_database(&mut command),
            By::Server => {
                command.args(["--server", &setup.url(), "--plain-http", "--token-file"]);
                command.arg(setup.token_file("worker"));
            }
        }
        self.process = Some(self.host.start(command)?);
        Ok(())
    }

    fn process(&mut self) -> Result<&mut Victim> {
        Ok(self.process.as_mut().ok_or("the worker is not there")?)
    }

    pub(crate) fn signal(&mut self, signal: Signal) -> Result {
        self.process()?.signal(signal)
    }

    /// Kills one of its processes, or all.
    pub(crate) fn kill(&mut self, whom: Whom) -> Result {
        if self.process()?.kill(whom)? { Ok(()) } else { Err("the worker ended by itself".into()) }
    }

    /// Waits until nothing is left of a worker that was killed, and tells how long that took.
    pub(crate) fn is_gone(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        if let Some(mut process) = self.process.take() {
            process.end(CLEAN)?;
        }
        loop {
            let left = self.host.processes()?;
            if left.is_empty() {
                return Ok(begun.elapsed());
            }
            if begun.elapsed() > CLEAN {
                return Err(format!("{} left these processes: {:?}", self.name, commands(&left)).into());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Ends it in order.
    pub(crate) fn stop(&mut self) -> Result {
        let process = self.process()?;
        process.signal(Signal::TERM)?;
        let status = process.end(Duration::from_secs(20))?;
        if !status.success() {
            return Err(format!("{} ended {status}", self.name).into());
        }
        self.is_gone().map(drop)
    }

    /// Waits until nothing is on its host that an idle worker does not have: no process of tests, no folder of the dead.
    pub(crate) fn is_tidy(&mut self, setup: &Setup) -> Result {
        if let Ok(status) = self.process()?.end(Duration::ZERO) {
            return Err(format!("{} ended by itself: {status}", self.name).into());
        }
        let begun = Instant::now();
        loop {
            let family = family(self.process()?.pid()?)?;
            let strangers: Vec<i32> =
                self.host.processes()?.into_iter().filter(|pid| !family.contains(pid)).collect();
            let tests: Vec<i32> =
                family.iter().copied().filter(|pid| command(*pid).starts_with("sleep")).collect();
            let folders = dead_folders(&setup.temporary(self.name))?;
            if strangers.is_empty() && tests.is_empty() && folders.is_empty() {
                return Ok(());
            }
            if begun.elapsed() > TIDY {
                let (strangers, tests) = (commands(&strangers), commands(&tests));
                return Err(format!("{}: {strangers:?} {tests:?} {folders:?} are left", self.name).into());
            }
            std::thread::sleep(PAUSE);
        }
    }
}

/// Folders whose owner has died: nobody holds their lock.
fn dead_folders(parent: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(parent)?.flatten() {
        let Ok(lock) = File::open(entry.path().join("lock")) else { continue };
        match lock.try_lock() {
            Ok(()) => found.push(entry.path()),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Ok(found)
}

fn commands(pids: &[i32]) -> Vec<String> {
    pids.iter().map(|pid| format!("{pid} {}", command(*pid))).collect()
}

fn command(pid: i32) -> String {
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&words).replace('\0', " ")
}
