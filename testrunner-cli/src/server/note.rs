//! `server.json` in the data folder: tells other commands where the server is that runs here.
//!
//! The server holds a lock on the file for as long as it lives. The system frees it with the process, however that ends;
//! so a note that nobody holds says nothing, and no token goes to the address in it.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result, os_reason};
use crate::place::Place;

const FILE: &str = "server.json";

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Note {
    /// For programs of this machine.
    pub(crate) url: String,
    /// For browsers, where that is another address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) console: Option<String>,
}

/// A note that is believed until this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    file: File,
    path: PathBuf,
}

impl Note {
    /// The server that runs on a data folder. A note that nobody holds says nothing; neither does one that cannot be
    /// read, because whoever needs the server is told that it is not there.
    pub(crate) fn read(place: &Place) -> Option<Self> {
        let file = File::open(path(place)).ok()?;
        // Of the very file that is read: by its name it may be another one a moment later. Shared, so that two who look
        // at the same time do not take each other for the server.
        let is_held = matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock));
        if is_held { serde_json::from_reader(file).ok() } else { None }
    }

    /// The address for browsers.
    pub(crate) fn console(&self) -> &str {
        self.console.as_deref().unwrap_or(&self.url)
    }

    /// Leaves the note, unless another server runs on the same data: that one is found then.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn leave(&self, place: &Place) -> Result<Option<Held>> {
        if Self::read(place).is_some() {
            return Ok(None);
        }
        let path = path(place);
        let file = self.write(place).map_err(|error| {
            Failure::infrastructure(format!("cannot write {}: {}", path.display(), os_reason(&error)))
        })?;
        Ok(Some(Held { file, path }))
    }

    /// The file gets its name only when it is whole and locked.
    fn write(&self, place: &Place) -> io::Result<File> {
        let beside = tempfile::NamedTempFile::new_in(place.folder())?;
        beside.as_file().lock()?;
        serde_json::to_writer(beside.as_file(), self)?;
        beside.persist(path(place)).map_err(|error| error.error)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let inode = |found: std::fs::Metadata| (found.dev(), found.ino());
        let is_own = self.file.metadata().ok().map(inode) == std::fs::metadata(&self.path).ok().map(inode);
        if is_own {
            // One that stays is held by nobody.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn path(place: &Place) -> PathBuf {
    place.folder().join(FILE)
}
