//! The zygote's side in Rust: starts it, has keepers forked and buried, and sees it end.

use std::collections::BTreeMap;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::packet::{Packet, Packets};
use super::pool::Origin;
use super::process::{Process, spawn};
use super::{Job, Keeper, sweep};
use crate::frame::FRAME;

/// How long the zygote may take to bury a keeper, or to leave: longer than it tries to kill what does not die.
const PATIENCE: Duration = Duration::from_secs(15);
/// Most that is shown of what a zygote says when it fails.
const COMPLAINT: u64 = 8 << 10;

/// What it is told. `python/testrunner_runtime/zygote.py` reads it.
#[derive(Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Order<'a> {
    Begin { root: &'a Path, folder: &'a Path, env: BTreeMap<String, String>, stderr: &'a Path },
    Prepare { args: &'a [String], file: &'a str, rehearse: bool },
    Keeper { keeper: u64 },
    Bury { keeper: u64 },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
enum Word {
    Buried { keeper: u64 },
}

/// A zygote that was forked ahead of need and has no Testrun yet. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Waiting {
    control: Packets,
    process: Process,
}

impl Waiting {
    /// The one at the other end, once it has said that it is there.
    pub(crate) async fn at(mut control: Packets) -> io::Result<Self> {
        let Packet::Message(_) = control.receive().await else {
            return Err(io::Error::other("it has ended"));
        };
        let pid = control.sender().ok_or_else(|| io::Error::other("nobody has spoken"))?;
        let process = Process::forked(pid)?;
        Ok(Self { control, process })
    }
}

/// A running zygote. Dropping it closes its socket, upon which it leaves as soon as its keepers have.
#[derive(Debug)]
pub(super) struct Zygote {
    control: Packets,
    process: Process,
    cell: String,
    keepers: u64,
    stderr: PathBuf,
}

impl Zygote {
    /// Starts one for files like `first`, or takes one that waits.
    pub(super) async fn start(origin: &impl Origin, first: &Job) -> io::Result<Self> {
        let (cell, stderr) = (origin.cell(), origin.stderr());
        if let Some(waiting) = origin.waiting(first).await {
            match Self::begin(waiting, origin, first, cell.clone(), stderr.clone()) {
                Ok(zygote) => return Ok(zygote),
                Err(error) => tracing::debug!(%error, "what was started ahead has died"),
            }
        }
        let (control, child) = spawn(origin.command(), &cell, &stderr)?;
        let zygote = Self { control, process: Process::Spawned(child), cell, keepers: 0, stderr };
        zygote.prepare(first, origin.rehearses())?;
        Ok(zygote)
    }

    fn begin(
        waiting: Waiting,
        origin: &impl Origin,
        first: &Job,
        cell: String,
        stderr: PathBuf,
    ) -> io::Result<Self> {
        let Waiting { control, process } = waiting;
        let zygote = Self { control, process, cell, keepers: 0, stderr };
        let mut env = origin.variables();
        env.insert(sweep::MARK.to_owned(), zygote.cell.clone());
        let (root, folder) = (origin.root(), origin.folder());
        zygote.order(&Order::Begin { root, folder, env, stderr: &zygote.stderr })?;
        zygote.prepare(first, false)?;
        Ok(zygote)
    }

    fn prepare(&self, first: &Job, rehearse: bool) -> io::Result<()> {
        self.order(&Order::Prepare { args: &first.args, file: &first.file, rehearse })
    }

    /// Has a keeper forked. Should that fail, the keeper's socket ends before it has started anything.
    pub(super) fn keeper(&mut self) -> io::Result<Keeper> {
        let (control, theirs) = Packets::pair()?;
        self.keepers += 1;
        let order = serde_json::to_vec(&Order::Keeper { keeper: self.keepers })?;
        // Should it be gone already, the end of the keeper's socket says so.
        let _ = self.control.send_with(&order, &[theirs.as_fd()]);
        Ok(Keeper::new(control, self.keepers, self.cell.clone()))
    }

    /// Has a keeper killed with all that it kept. Tells whether the zygote could still do it.
    pub(super) async fn bury(&mut self, keeper: u64) -> bool {
        if self.order(&Order::Bury { keeper }).is_err() {
            return false;
        }
        let answered = async {
            loop {
                let Packet::Message(packet) = self.control.receive().await else { return false };
                match serde_json::from_slice(packet) {
                    Ok(Word::Buried { keeper: buried }) if buried == keeper => return true,
                    // The answer to somebody who did not wait for it.
                    Ok(Word::Buried { .. }) => {}
                    Err(_) => return false,
                }
            }
        };
        tokio::time::timeout(PATIENCE, answered).await.unwrap_or(false)
    }

    /// Whether it has ended.
    pub(super) fn is_dead(&mut self) -> bool {
        self.process.is_dead()
    }

    /// Whether it is the one that forked this keeper.
    pub(super) fn is_of(&self, keeper: &Keeper) -> bool {
        self.cell == keeper.cell
    }

    /// Takes its leave. All its keepers must have been told to leave, or it is not going to.
    pub(super) async fn leave(self) {
        let Self { control, mut process, cell, .. } = self;
        drop(control);
        if tokio::time::timeout(PATIENCE, process.wait()).await.is_err() {
            process.kill().await;
            let _ = tokio::task::spawn_blocking(move || sweep::sweep(&cell)).await;
        }
    }

    /// Kills it. Returns what was said on standard error.
    pub(super) async fn kill(mut self) -> String {
        self.process.kill().await;
        let said = tokio::task::spawn_blocking(move || complaint(&self.stderr)).await;
        said.ok().and_then(Result::ok).unwrap_or_default()
    }

    /// What was said on standard error so far.
    pub(super) fn said(&self) -> String {
        complaint(&self.stderr).unwrap_or_default()
    }

    fn order(&self, order: &Order<'_>) -> io::Result<()> {
        let order = serde_json::to_vec(order)?;
        if order.len() > FRAME {
            return Err(io::Error::other("the arguments for pytest are longer than 64 KiB"));
        }
        self.control.send(&order)
    }
}

fn complaint(stderr: &Path) -> io::Result<String> {
    let mut file = fs::File::open(stderr)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(COMPLAINT)))?;
    let mut said = Vec::new();
    file.read_to_end(&mut said)?;
    Ok(String::from_utf8_lossy(&said).trim().to_owned())
}
