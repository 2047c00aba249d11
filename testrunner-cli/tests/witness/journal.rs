//! Files outside of all that dies: what clients were told, and what tests did.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;
use serde_json::Value;

use super::Result;

/// A line of a journal.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Told {
    Submitted { run: i64, key: String },
    Event(Value),
    Testrun(Value),
}

impl Told {
    /// All that was acknowledged. A line that was cut was not.
    pub(crate) fn read(path: &Path) -> Result<Vec<Self>> {
        let read =
            |line: &String| serde_json::from_str(line).map_err(|error| format!("{error}: {line}").into());
        lines(path)?.iter().map(read).collect()
    }
}

/// That a test file was executed, as it said itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Executed {
    pub(crate) run: i64,
    pub(crate) file: String,
    pub(crate) epoch: i64,
}

impl Executed {
    /// All that tests did.
    pub(crate) fn read(path: &Path) -> Result<Vec<Self>> {
        let parse = |line: &String| {
            let mut words = line.split(' ');
            let (run, file, epoch) = (words.next()?, words.next()?, words.next()?);
            Some(Self { run: run.parse().ok()?, file: file.to_owned(), epoch: epoch.parse().ok()? })
        };
        lines(path)?
            .iter()
            .map(|line| parse(line).ok_or_else(|| format!("executed: {line}").into()))
            .collect()
    }
}

/// The lines that were written to their end.
fn lines(path: &Path) -> Result<Vec<String>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text?,
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    Ok(whole.lines().map(str::to_owned).collect())
}

/// What the clients of this process know.
pub(crate) struct Journal {
    file: Mutex<File>,
    lines: AtomicU64,
}

impl Journal {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        Ok(Self { file: Mutex::new(File::create(path)?), lines: AtomicU64::new(0) })
    }

    pub(crate) fn write(&self, line: &Value) -> Result {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(file, "{line}")?;
        self.lines.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// How many lines there are: grows as long as anything happens.
    pub(crate) fn lines(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }
}
