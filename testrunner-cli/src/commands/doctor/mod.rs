//! `testrunner doctor`: looks at all that a run needs, and changes nothing.

mod python;
mod storage;

use std::path::PathBuf;

use crate::exit_code::Exit;
use crate::failure::Result;
use crate::output::clean::one_line;
use crate::output::screen::Screen;
use crate::output::style::{self, paint};
use crate::output::words;
use crate::place::Place;

/// What was found of one thing.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    mark: Mark,
    what: &'static str,
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Good,
    /// Works, but somebody may want to know.
    Odd,
    /// Tests cannot be run like this.
    Bad,
}

impl Finding {
    fn good(what: &'static str, text: impl Into<String>) -> Self {
        Self { mark: Mark::Good, what, text: text.into() }
    }

    fn odd(what: &'static str, text: impl Into<String>) -> Self {
        Self { mark: Mark::Odd, what, text: text.into() }
    }

    fn bad(what: &'static str, text: impl Into<String>) -> Self {
        Self { mark: Mark::Bad, what, text: text.into() }
    }

    fn line(&self) -> String {
        let mark = match self.mark {
            Mark::Good => paint(style::GOOD, "✓"),
            Mark::Odd => paint(style::ODD, "!"),
            Mark::Bad => paint(style::BAD, "✗"),
        };
        format!("{mark} {:<11}  {}", self.what, one_line(&self.text))
    }
}

pub(super) async fn doctor(named: Option<PathBuf>, place: &Place) -> Result<Exit> {
    let mut screen = Screen::new();
    let mut healthy = true;
    let mut tell = |findings: Vec<Finding>| {
        for finding in findings {
            healthy &= finding.mark != Mark::Bad;
            screen.line(&finding.line());
        }
    };
    tell(vec![processors(), storage::folder(place), storage::disk(place)]);
    tell(vec![storage::database(place).await]);
    tell(python::look(named, place).await);
    screen.close()?;
    Ok(if healthy { Exit::Passed } else { Exit::Infrastructure })
}

fn processors() -> Finding {
    match std::thread::available_parallelism() {
        Ok(n) => {
            let files = words::count(n.get(), "file");
            Finding::good("processors", format!("{n}, so that {files} run at the same time"))
        }
        Err(error) => Finding::odd("processors", format!("cannot be counted ({error}): one file at a time")),
    }
}
