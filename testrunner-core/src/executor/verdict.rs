//! What an executor says of a file.

use crate::testrun::FileOutcome;

/// How a file ended, in the words of its executor. Cases are reported through the sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How it ended. `NotRun` is never said by an executor.
    pub outcome: FileOutcome,
    /// Tests that were found and selected. Those reported are counted by the sink.
    pub collected: u32,
    /// What is to be said about the file as a whole.
    pub message: Option<String>,
}

impl Verdict {
    /// A verdict over `collected` tests.
    #[must_use]
    pub const fn new(outcome: FileOutcome, collected: u32) -> Self {
        Self { outcome, collected, message: None }
    }

    /// Adds what is to be said about the file.
    #[must_use]
    pub fn because(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Holds a `Passed` against the proof: something was collected, and all of it was reported, nothing bad.
    #[must_use]
    pub fn proven(self, reported: u32, bad: u32) -> Self {
        if self.outcome != FileOutcome::Passed {
            return self;
        }
        let doubt = if bad > 0 {
            format!("said to have passed, but {bad} of its cases did not")
        } else if self.collected == 0 {
            "said to have passed, but no test was collected".to_owned()
        } else if reported != self.collected {
            format!("said to have passed, but of {} tests {reported} reported a result", self.collected)
        } else {
            return self;
        };
        Self { outcome: FileOutcome::Errored, message: Some(doubt), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passed_needs_proof() {
        let passed = |collected| Verdict::new(FileOutcome::Passed, collected);
        assert_eq!(passed(3).proven(3, 0).outcome, FileOutcome::Passed);
        for (collected, reported, bad) in [(3, 2, 0), (0, 0, 0), (3, 4, 0), (3, 3, 1)] {
            let verdict = passed(collected).proven(reported, bad);
            assert_eq!(verdict.outcome, FileOutcome::Errored, "{collected} {reported} {bad}");
            assert!(verdict.message.is_some());
        }
        let failed = Verdict::new(FileOutcome::Failed, 3).proven(1, 1);
        assert_eq!(failed.outcome, FileOutcome::Failed);
    }
}
