//! What something took, several times.

use std::time::Duration;

use testrunner_core::{TestrunId, clock};

/// What one file or case took, from the newest Testrun to the oldest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durations {
    pub(super) runs: u32,
    sum: Duration,
    max: Duration,
    last: Duration,
    pub(super) last_run: TestrunId,
}

impl Durations {
    pub(super) const fn new(last: Duration, last_run: TestrunId) -> Self {
        Self { runs: 1, sum: last, max: last, last, last_run }
    }

    /// Takes one more, of an older Testrun.
    pub(super) fn add(&mut self, duration: Duration) {
        self.runs += 1;
        self.sum = self.sum.saturating_add(duration);
        self.max = self.max.max(duration);
    }

    pub(super) fn mean_us(&self) -> i64 {
        clock::micros(self.sum) / i64::from(self.runs.max(1))
    }

    pub(super) fn max_us(&self) -> i64 {
        clock::micros(self.max)
    }

    pub(super) fn last_us(&self) -> i64 {
        clock::micros(self.last)
    }
}
