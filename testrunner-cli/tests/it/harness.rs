//! A folder with tests and data, the program started in it, and what it said.

use std::error::Error;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde_json::Value;

pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Longest wait for anything; the first test may have to build an environment.
const PATIENCE: Duration = Duration::from_secs(240);

/// Variables of the surroundings that would change what the program does.
const OTHERS: [&str; 19] = [
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "NO_COLOR",
    "PYTEST_ADDOPTS",
    "PYTEST_PLUGINS",
    "TESTRUNNER_CONFIG",
    "TESTRUNNER_DATA_DIR",
    "TESTRUNNER_JOBS",
    "TESTRUNNER_LOG",
    "TESTRUNNER_PYTHON",
    "TESTRUNNER_SERVER",
    "TESTRUNNER_TOKEN",
    "TESTRUNNER_TOKEN_FILE",
    "TESTRUNNER_USERNAME",
    "USER",
    "VIRTUAL_ENV",
    "PYTHONDONTWRITEBYTECODE",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// A working folder and a data folder of one test. All tests share the environments that are built.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Result<Self> {
        Self::below(Path::new(env!("CARGO_TARGET_TMPDIR")))
    }

    /// As [`Place::new`], in another folder.
    pub(crate) fn below(parent: &Path) -> Result<Self> {
        let folder = tempfile::tempdir_in(parent)?;
        let environments = Path::new(env!("CARGO_TARGET_TMPDIR")).join("environments");
        std::fs::create_dir_all(&environments)?;
        std::fs::create_dir_all(folder.path().join("data"))?;
        std::fs::create_dir_all(folder.path().join("work"))?;
        std::os::unix::fs::symlink(environments, folder.path().join("data/environments"))?;
        Ok(Self { folder })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Writes a file below the working folder.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<PathBuf> {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().ok_or("a file lies in a folder")?)?;
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// The program with these arguments, in the working folder.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_testrunner"));
        OTHERS.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.arg("--data-dir").arg(self.data()).args(args).current_dir(self.work());
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Done> {
        Done::of(&mut self.command(args))
    }

    /// Starts the program.
    pub(crate) fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<Running> {
        Running::start(&mut self.command(args))
    }

    /// The documents of `list`.
    pub(crate) fn list(&self) -> Result<Vec<Value>> {
        self.run(["list", "--format", "json"])?.documents()
    }

    /// The document of `show`.
    pub(crate) fn show(&self, id: i64) -> Result<Value> {
        let shown = self.run(["show", &id.to_string(), "--format", "json"])?;
        Ok(shown.documents()?.pop().ok_or("show printed nothing")?)
    }
}

/// What a program that has ended said.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    pub(crate) fn of(command: &mut Command) -> Result<Self> {
        let running = Running::start(command)?;
        running.end()
    }

    /// Fails the test with all that was said, unless the code is this.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Standard output as JSON lines.
    pub(crate) fn documents(&self) -> Result<Vec<Value>> {
        self.stdout.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A program that runs. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let stdout = Lines::read(stdout.ok_or("standard output was asked for")?);
        let stderr = Lines::read(stderr.ok_or("standard error was asked for")?);
        Ok(Self { child, stdout, stderr })
    }

    /// Waits for a line of standard output.
    pub(crate) fn wait_for(&mut self, part: &str) -> Result<String> {
        self.stdout.wait_for(part)
    }

    /// Waits for a line of standard error.
    pub(crate) fn wait_for_error(&mut self, part: &str) -> Result<String> {
        self.stderr.wait_for(part)
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result {
        let pid = Pid::from_raw(self.child.id().try_into()?).ok_or("a process has a number")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Waits for the end.
    pub(crate) fn end(mut self) -> Result<Done> {
        self.stdout.rest()?;
        self.stderr.rest()?;
        let status: ExitStatus = self.child.wait()?;
        Ok(Done {
            code: status.code(),
            stdout: std::mem::take(&mut self.stdout.said),
            stderr: std::mem::take(&mut self.stderr.said),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended where the test was content.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of one output, read by a thread of its own.
struct Lines {
    lines: Receiver<Vec<u8>>,
    said: String,
}

impl Lines {
    fn read(from: impl Read + Send + 'static) -> Self {
        let (to, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(from).split(b'\n').map_while(std::io::Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines, said: String::new() }
    }

    /// The next line; `None` at the end.
    fn next(&mut self, deadline: Instant) -> Result<Option<String>> {
        match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let line = String::from_utf8_lossy(&line).into_owned();
                self.said.push_str(&line);
                self.said.push('\n');
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(format!("waited in vain; so far:\n{}", self.said).into()),
        }
    }

    fn wait_for(&mut self, part: &str) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        while let Some(line) = self.next(deadline)? {
            if line.contains(part) {
                return Ok(line);
            }
        }
        Err(format!("{part:?} was never said:\n{}", self.said).into())
    }

    fn rest(&mut self) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while self.next(deadline)?.is_some() {}
        Ok(())
    }
}

/// Asks again and again until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> Result<bool>) -> Result {
    let deadline = Instant::now() + PATIENCE;
    while !is_so()? {
        if Instant::now() > deadline {
            return Err(format!("waited in vain until {what}").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Whether a process of this number is there.
pub(crate) fn is_alive(pid: &str) -> Result<bool> {
    let pid = Pid::from_raw(pid.trim().parse()?).ok_or("a process has a number")?;
    let state = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let dead = state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
    Ok(test_kill_process(pid).is_ok() && !dead)
}

/// The value at a path like `/counts/cases/passed`.
#[track_caller]
pub(crate) fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    value.pointer(path).unwrap_or_else(|| panic!("there is no {path} in {value:#}"))
}
