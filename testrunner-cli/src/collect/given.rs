//! One path from the command line: what it is, and whether it can be used.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::failure::{Failure, Result, os_reason};

/// A path that is there and can be read.
#[derive(Debug)]
pub(super) struct Given {
    /// Absolute, without `.` and `..`.
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
}

impl Given {
    /// The folder itself, or the one that the file lies in.
    pub(super) fn folder(&self) -> &Path {
        match self.kind {
            Kind::Folder => &self.path,
            Kind::File => self.path.parent().unwrap_or(&self.path),
        }
    }
}

/// Looks at one path, relative to `cwd`.
///
/// # Errors
/// It is not there, cannot be read, or is neither file nor folder.
pub(super) fn look_at(cwd: &Path, path: &Path) -> Result<Given> {
    let shown = path.display();
    if path.as_os_str().is_empty() {
        return Err(Failure::usage("a path is empty").hint("name a file or a folder"));
    }
    if path == Path::new("-") {
        return Err(Failure::usage("tests cannot be read from standard input").hint("name files or folders"));
    }
    let absolute = absolute(cwd, path).and_then(|path| Ok((std::fs::metadata(&path)?.file_type(), path)));
    let (kind, absolute) = absolute.map_err(|error| refusal(path, &error))?;
    if kind.is_dir() {
        std::fs::read_dir(&absolute).map_err(|error| {
            Failure::usage(format!("cannot read the folder {shown}: {}", os_reason(&error)))
        })?;
        return Ok(Given { path: absolute, kind: Kind::Folder });
    }
    if !kind.is_file() {
        return Err(Failure::usage(format!("{shown} is neither a file nor a folder")));
    }
    File::open(&absolute)
        .and_then(|mut file| file.read(&mut [0]))
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {}", os_reason(&error))))?;
    Ok(Given { path: absolute, kind: Kind::File })
}

fn refusal(path: &Path, error: &io::Error) -> Failure {
    let shown = path.display();
    let text = path.to_string_lossy();
    if let Some((file, node)) = text.split_once("::").filter(|(file, _)| !file.is_empty()) {
        let name = node.rsplit("::").next().unwrap_or(node);
        let name = name.split('[').next().unwrap_or(name);
        return Failure::usage(format!("{shown} names a single test; files and folders are run whole"))
            .hint(format!("to pick tests by name: testrunner run {file} -k {name}"));
    }
    if error.kind() == io::ErrorKind::NotFound {
        let failure = Failure::usage(format!("there is no file or folder {shown}"));
        return match text.contains(['*', '?']) {
            true => failure.hint("the pattern matched nothing; name a folder to run all tests in it"),
            false => failure,
        };
    }
    Failure::usage(format!("cannot use {shown}: {}", os_reason(error)))
}

/// The absolute form. Links stay as they are, unless a `..` might lead out of one.
fn absolute(cwd: &Path, path: &Path) -> io::Result<PathBuf> {
    let joined = cwd.join(path);
    if !joined.components().any(|component| component == Component::ParentDir) {
        return Ok(joined.components().collect());
    }
    match (joined.parent(), joined.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.canonicalize()?.join(name)),
        _ => joined.canonicalize(),
    }
}
