//! `server.json` in the data folder: tells other commands where the server is that runs here.

use std::path::PathBuf;

use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result, os_reason};
use crate::place::Place;

const FILE: &str = "server.json";

/// Where a server is, and which process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) url: String,
    pub(crate) pid: i32,
}

impl Note {
    /// The server that runs on a data folder. A note whose process is gone, or is somebody else's by now, says nothing;
    /// neither does one that cannot be read, because whoever needs the server is told that it is not there.
    pub(crate) fn read(place: &Place) -> Option<Self> {
        let text = std::fs::read_to_string(path(place)).ok()?;
        let note: Self = serde_json::from_str(&text).ok()?;
        let is_ours = Pid::from_raw(note.pid).is_some_and(|pid| test_kill_process(pid).is_ok());
        (is_ours && is_server(note.pid)).then_some(note)
    }

    /// Leaves the note, unless another server runs on the same data: that one is found then.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, place: &Place) -> Result<()> {
        if Self::read(place).is_some_and(|other| other.pid != self.pid) {
            return Ok(());
        }
        let write = || {
            let beside = tempfile::NamedTempFile::new_in(place.folder())?;
            serde_json::to_writer(beside.as_file(), self)?;
            beside.persist(path(place)).map_err(|error| error.error)
        };
        write().map(drop).map_err(|error| {
            Failure::infrastructure(format!("cannot write {}: {}", path(place).display(), os_reason(&error)))
        })
    }

    /// Takes the note away, if it is still this one.
    pub(crate) fn remove(&self, place: &Place) {
        if Self::read(place).as_ref() == Some(self) {
            // One that stays is seen to be stale by its process.
            let _ = std::fs::remove_file(path(place));
        }
    }
}

/// Whether this process is a server at all: numbers of processes are used again, and a token goes to the address.
fn is_server(pid: i32) -> bool {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    command.split(|byte| *byte == 0).any(|word| word == b"serve")
}

fn path(place: &Place) -> PathBuf {
    place.folder().join(FILE)
}
