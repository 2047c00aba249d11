//! A program with its process tree, and the ways in which it is killed.

use std::collections::BTreeMap;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::Result;

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whom {
    Program,
    Zygote,
    Keeper,
    Child,
    /// The program and all that it has started.
    All,
}

pub(crate) struct Victim(Child);

impl Victim {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        Ok(Self(command.spawn()?))
    }

    /// Kills as soon as there is such a process. Tells whether the program had not ended before.
    pub(crate) fn kill(&mut self, whom: Whom) -> Result<bool> {
        let program = self.pid()?;
        loop {
            if self.0.try_wait()?.is_some() {
                return Ok(false);
            }
            let found = targets(program, whom)?;
            for pid in found.iter().copied().filter_map(Pid::from_raw) {
                // An error means that it has just ended.
                let _ = kill_process(pid, Signal::KILL);
            }
            if !found.is_empty() {
                return Ok(true);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// The number of its process.
    pub(crate) fn pid(&self) -> Result<i32> {
        Ok(i32::try_from(self.0.id())?)
    }

    /// Sends a signal to the program alone.
    pub(crate) fn signal(&self, signal: Signal) -> Result {
        let pid = Pid::from_raw(self.pid()?).ok_or("a process has a number")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self, within: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + within;
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > deadline {
                return Err(format!("it still ran after {within:?}").into());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        // It has ended where the test was content.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program and all that descends from it.
pub(crate) fn family(program: i32) -> Result<Vec<i32>> {
    let (tree, mut family) = (Tree::read()?, vec![program]);
    let mut children = tree.below(&family, |_| true);
    while !children.is_empty() {
        family.extend(&children);
        children = tree.below(&children, |_| true);
    }
    Ok(family)
}

fn targets(program: i32, whom: Whom) -> Result<Vec<i32>> {
    let tree = Tree::read()?;
    let zygotes = tree.below(&[program], |pid| command(pid).contains("supervisor.py"));
    let keepers = tree.below(&zygotes, |_| true);
    let children = tree.below(&keepers, |_| true);
    Ok(match whom {
        Whom::Program => vec![program],
        Whom::Zygote => zygotes,
        Whom::Keeper => keepers.into_iter().take(1).collect(),
        Whom::Child => children.into_iter().take(1).collect(),
        Whom::All => family(program)?,
    })
}

/// Which process has which children.
struct Tree(BTreeMap<i32, Vec<i32>>);

impl Tree {
    fn read() -> Result<Self> {
        let mut tree = BTreeMap::<i32, Vec<i32>>::new();
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            if let Some(parent) = parent {
                tree.entry(parent).or_default().push(pid);
            }
        }
        Ok(Self(tree))
    }

    fn below(&self, parents: &[i32], is_one: impl Fn(i32) -> bool) -> Vec<i32> {
        let children = parents.iter().filter_map(|parent| self.0.get(parent)).flatten().copied();
        children.filter(|pid| is_one(*pid)).collect()
    }
}

fn command(pid: i32) -> String {
    String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()).into_owned()
}
