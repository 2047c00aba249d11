//! The process of a zygote: a child of this program, or of a stem.

use std::io;
use std::path::Path;
use std::process::Stdio;

use fs_err as fs;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::io::Interest;
use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};

use super::packet::Packets;
use super::sweep::MARK;

/// Starts a process that forks others: with a control socket as its standard input, a mark by which it is found, and a
/// file to complain in. Not killed on drop: who is killed could not see those leave that it has forked.
pub(crate) fn spawn(mut command: Command, mark: &str, stderr: &Path) -> io::Result<(Packets, Child)> {
    let (control, theirs) = Packets::pair()?;
    command.env(MARK, mark).process_group(0).stdin(Stdio::from(theirs)).stdout(Stdio::null());
    // A file, not a pipe: nobody has to read along, and forks may hold it for long.
    command.stderr(Stdio::from(fs::File::create(stderr)?.into_parts().0));
    // The command holds its copy of the socket, which is closed with it, for an end of file to be seen.
    Ok((control, command.spawn()?))
}

#[derive(Debug)]
pub(crate) enum Process {
    /// Started by us.
    Spawned(Child),
    /// Forked by a process that was. Another that gets its number is not taken for it: this is a descriptor of the
    /// process. It is no pipe, but can be waited for as one.
    Forked(Receiver),
}

impl Process {
    /// A process that has just spoken, or whose status was not taken yet, so that the number is its own.
    pub(crate) fn forked(pid: Pid) -> io::Result<Self> {
        let process = pidfd_open(pid, PidfdFlags::empty())?;
        Ok(Self::Forked(Receiver::from_owned_fd_unchecked(process)?))
    }

    pub(super) fn is_dead(&mut self) -> bool {
        match self {
            Self::Spawned(child) => !matches!(child.try_wait(), Ok(None)),
            Self::Forked(process) => process.try_io(|| Ok(())).is_ok(),
        }
    }

    /// Returns when it has ended. Cancel-safe.
    pub(crate) async fn wait(&mut self) {
        // An error means that there is nothing to wait for.
        match self {
            Self::Spawned(child) => drop(child.wait().await),
            Self::Forked(process) => drop(process.ready(Interest::READABLE).await),
        }
    }

    /// Kills it, and waits for its end.
    pub(super) async fn kill(&mut self) {
        match self {
            Self::Spawned(child) => drop(child.kill().await),
            Self::Forked(process) => {
                if pidfd_send_signal(&*process, Signal::KILL).is_ok() {
                    self.wait().await;
                }
            }
        }
    }
}
