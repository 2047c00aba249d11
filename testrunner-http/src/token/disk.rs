//! Files that only their owner can read, replaced whole or not at all.

use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use fs_err as fs;
use rustix::fs::FlockOperation;

use super::TokenError;

const OTHERS: u32 = 0o077;
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;
const MOST: u64 = 16 << 20;

/// What tells one version of a file from the next: it is only ever replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    changed: (i64, i64),
    size: u64,
    mode: u32,
}

impl Stamp {
    fn of(meta: &std::fs::Metadata) -> Self {
        let changed = (meta.ctime(), meta.ctime_nsec());
        Self { device: meta.dev(), inode: meta.ino(), changed, size: meta.len(), mode: meta.mode() }
    }

    pub(super) fn now(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|meta| Self::of(&meta))
    }
}

/// Reads a file of secrets, if it is there.
///
/// # Errors
/// Others can read it, it is another user's, or it cannot be read.
pub(super) fn read(path: &Path) -> Result<Option<(String, Stamp)>, TokenError> {
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let meta = file.metadata()?;
    check(path, &meta, OTHERS, 0o600)?;
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text)?;
    Ok(Some((text, Stamp::of(&meta))))
}

fn check(path: &Path, meta: &std::fs::Metadata, refused: u32, wanted: u32) -> Result<(), TokenError> {
    let mode = meta.mode() & 0o777;
    if mode & refused != 0 {
        return Err(TokenError::Exposed { path: path.to_owned(), mode, wanted });
    }
    let own = rustix::process::geteuid().as_raw();
    if meta.uid() != own && meta.uid() != 0 {
        return Err(TokenError::Foreign { path: path.to_owned() });
    }
    Ok(())
}

/// Replaces a file by one that its owner alone can read. When this returns, it will be there after a power cut.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), TokenError> {
    let folder = folder(path);
    let mut beside = tempfile::NamedTempFile::new_in(folder)?;
    beside.write_all(text.as_bytes())?;
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|error| error.error)?;
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// Makes the folder, for its owner alone, and checks that nobody else can put files into it.
pub(super) fn make_folder(path: &Path) -> Result<(), TokenError> {
    let folder = folder(path);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let meta = fs::metadata(folder)?;
    // In a sticky folder (as /tmp is) only the owner can replace a file.
    let refused = if meta.mode() & STICKY == 0 { OTHERS_WRITE } else { 0 };
    check(folder, &meta, refused, 0o700)
}

/// Held while the file is read, changed and replaced, against other processes too. Freed when dropped.
#[derive(Debug)]
pub(super) struct Lock(#[expect(dead_code, reason = "holds the lock")] fs::File);

impl Lock {
    pub(super) fn take(path: &Path) -> Result<Self, TokenError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(false).write(true).options_mut().mode(0o600);
        let file = options.open(PathBuf::from(name))?;
        rustix::fs::flock(file.file(), FlockOperation::LockExclusive).map_err(io::Error::from)?;
        Ok(Self(file))
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
