//! Environments of our own: built once, for each interpreter and list of requirements.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use sha2::{Digest as _, Sha256};
use testrunner_core::executor::ExecError;

use super::probe::Probed;
use super::{Search, Wanted, tool};

/// Longest time for one step of a build.
const PATIENCE: Duration = Duration::from_mins(10);
/// Written when an environment is complete.
const READY: &str = "testrunner-ready";

/// What to build, from what.
#[derive(Debug)]
pub(super) struct Build<'a> {
    pub(super) data: &'a Path,
    pub(super) requirements: &'a [String],
    pub(super) base: &'a Probed,
    pub(super) search: &'a Search,
}

impl Build<'_> {
    /// The interpreter of the environment, which is built unless it is there.
    ///
    /// It is built where it will stay, because the scripts of an environment name its folder, and it counts
    /// only once its last file is written. Who comes at the same time waits for the lock.
    ///
    /// # Errors
    /// It cannot be built; says why and what to do.
    pub(super) async fn get(&self) -> Result<PathBuf, ExecError> {
        let environments = self.data.join("environments");
        let folder = environments.join(self.key());
        let python = folder.join("bin/python");
        if folder.join(READY).is_file() {
            return Ok(python);
        }
        let failed =
            |error: std::io::Error| ExecError::transient(format!("cannot build an environment: {error}"));
        fs::create_dir_all(&environments).map_err(failed)?;
        let lock = environments.join(format!("{}.lock", self.key()));
        // Held until the end of this function.
        let _lock = self.lock(lock).await.map_err(failed)?;
        if folder.join(READY).is_file() {
            return Ok(python);
        }
        if folder.exists() {
            // Left by a build that was killed.
            fs::remove_dir_all(&folder).map_err(failed)?;
        }
        let what = self.requirements.join(", ");
        let tell = |how: &str| {
            let version = &self.base.version;
            self.search
                .progress
                .tell(&format!("Building an environment with {what} for Python {version} ({how})"));
        };
        let built = if let Some(uv) = self.search.surroundings.programs("uv").into_iter().next() {
            tell("uv");
            self.with_uv(&uv, &folder).await
        } else {
            tell("venv and pip");
            self.with_pip(&folder).await
        };
        built.map_err(|why| self.refuse(&why))?;
        fs::write(folder.join(READY), &what).map_err(failed)?;
        self.search.progress.tell(&format!("The environment is ready: {}", folder.display()));
        Ok(python)
    }

    fn key(&self) -> String {
        let mut requirements = self.requirements.to_vec();
        requirements.sort();
        let mut hash = Sha256::new();
        let real = self.base.real.display().to_string();
        for part in [&real, &self.base.version].into_iter().chain(&requirements) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    async fn lock(&self, path: PathBuf) -> std::io::Result<File> {
        let open = move || {
            let file = File::options().create(true).truncate(false).write(true).open(path)?;
            Ok::<_, std::io::Error>(file)
        };
        let file = open()?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => {}
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        self.search.progress.tell("Waiting for another TestRunner that builds the same environment");
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
        locked.await.map_err(std::io::Error::other)?
    }

    async fn with_uv(&self, uv: &Path, folder: &Path) -> Result<(), String> {
        let uv = |arguments: &[&str]| {
            let mut command = tool::guarded(uv);
            command.args(arguments).arg("--no-config").arg("--quiet").env("UV_PYTHON_DOWNLOADS", "never");
            command.env_remove("VIRTUAL_ENV");
            command
        };
        let mut create = uv(&["venv"]);
        create.arg("--python").arg(&self.base.python).arg(folder);
        tool::run(create, PATIENCE).await?;
        let mut install = uv(&["pip", "install"]);
        install.arg("--python").arg(folder.join("bin/python")).args(self.requirements);
        tool::run(install, PATIENCE).await.map(drop)
    }

    async fn with_pip(&self, folder: &Path) -> Result<(), String> {
        let python = |program: &Path| {
            let mut command = tool::guarded(program);
            // The user's own settings for other environments would lead it astray.
            for name in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"] {
                command.env_remove(name);
            }
            command
        };
        let mut create = python(&self.base.python);
        create.args(["-m", "venv"]).arg(folder);
        tool::run(create, PATIENCE).await?;
        let mut install = python(&folder.join("bin/python"));
        install.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"]);
        install.args(self.requirements);
        tool::run(install, PATIENCE).await.map(drop)
    }

    fn refuse(&self, why: &str) -> ExecError {
        let python = self.base.python.display();
        if why.contains("ensurepip") {
            return ExecError::fatal(format!(
                "{python} has neither pytest nor the means to install it (ensurepip is missing); \
                 install the system's package for it (python3-venv), or pytest, or uv, \
                 or name another Python with --python"
            ));
        }
        let found = if matches!(self.search.wanted, Wanted::Any) { "no pytest was found, and " } else { "" };
        let what = self.requirements.join(", ");
        ExecError::transient(format!(
            "{found}an environment with {what} cannot be built for {python}; install it with \
             'pip install pytest', or name a Python that has it with --python. The last lines were:\n{why}"
        ))
    }
}
