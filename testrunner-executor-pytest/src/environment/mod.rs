//! The Python that tests run with: where it is looked for, in which order, and how one is built.

mod managed;
mod probe;
pub(crate) mod tool;

use std::collections::HashSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use testrunner_core::executor::ExecError;

use probe::{Probed, probe};

/// An interpreter that has pytest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Environment {
    /// The interpreter.
    pub python: PathBuf,
    /// Version of its pytest.
    pub pytest_version: String,
    /// Its own version.
    pub python_version: String,
    /// How it was found.
    pub origin: Origin,
    /// What was passed over on the way, and why.
    pub notes: Vec<String>,
}

/// How an environment was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// It was named.
    Named,
    /// The active virtual environment.
    Active,
    /// `.venv` beside the tests.
    Beside,
    /// `python3` on the search path.
    Path,
    /// Built by us.
    Managed,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Named => "as named",
            Self::Active => "the active virtual environment",
            Self::Beside => ".venv beside the tests",
            Self::Path => "python3 on the search path",
            Self::Managed => "TestRunner's own environment",
        })
    }
}

/// What to look for.
#[derive(Clone, Debug, Default)]
pub(crate) enum Wanted {
    /// Whatever is there, in the order of this module.
    #[default]
    Any,
    /// This interpreter.
    Python(PathBuf),
    /// An environment of our own, with these requirements.
    Managed(Vec<String>),
}

/// The search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) wanted: Wanted,
    pub(crate) progress: Progress,
    pub(crate) surroundings: Surroundings,
}

/// What the process that we run in has to do with Python.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) virtual_env: Option<PathBuf>,
    pub(crate) path: OsString,
}

impl Default for Surroundings {
    fn default() -> Self {
        let virtual_env = std::env::var_os("VIRTUAL_ENV").filter(|folder| !folder.is_empty());
        let path = std::env::var_os("PATH").unwrap_or_default();
        Self { virtual_env: virtual_env.map(PathBuf::from), path }
    }
}

impl Surroundings {
    /// Programs of this name on the search path, each once.
    pub(crate) fn programs(&self, name: &str) -> Vec<PathBuf> {
        let mut seen = HashSet::new();
        std::env::split_paths(&self.path)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .filter(|program| program.is_file() && seen.insert(program.canonicalize().ok()))
            .collect()
    }
}

impl Search {
    /// Finds an environment for tests below `root`; without one, none is looked for beside the tests.
    ///
    /// # Errors
    /// There is none and none can be built; says what to do.
    pub(crate) async fn find(&self, root: Option<&Path>, data: &Path) -> Result<Environment, ExecError> {
        let mut notes = Vec::new();
        match &self.wanted {
            Wanted::Python(python) => return named(python).await,
            Wanted::Managed(requirements) => return self.managed(data, requirements, notes).await,
            Wanted::Any => {}
        }
        for (python, origin) in self.candidates(root) {
            let usable = |found: Probed| found.too_old().map_or(Ok(found), Err);
            match probe(&python).await.and_then(usable) {
                Ok(Probed { pytest: Some(pytest), python: executable, version, .. }) => {
                    let (pytest_version, python_version) = (pytest, version);
                    return Ok(Environment {
                        python: executable,
                        pytest_version,
                        python_version,
                        origin,
                        notes,
                    });
                }
                Ok(_) => notes.push(format!("{} ({origin}) has no pytest", python.display())),
                Err(why) => notes.push(format!("{} ({origin}) cannot be used: {why}", python.display())),
            }
        }
        self.managed(data, &["pytest".to_owned()], notes).await
    }

    fn candidates(&self, root: Option<&Path>) -> Vec<(PathBuf, Origin)> {
        let mut candidates = Vec::new();
        if let Some(folder) = &self.surroundings.virtual_env {
            candidates.push((folder.join("bin/python"), Origin::Active));
        }
        for folder in root.map(project).unwrap_or_default() {
            let python = folder.join(".venv/bin/python");
            if python.exists() {
                candidates.push((python, Origin::Beside));
            }
        }
        let on_path = self.surroundings.programs("python3");
        candidates.extend(on_path.into_iter().map(|python| (python, Origin::Path)));
        candidates
    }

    async fn managed(
        &self,
        data: &Path,
        requirements: &[String],
        notes: Vec<String>,
    ) -> Result<Environment, ExecError> {
        let (mut bases, mut why) = (None, Vec::new());
        for python in self.surroundings.programs("python3") {
            match probe(&python).await {
                Ok(found) => {
                    bases = Some(found);
                    break;
                }
                Err(error) => why.push(format!("{}: {error}", python.display())),
            }
        }
        let base = bases.ok_or_else(|| {
            let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join("; ")) };
            ExecError::fatal(format!(
                "no Python 3.8 or newer was found on the search path{why}; install one, or name one with --python"
            ))
        })?;
        let build = managed::Build { data, requirements, base: &base, search: self };
        let python = build.get().await?;
        let built = probe(&python).await.map_err(|why| {
            ExecError::transient(format!("{} was built but cannot be used: {why}", python.display()))
        })?;
        if let Some(why) = built.too_old() {
            let requirements = requirements.join(", ");
            return Err(ExecError::fatal(format!("what the requirements {requirements} bring: {why}")));
        }
        let Some(pytest_version) = built.pytest else {
            return Err(ExecError::fatal(format!(
                "the requirements {} do not bring pytest; add it",
                requirements.join(", ")
            )));
        };
        let python_version = built.version;
        Ok(Environment { python, pytest_version, python_version, origin: Origin::Managed, notes })
    }
}

async fn named(python: &Path) -> Result<Environment, ExecError> {
    let shown = python.display();
    let found = probe(python)
        .await
        .map_err(|why| ExecError::fatal(format!("{shown} cannot be used to run tests: {why}")))?;
    if let Some(why) = found.too_old() {
        return Err(ExecError::fatal(format!("{shown} cannot be used to run tests: {why}")));
    }
    let Some(pytest_version) = found.pytest else {
        return Err(ExecError::fatal(format!(
            "{shown} has no pytest; install it with '{shown} -m pip install pytest', or name another Python"
        )));
    };
    let (python_version, origin) = (found.version, Origin::Named);
    Ok(Environment { python: found.python, pytest_version, python_version, origin, notes: Vec::new() })
}

/// A folder and those above it up to the first that has `.git`; the folder alone where none has.
fn project(root: &Path) -> Vec<&Path> {
    let top = root.ancestors().position(|folder| folder.join(".git").exists());
    root.ancestors().take(top.map_or(1, |top| top + 1)).collect()
}

/// Who is told what is done.
#[derive(Clone, Default)]
pub(crate) struct Progress(Option<Arc<Listener>>);

type Listener = dyn Fn(&str) + Send + Sync;

impl Progress {
    pub(crate) fn set(&mut self, tell: impl Fn(&str) + Send + Sync + 'static) {
        self.0 = Some(Arc::new(tell));
    }

    pub(crate) fn tell(&self, what: &str) {
        tracing::info!("{what}");
        if let Some(tell) = &self.0 {
            tell(what);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Progress").field(&self.0.is_some()).finish()
    }
}

#[cfg(test)]
mod tests;
