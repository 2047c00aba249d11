//! Where a JUnit report is written to.

use std::path::Path;

use crate::failure::{Failure, Result, os_reason};

/// Writes a file so that it is there wholly or not at all. What is not a plain file (`/dev/stdout`, a pipe) is
/// written to directly.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    save(path, bytes).map_err(|error| {
        let reason = os_reason(&error);
        Failure::infrastructure(format!("cannot write the JUnit report to {}: {reason}", path.display()))
    })
}

fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".junit-").permissions(mode).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

/// Finds out before a run whether its report can be written after it.
///
/// # Errors
/// The folder is not there, or the path is one.
pub(crate) fn check_target(path: &Path) -> Result<()> {
    let shown = path.display();
    if path.is_dir() {
        return Err(Failure::usage(format!("--junit {shown} is a folder")).hint("name a file in it"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(Failure::usage(format!("there is no folder {} for --junit {shown}", folder.display())));
    }
    if path.exists() {
        return Ok(());
    }
    tempfile::Builder::new().prefix(".junit-").tempfile_in(folder).map(drop).map_err(|error| {
        let reason = os_reason(&error);
        Failure::usage(format!("cannot write to {} for --junit {shown}: {reason}", folder.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_its_link_stays() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let (file, link) = (folder.path().join("a.xml"), folder.path().join("link.xml"));
        std::fs::write(&file, "old")?;
        std::os::unix::fs::symlink(&file, &link)?;
        save(&link, b"new")?;
        assert_eq!(std::fs::read(&file)?, b"new");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path())?.count(), 2, "nothing is left beside it");
        Ok(())
    }
}
