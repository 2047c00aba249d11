//! The few colours that are used. What is written to a place without colours loses them there.

use std::fmt::{self, Display};

use anstyle::{AnsiColor, Style};
use testrunner_core::{CaseOutcome, FileOutcome, Status};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const ODD: Style = AnsiColor::Yellow.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// Text in a style.
#[derive(Debug)]
pub(crate) struct Painted<T>(Style, T);

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(style, text) = self;
        write!(f, "{style}{text}{style:#}")
    }
}

pub(crate) const fn paint<T: Display>(style: Style, text: T) -> Painted<T> {
    Painted(style, text)
}

pub(crate) const fn of_file(outcome: FileOutcome) -> Style {
    match outcome {
        FileOutcome::Passed => GOOD,
        FileOutcome::Failed | FileOutcome::Errored | FileOutcome::Crashed | FileOutcome::TimedOut => BAD,
        FileOutcome::Empty | FileOutcome::Cancelled | FileOutcome::NotRun => ODD,
    }
}

pub(crate) const fn of_case(outcome: CaseOutcome) -> Style {
    match outcome {
        CaseOutcome::Passed => GOOD,
        CaseOutcome::Failed | CaseOutcome::Error | CaseOutcome::Crashed | CaseOutcome::TimedOut => BAD,
        CaseOutcome::Skipped | CaseOutcome::Xfailed | CaseOutcome::Xpassed => ODD,
    }
}

pub(crate) const fn of_status(status: Status) -> Style {
    match status {
        Status::Success => GOOD.bold(),
        Status::Failed => BAD,
        Status::Created | Status::Running => ODD,
    }
}
