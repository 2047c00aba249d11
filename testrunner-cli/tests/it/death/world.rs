//! What outlives the victims: the data, their journals, and the operating system that knows what is left.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;

use super::embedder::ORDER;
use crate::harness::{Place, Result};
use crate::witness::journal::{Executed, Told};

/// The variable that names the file in which tests write that they were executed.
pub(crate) const EXECUTED: &str = "TESTRUNNER_DEATH_EXECUTED";

/// What every file begins with: `executed()` says so outside.
const CONFTEST: &str = "\
import os
def executed():
    names = ('TESTRUNNER_RUN', 'TESTRUNNER_FILE', 'TESTRUNNER_EPOCH')
    with open(os.environ['TESTRUNNER_DEATH_EXECUTED'], 'a') as journal:
        journal.write(' '.join(os.environ[name] for name in names) + '\\n')
";

/// One data folder and all that happens over it.
pub(crate) struct World {
    pub(crate) place: Place,
    python: PathBuf,
    journals: AtomicU32,
}

impl World {
    /// A new one, in which every Testrun has these files.
    pub(crate) fn new(python: &Path, files: &[(&str, &str)]) -> Result<Self> {
        let place = Place::new()?;
        place.write("conftest.py", CONFTEST)?;
        for (path, text) in files {
            place.write(
                path,
                &format!("import os, subprocess, time\nfrom conftest import executed\n{text}"),
            )?;
        }
        let world = Self { place, python: python.to_owned(), journals: AtomicU32::new(0) };
        std::fs::create_dir(world.outside())?;
        std::fs::create_dir(world.temporary())?;
        Ok(world)
    }

    fn outside(&self) -> PathBuf {
        self.place.data().with_file_name("outside")
    }

    fn temporary(&self) -> PathBuf {
        self.place.data().with_file_name("tmp")
    }

    /// What the victims said to nobody.
    pub(crate) fn complaints(&self) -> String {
        std::fs::read_to_string(self.outside().join("stderr")).unwrap_or_default()
    }

    /// `testrunner run`, whose report is the journal.
    pub(crate) fn program(&self) -> Result<Command> {
        let mut command = self.place.command(["run", "-j", "2", "--format", "json", "--python"]);
        command.arg(&self.python);
        command
            .stdout(File::options().append(true).create(true).open(self.outside().join("program.journal"))?);
        self.surround(command)
    }

    /// The embedding program, which submits under these keys.
    pub(crate) fn embedder(&self, keys: &[String], lease: Duration) -> Result<Command> {
        // By this name it is found also when a build has just replaced it.
        let mut command = Command::new("/proc/self/exe");
        command.args(["--exact", "death::embedder::program", "--ignored", "--nocapture"]);
        let journal = self.journal();
        let lease = u64::try_from(lease.as_millis())?;
        let (data, python) = (self.place.data(), &self.python);
        let order =
            json!({"data": data, "journal": journal, "python": python, "keys": keys, "lease_ms": lease});
        command.env(ORDER, order.to_string()).stdin(Stdio::null()).stdout(Stdio::null());
        command.current_dir(self.place.work());
        self.surround(command)
    }

    /// The interpreter that all use.
    pub(crate) fn python(&self) -> &Path {
        &self.python
    }

    /// The file in which tests write that they were executed.
    pub(crate) fn executions(&self) -> PathBuf {
        self.outside().join("executed")
    }

    pub(crate) fn surround(&self, mut command: Command) -> Result<Command> {
        command.env("TMPDIR", self.temporary()).env(EXECUTED, self.executions());
        command.stderr(File::options().append(true).create(true).open(self.outside().join("stderr"))?);
        Ok(command)
    }

    /// A journal of its own for each program: what death cuts is the last line.
    pub(crate) fn journal(&self) -> PathBuf {
        self.outside().join(format!("{}.journal", self.journals.fetch_add(1, Ordering::Relaxed)))
    }

    /// All that was acknowledged.
    pub(crate) fn told(&self) -> Result<Vec<Told>> {
        let mut told = Vec::new();
        for number in 0..self.journals.load(Ordering::Relaxed) {
            told.extend(Told::read(&self.outside().join(format!("{number}.journal")))?);
        }
        Ok(told)
    }

    /// All that tests did.
    pub(crate) fn executed(&self) -> Result<Vec<Executed>> {
        Executed::read(&self.executions())
    }

    /// Processes of this world: what runs in its folders or was told of them.
    pub(crate) fn processes(&self) -> Result<Vec<String>> {
        let root = self.place.data().with_file_name("");
        let mark = root.as_os_str().as_bytes().strip_suffix(b"/").unwrap_or(root.as_os_str().as_bytes());
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let read = |name: &str| std::fs::read(entry.path().join(name)).unwrap_or_default();
            let told = |text: &[u8]| text.windows(mark.len()).any(|part| part == mark);
            let here = std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(&root));
            let number = entry.file_name().to_string_lossy().parse::<i32>().is_ok();
            if number && (here || told(&read("environ")) || told(&read("cmdline"))) {
                let words = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
                found.push(format!("{} {words}", entry.file_name().to_string_lossy()));
            }
        }
        Ok(found)
    }

    /// Folders and files that should be gone when no program runs.
    pub(crate) fn left_behind(&self) -> Result<Vec<PathBuf>> {
        let data = self.place.data();
        let mut left = vec![data.join("testrunner.db.processes")];
        left.retain(|folder| folder.exists());
        let temporary = std::fs::read_dir(self.temporary())?.flatten().map(|entry| entry.path());
        left.extend(temporary);
        if let Ok(runtimes) = std::fs::read_dir(data.join("runtime")) {
            let hidden =
                |path: &PathBuf| path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"."));
            left.extend(runtimes.flatten().map(|entry| entry.path()).filter(hidden));
        }
        Ok(left)
    }
}
