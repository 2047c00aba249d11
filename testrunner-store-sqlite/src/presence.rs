//! Which processes are alive: each open store holds a lock on a file of its own beside the database. The
//! operating system frees the lock when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use testrunner_core::ProcessId;

/// Folder and file can vanish between two steps, when others leave; then it is tried again.
const TRIES: u32 = 10;

/// The sign that this process is alive.
#[derive(Debug)]
pub(crate) struct Presence {
    id: ProcessId,
    folder: PathBuf,
    lock: Mutex<Option<File>>,
}

impl Presence {
    /// Registers the calling process beside the database.
    pub(crate) fn register(database: &Path) -> io::Result<Self> {
        let mut folder = database.as_os_str().to_owned();
        folder.push(".processes");
        let folder = PathBuf::from(folder);
        let id = ProcessId::unique();
        let mut tries = 0;
        let lock = loop {
            tries += 1;
            match lock_new(&folder, &id) {
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < TRIES => {}
                other => break other?,
            }
        };
        Ok(Self { id, folder, lock: Mutex::new(Some(lock)) })
    }

    pub(crate) const fn id(&self) -> &ProcessId {
        &self.id
    }

    /// Whether the process of this name still has its store open. A file that cannot be looked at counts as
    /// alive: to wait is safe, to take over is not.
    pub(crate) fn is_alive(&self, id: &str) -> bool {
        if id == self.id.0 {
            return true;
        }
        // Only names that we could have made; anything else would look at files elsewhere.
        if id.is_empty() || id.starts_with('.') || id.contains(['/', '\\', '\0']) {
            return false;
        }
        is_locked(&self.folder.join(id))
    }

    /// Removes the files of processes that are gone.
    pub(crate) fn tidy(&self) {
        let Ok(entries) = fs_err::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let is_own = name.to_str().is_none_or(|name| name == self.id.0);
            if !is_own && !is_locked(&entry.path()) {
                // Best effort: a file without a lock means nothing to anybody. Whoever was about to lock it
                // makes another one.
                let _ = fs_err::remove_file(entry.path());
            }
        }
    }

    /// Gives the name up. What is pinned to it may be ended by others from now on.
    pub(crate) fn leave(&self) {
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lock) = lock {
            let _ = fs_err::remove_file(self.folder.join(&self.id.0));
            drop(lock);
            // Fails while others are there, as it should.
            let _ = fs_err::remove_dir(&self.folder);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The file gets its name only when it is locked, so that nobody ever sees it free while we live.
fn lock_new(folder: &Path, id: &ProcessId) -> io::Result<File> {
    create_folder(folder)?;
    let draft = folder.join(format!(".{id}"));
    let file = create_private(&draft)?;
    let locked = file.lock().and_then(|()| fs_err::rename(&draft, folder.join(&id.0)));
    if locked.is_err() {
        let _ = fs_err::remove_file(&draft);
    }
    locked.map(|()| file)
}

fn is_locked(path: &Path) -> bool {
    match File::open(path) {
        // Shared, so that two who look at the same time do not take each other for the owner.
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => true,
        },
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Opens a file for writing; if it is created, only its owner may read it.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alive_until_it_leaves() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let database = folder.path().join("db");
        let (one, two) = (Presence::register(&database)?, Presence::register(&database)?);
        assert!(one.is_alive(&two.id.0) && two.is_alive(&one.id.0) && one.is_alive(&one.id.0));
        assert!(!one.is_alive("1-never") && !one.is_alive("../db") && !one.is_alive(""));
        two.leave();
        assert!(!one.is_alive(&two.id.0));
        drop(one);
        assert!(!folder.path().join("db.processes").exists());
        Ok(())
    }

    #[test]
    fn what_the_dead_left_is_removed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let one = Presence::register(&folder.path().join("db"))?;
        fs_err::write(one.folder.join("7-dead"), "")?;
        // Killed before it had its name.
        fs_err::write(one.folder.join(".8-dead"), "")?;
        assert!(!one.is_alive("7-dead"));
        one.tidy();
        assert!(!one.folder.join("7-dead").exists() && !one.folder.join(".8-dead").exists());
        assert!(one.folder.join(&one.id.0).exists());
        Ok(())
    }
}
