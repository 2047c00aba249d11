//! Folders that are not left behind, however their process ends.

use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::process::geteuid;

/// Held by the owner. The operating system frees the lock when the process ends, however it ends.
const LOCK: &str = "lock";
/// What the folder is for; the lock lies beside it, out of the way.
const FILES: &str = "files";
/// A new folder can be swept before it is locked; one that is removed can still be written to.
const TRIES: u32 = 10;

/// A folder of this process for as long as it is needed. Removed when dropped; what a killed process left is
/// removed by the next [`sweep`](Self::sweep).
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    files: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes a folder below `parent`, for its owner only, with a name that begins with `prefix`.
    ///
    /// # Errors
    /// It cannot be made, or the disk has no locks.
    pub fn new_in(parent: &Path, prefix: &str) -> io::Result<Self> {
        for _ in 0..TRIES {
            match Self::make(parent, prefix) {
                Ok(Some(made)) => return Ok(made),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound && parent.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("others keep removing what is made there"))
    }

    /// `None` when it was swept before it was locked.
    fn make(parent: &Path, prefix: &str) -> io::Result<Option<Self>> {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent)?.keep();
        let lock = File::create_new(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) if lock.metadata()?.nlink() > 0 => {}
            Ok(()) | Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => {
                remove(&folder);
                return Err(error);
            }
        }
        let files = folder.join(FILES);
        let made = Self { folder, files, _lock: lock };
        std::fs::create_dir(&made.files)?;
        Ok(Some(made))
    }

    /// The folder to use.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.files
    }

    /// The folder with the lock: what others need to know who want to see whether its owner lives.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Removes it already now.
    pub fn remove(&self) {
        remove(&self.folder);
    }

    /// Removes what killed processes of this user left below `parent` under names that begin with `prefix`.
    /// `before` is told each name first. What cannot be removed stays for the next sweep.
    pub fn sweep(parent: &Path, prefix: &str, mut before: impl FnMut(&str)) {
        let Ok(entries) = std::fs::read_dir(parent) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str().filter(|name| name.starts_with(prefix)) else { continue };
            let ours = |meta: std::fs::Metadata| meta.is_dir() && meta.uid() == geteuid().as_raw();
            if !entry.metadata().is_ok_and(ours) {
                continue;
            }
            match File::open(entry.path().join(LOCK)) {
                // Removed while it is locked: two who sweep do not meet in it.
                Ok(lock) if lock.try_lock().is_ok() => {
                    before(name);
                    remove(&entry.path());
                }
                Ok(_) => {}
                // Killed before it was locked, or about to be; fails where there is more in it.
                Err(_) => drop(std::fs::remove_dir(entry.path())),
            }
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The lock goes last: what is left by a removal that was killed can be found again.
fn remove(folder: &Path) {
    let empty = || std::fs::remove_dir_all(folder.join(FILES));
    let mut emptied = empty();
    for _ in 1..TRIES {
        // Somebody who dies with the owner still wrote.
        if !emptied.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {
            break;
        }
        emptied = empty();
    }
    if emptied.is_ok() || emptied.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        let _ = std::fs::remove_file(folder.join(LOCK));
        let _ = std::fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(parent: &Path) -> io::Result<usize> {
        Ok(std::fs::read_dir(parent)?.count())
    }

    #[test]
    fn it_goes_with_its_owner() -> io::Result<()> {
        let parent = tempfile::tempdir()?;
        let scratch = Scratch::new_in(parent.path(), "x-")?;
        std::fs::create_dir_all(scratch.path().join("a/b"))?;
        std::fs::write(scratch.path().join("a/b/c"), "d")?;
        Scratch::sweep(parent.path(), "x-", |name| panic!("{name} is in use"));
        assert!(scratch.path().join("a/b/c").is_file());
        drop(scratch);
        assert_eq!(names(parent.path())?, 0);
        Ok(())
    }

    #[test]
    fn what_the_dead_left_is_swept() -> io::Result<()> {
        let parent = tempfile::tempdir()?;
        // As a kill leaves it: at the end, before the lock, and in the middle of a removal.
        for (name, parts) in [("x-1", &["lock", "files/a"][..]), ("x-2", &[]), ("x-3", &["lock"])] {
            std::fs::create_dir_all(parent.path().join(name).join("files"))?;
            for part in parts {
                std::fs::write(parent.path().join(name).join(part), "")?;
            }
        }
        std::fs::remove_dir(parent.path().join("x-2/files"))?;
        std::fs::remove_dir(parent.path().join("x-3/files"))?;
        std::fs::write(parent.path().join("x-4"), "a file of somebody else")?;
        std::fs::create_dir(parent.path().join("y-1"))?;
        let mut told = Vec::new();
        Scratch::sweep(parent.path(), "x-", |name| told.push(name.to_owned()));
        told.sort();
        assert_eq!(told, ["x-1", "x-3"]);
        assert!(parent.path().join("x-4").is_file() && parent.path().join("y-1").is_dir());
        assert_eq!(names(parent.path())?, 2);
        Ok(())
    }

    #[test]
    fn makers_and_sweepers_do_not_disturb_each_other() -> io::Result<()> {
        let parent = tempfile::tempdir()?;
        std::thread::scope(|scope| {
            let makers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..50 {
                            let scratch = Scratch::new_in(parent.path(), "x-")?;
                            std::fs::write(scratch.path().join("a"), "b")?;
                            Scratch::sweep(parent.path(), "x-", |_| {});
                            std::fs::read(scratch.path().join("a"))?;
                        }
                        Ok::<_, io::Error>(())
                    })
                })
                .collect();
            makers.into_iter().try_for_each(|maker| maker.join().expect("no panic"))
        })?;
        Scratch::sweep(parent.path(), "x-", |name| panic!("{name} was left"));
        assert_eq!(names(parent.path())?, 0);
        Ok(())
    }
}
