//! The Python files that travel in this crate, laid out on disk.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use sha2::{Digest as _, Sha256};
use testrunner_core::executor::Scratch;

/// The file that Python is started with.
const SUPERVISOR: &str = "supervisor.py";

macro_rules! files {
    ($($path:literal),+ $(,)?) => { [$(($path, include_str!(concat!("../python/", $path)))),+] };
}

const FILES: [(&str, &str); 23] = files![
    "supervisor.py",
    "testrunner_runtime/__init__.py",
    "testrunner_runtime/channel.py",
    "testrunner_runtime/child.py",
    "testrunner_runtime/combine.py",
    "testrunner_runtime/fitness.py",
    "testrunner_runtime/keeper.py",
    "testrunner_runtime/mount.py",
    "testrunner_runtime/names.py",
    "testrunner_runtime/outcome.py",
    "testrunner_runtime/packet.py",
    "testrunner_runtime/plugin.py",
    "testrunner_runtime/preload.py",
    "testrunner_runtime/prepared.py",
    "testrunner_runtime/processes.py",
    "testrunner_runtime/rehearsal.py",
    "testrunner_runtime/relocation.py",
    "testrunner_runtime/scope.py",
    "testrunner_runtime/scratch.py",
    "testrunner_runtime/shared.py",
    "testrunner_runtime/start.py",
    "testrunner_runtime/stem.py",
    "testrunner_runtime/zygote.py",
];

/// Lays the files out below `<data>/runtime/`, unless they are there, and returns the supervisor's path.
/// The folder's name is the hash of its content, and it appears by a rename: it is never half there.
pub(crate) fn install(data: &Path) -> io::Result<PathBuf> {
    let folder = data.join("runtime").join(&digest()[..16]);
    let supervisor = folder.join(SUPERVISOR);
    if supervisor.is_file() {
        return Ok(supervisor);
    }
    let parent = data.join("runtime");
    fs::create_dir_all(&parent)?;
    Scratch::sweep(&parent, ".new-", |_| {});
    let aside = Scratch::new_in(&parent, ".new-")?;
    for (path, text) in FILES {
        let path = aside.path().join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    match std::fs::rename(aside.path(), &folder) {
        Ok(()) => {}
        // Another process was faster.
        Err(_) if supervisor.is_file() => {}
        Err(error) => {
            let (error, folder) = (error.to_string(), folder.display());
            return Err(io::Error::other(format!("cannot create {folder}: {error}")));
        }
    }
    Ok(supervisor)
}

fn digest() -> String {
    let mut hash = Sha256::new();
    for (path, text) in FILES {
        for part in [path, text] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_python_file_travels() -> io::Result<()> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("python");
        let package = fs::read_dir(source.join("testrunner_runtime"))?;
        let on_disk =
            package.filter_map(Result::ok).filter(|file| file.path().extension() == Some("py".as_ref()));
        assert_eq!(on_disk.count() + 1, FILES.len());
        Ok(())
    }

    #[test]
    fn it_is_laid_out_once_by_however_many() -> io::Result<()> {
        let data = tempfile::tempdir()?;
        let install = || install(data.path());
        let paths = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(install)).collect();
            threads.into_iter().map(|thread| thread.join().ok()?.ok()).collect::<Vec<_>>()
        });
        assert!(paths.iter().all(|path| path.is_some() && *path == paths[0]), "{paths:?}");
        assert_eq!(fs::read_dir(data.path().join("runtime"))?.count(), 1);
        Ok(())
    }
}
