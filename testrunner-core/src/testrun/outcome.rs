//! How cases and files end, and how cases are counted.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// How one test case ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CaseOutcome {
    /// The test ran and was content.
    Passed,
    /// The test itself failed; also a strict xfail that passed.
    Failed,
    /// Setup, teardown or collection failed: the test could not be judged.
    Error,
    /// The test chose not to run.
    Skipped,
    /// Failed as it was expected to.
    Xfailed,
    /// Passed although it was expected to fail (not strict, so no failure).
    Xpassed,
    /// The process died while this case ran.
    Crashed,
    /// The file's time ran out while this case ran.
    TimedOut,
}

impl CaseOutcome {
    /// Whether this outcome makes its file a failing one.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Error | Self::Crashed | Self::TimedOut)
    }
}

/// How one test file ended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum FileOutcome {
    /// Proven: all that was collected was reported, nothing bad, the process ended as it should.
    Passed,
    /// At least one case failed or errored.
    Failed,
    /// The file could not be judged: collection failed, or the proof of passing is missing.
    Errored,
    /// Its process died.
    Crashed,
    /// Its time ran out.
    TimedOut,
    /// Nothing was collected or selected. Neutral.
    Empty,
    /// It was stopped while it ran.
    Cancelled,
    /// It was never started, or its worker was lost for good.
    NotRun,
}

impl FileOutcome {
    /// Whether this outcome makes its Testrun FAILED with `tests_failed`.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Errored | Self::Crashed | Self::TimedOut)
    }

    /// Whether a file with this outcome is in order: passed, or nothing to run.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Passed | Self::Empty)
    }
}

/// What a case stands for.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum CaseKind {
    /// A collected test. Only these are compared with the number collected.
    #[default]
    Test,
    /// A part of a test that reports for itself.
    Subtest,
    /// The collection of a file or class, recorded when it failed or skipped itself.
    Collection,
}

/// Number of cases by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "one field per CaseOutcome, named alike")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseCounts {
    pub passed: u32,
    pub failed: u32,
    pub error: u32,
    pub skipped: u32,
    pub xfailed: u32,
    pub xpassed: u32,
    pub crashed: u32,
    pub timed_out: u32,
}

impl CaseCounts {
    /// The count of one outcome.
    #[must_use]
    pub const fn get(&self, outcome: CaseOutcome) -> u32 {
        match outcome {
            CaseOutcome::Passed => self.passed,
            CaseOutcome::Failed => self.failed,
            CaseOutcome::Error => self.error,
            CaseOutcome::Skipped => self.skipped,
            CaseOutcome::Xfailed => self.xfailed,
            CaseOutcome::Xpassed => self.xpassed,
            CaseOutcome::Crashed => self.crashed,
            CaseOutcome::TimedOut => self.timed_out,
        }
    }

    /// Counts `n` more cases of one outcome.
    pub const fn add(&mut self, outcome: CaseOutcome, n: u32) {
        let slot = match outcome {
            CaseOutcome::Passed => &mut self.passed,
            CaseOutcome::Failed => &mut self.failed,
            CaseOutcome::Error => &mut self.error,
            CaseOutcome::Skipped => &mut self.skipped,
            CaseOutcome::Xfailed => &mut self.xfailed,
            CaseOutcome::Xpassed => &mut self.xpassed,
            CaseOutcome::Crashed => &mut self.crashed,
            CaseOutcome::TimedOut => &mut self.timed_out,
        };
        *slot += n;
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        use strum::IntoEnumIterator as _;
        for outcome in CaseOutcome::iter() {
            self.add(outcome, other.get(outcome));
        }
    }

    /// All cases.
    #[must_use]
    pub fn total(&self) -> u32 {
        use strum::IntoEnumIterator as _;
        CaseOutcome::iter().map(|outcome| self.get(outcome)).sum()
    }

    /// Cases that make a file a failing one.
    #[must_use]
    pub fn bad(&self) -> u32 {
        self.failed + self.error + self.crashed + self.timed_out
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_outcome_has_its_own_counter() {
        for outcome in CaseOutcome::iter() {
            let mut counts = CaseCounts::default();
            counts.add(outcome, 3);
            assert_eq!(counts.get(outcome), 3);
            assert_eq!(counts.total(), 3);
            assert_eq!(counts.bad() > 0, outcome.is_bad());
        }
    }
}
