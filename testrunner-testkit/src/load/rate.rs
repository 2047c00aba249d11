//! One measured figure.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::Part;

/// How many a second, and how long one took.
#[derive(Clone, Debug, Serialize)]
pub struct Rate {
    /// What was measured.
    pub part: Part,
    /// Tasks that did it at the same time.
    pub at_once: usize,
    /// Items of one claim, or events of one append; 1 for everything else.
    pub batch: u32,
    /// Testruns that it was spread over.
    pub testruns: u32,
    /// How many were done.
    pub count: u64,
    /// In how many seconds.
    pub seconds: f64,
    /// How many a second.
    pub per_second: f64,
    /// Half of the calls took no longer, in microseconds; absent where no single call was timed.
    pub p50_us: Option<u64>,
    /// Ninety-nine of a hundred calls took no longer, in microseconds.
    pub p99_us: Option<u64>,
}

impl Rate {
    pub(super) fn new(part: Part, count: u64, took: Duration) -> Self {
        let (at_once, batch, testruns, seconds) = (1, 1, 1, took.as_secs_f64());
        let per_second = count as f64 / seconds;
        Self { part, at_once, batch, testruns, count, seconds, per_second, p50_us: None, p99_us: None }
    }

    /// Of calls that took this long.
    pub(super) fn of_calls(part: Part, mut calls: Vec<Duration>, took: Duration) -> Self {
        calls.sort_unstable();
        let at = |share: usize| calls.get(calls.len() * share / 100).map(Duration::as_micros);
        let [p50_us, p99_us] = [50, 99].map(|share| at(share).and_then(|us| u64::try_from(us).ok()));
        Self { p50_us, p99_us, ..Self::new(part, calls.len() as u64, took) }
    }

    /// Each call did so many.
    pub(super) fn times(self, each: u32) -> Self {
        let each = u64::from(each);
        Self { count: self.count * each, per_second: self.per_second * each as f64, ..self }
    }

    pub(super) fn at_once(self, at_once: usize) -> Self {
        Self { at_once, ..self }
    }

    pub(super) fn batch(self, batch: u32) -> Self {
        Self { batch, ..self }
    }

    pub(super) fn testruns(self, testruns: u32) -> Self {
        Self { testruns, ..self }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.0}/s {}", self.per_second, self.part.words())?;
        if self.batch > 1 {
            write!(f, " in batches of {}", self.batch)?;
        }
        if self.testruns > 1 {
            write!(f, ", on {} Testruns", self.testruns)?;
        }
        write!(f, ", {} at once", self.at_once)?;
        if let (Some(p50), Some(p99)) = (self.p50_us, self.p99_us) {
            write!(f, ", p50 {:.2} ms, p99 {:.2} ms", p50 as f64 / 1e3, p99 as f64 / 1e3)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_says_what_how_many_and_how_long() {
        let calls = (1..=100).map(Duration::from_millis).collect();
        let rate = Rate::of_calls(Part::Items, calls, Duration::from_secs(2)).at_once(8).batch(10);
        assert_eq!((rate.count, rate.p50_us, rate.p99_us), (100, Some(51_000), Some(100_000)));
        let said = rate.to_string();
        assert!(
            said.contains("50/s items claimed and finished in batches of 10, 8 at once, p50 51.00 ms"),
            "{said}"
        );
        assert!(Rate::of_calls(Part::Items, Vec::new(), Duration::from_secs(1)).p50_us.is_none());
    }
}
