//! What something took, several times.

use std::time::Duration;

use testrunner_api::Took;
use testrunner_core::{TestrunId, clock};

/// What one file or case took, from the newest Testrun to the oldest.
#[derive(Clone, Copy, Debug)]
pub(super) struct Durations {
    runs: u32,
    sum: Duration,
    max: Duration,
    last: Duration,
    last_run: TestrunId,
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

    /// How it is told.
    pub(super) fn told(&self) -> Took {
        Took {
            runs: self.runs,
            mean_us: clock::micros(self.sum) / i64::from(self.runs.max(1)),
            max_us: clock::micros(self.max),
            last_us: clock::micros(self.last),
            last_run: self.last_run,
        }
    }
}
