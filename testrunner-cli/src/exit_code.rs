//! The exit codes, in one table.
//!
//! | code | when |
//! | --- | --- |
//! | 0 | every file passed or was empty, and at least one test ran; or the command did what it was asked |
//! | 1 | tests failed, errored, crashed or timed out |
//! | 2 | usage: a bad option, path, name, id, setting or token; nothing was stored |
//! | 3 | internal or infrastructure: database, disk, Python environment, lost worker |
//! | 5 | nothing ran: no test files, or no tests in them |
//! | 69 | the server cannot be reached |
//! | 130 | interrupted by Ctrl-C (SIGINT), or cancelled from elsewhere |
//! | 143 | interrupted by SIGTERM |
//!
//! Of several Testruns (`--repeat`, `--until-fail`) it is the code of the worst: stopped, 3, 1, 5, 0.

use testrunner_core::{FailReason, Status};

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Passed,
    TestsFailed,
    Usage,
    Infrastructure,
    NothingRan,
    Unreachable,
    Interrupted,
    Terminated,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::TestsFailed => 1,
            Self::Usage => 2,
            Self::Infrastructure => 3,
            Self::NothingRan => 5,
            Self::Unreachable => 69,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Whether this end is worse than another. One that says nothing of the tests is worse than a failure.
    pub(crate) fn is_worse_than(self, other: Self) -> bool {
        self.rank() > other.rank()
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::NothingRan => 1,
            Self::TestsFailed => 2,
            Self::Usage => 3,
            Self::Infrastructure | Self::Unreachable => 4,
            Self::Interrupted | Self::Terminated => 5,
        }
    }

    /// How a Testrun's end is told to the shell. One that has not ended tells nothing, which is our fault.
    pub(crate) const fn of(status: Status, reason: Option<FailReason>) -> Self {
        match (status, reason) {
            (Status::Success, _) => Self::Passed,
            (Status::Failed, Some(FailReason::TestsFailed | FailReason::TimedOut)) => Self::TestsFailed,
            (Status::Failed, Some(FailReason::NoTests)) => Self::NothingRan,
            (Status::Failed, Some(FailReason::Cancelled)) => Self::Interrupted,
            (Status::Failed, Some(FailReason::WorkerLost | FailReason::Infra) | None)
            | (Status::Created | Status::Running, _) => Self::Infrastructure,
        }
    }
}

/// The table, as `--help` shows it.
pub(crate) const HELP: &str = "\
Exit codes:
  0    every file passed or was empty, and at least one test ran
  1    tests failed, errored, crashed or timed out
  2    usage: a bad option, path, name, id, setting or token; nothing was stored
  3    internal or infrastructure: database, disk, Python environment, lost worker
  5    nothing ran: no test files, or no tests in them
  69   the server cannot be reached
  130  interrupted by Ctrl-C, or cancelled from elsewhere
  143  interrupted by SIGTERM
Of several Testruns (--repeat, --until-fail): that of the worst: stopped, 3, 1, 5, 0";

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_end_has_its_code() {
        let code = |reason| Exit::of(Status::Failed, Some(reason)).code();
        assert_eq!(Exit::of(Status::Success, None).code(), 0);
        for reason in FailReason::iter() {
            let wanted = match reason {
                FailReason::Cancelled => 130,
                FailReason::TimedOut | FailReason::TestsFailed => 1,
                FailReason::WorkerLost | FailReason::Infra => 3,
                FailReason::NoTests => 5,
            };
            assert_eq!(code(reason), wanted, "{reason}");
        }
    }
}
