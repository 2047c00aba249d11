//! Numbers and outcomes in words.

use std::time::Duration;

use strum::IntoEnumIterator as _;
use testrunner_core::{CaseCounts, CaseOutcome, FileOutcome, Timestamp};

use super::style::{self, paint};

/// `1 file`, `2 files`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// The word for a file's outcome, as its line begins.
pub(crate) const fn file_word(outcome: FileOutcome) -> &'static str {
    match outcome {
        FileOutcome::Passed => "PASS",
        FileOutcome::Failed => "FAIL",
        FileOutcome::Errored => "ERROR",
        FileOutcome::Crashed => "CRASH",
        FileOutcome::TimedOut => "TIMEOUT",
        FileOutcome::Empty => "EMPTY",
        FileOutcome::Cancelled => "STOPPED",
        FileOutcome::NotRun => "NOT RUN",
    }
}

/// The word for cases of one outcome, behind their number.
pub(crate) const fn case_word(outcome: CaseOutcome) -> &'static str {
    match outcome {
        CaseOutcome::Passed => "passed",
        CaseOutcome::Failed => "failed",
        CaseOutcome::Error => "error",
        CaseOutcome::Skipped => "skipped",
        CaseOutcome::Xfailed => "xfailed",
        CaseOutcome::Xpassed => "xpassed",
        CaseOutcome::Crashed => "crashed",
        CaseOutcome::TimedOut => "timed out",
    }
}

/// `1 failed, 4 passed`: the bad ones first, coloured. `no tests` when there are none.
pub(crate) fn cases(counts: &CaseCounts) -> String {
    let (bad, other): (Vec<_>, Vec<_>) = CaseOutcome::iter().partition(|outcome| outcome.is_bad());
    let parts: Vec<String> = bad
        .into_iter()
        .chain(other)
        .filter(|&outcome| counts.get(outcome) > 0)
        .map(|outcome| {
            let n = counts.get(outcome);
            let plural = if outcome == CaseOutcome::Error && n > 1 { "s" } else { "" };
            paint(style::of_case(outcome), format!("{n} {}{plural}", case_word(outcome))).to_string()
        })
        .collect();
    if parts.is_empty() { "no tests".to_owned() } else { parts.join(", ") }
}

/// A time as people read it: `0.03s`, `12.3s`, `2m 05s`, `1h 02m`.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let whole = duration.as_secs();
    if seconds < 9.995 {
        format!("{seconds:.2}s")
    } else if seconds < 59.95 {
        format!("{seconds:.1}s")
    } else if whole < 3_600 {
        format!("{}m {:02}s", whole / 60, whole % 60)
    } else {
        format!("{}h {:02}m", whole / 3_600, whole / 60 % 60)
    }
}

/// A time that somebody has set: `10s`, `0.50s`, `1m 20s`.
pub(crate) fn mark(duration: Duration) -> String {
    let is_whole = duration.subsec_nanos() == 0 && duration.as_secs() < 60;
    if is_whole { format!("{}s", duration.as_secs()) } else { time(duration) }
}

/// A size as people read it.
pub(crate) fn bytes(n: u64) -> String {
    let mut value = n;
    let mut unit = "bytes";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        if value < 10_240 {
            break;
        }
        value /= 1_024;
        unit = next;
    }
    format!("{value} {unit}")
}

/// A moment in the local time zone.
pub(crate) fn moment(at: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
    zoned.map_or_else(|_| at.0.to_string(), |at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_comes_first() {
        let counts = CaseCounts { passed: 4, failed: 1, error: 2, timed_out: 1, ..CaseCounts::default() };
        let plain = anstream::adapter::strip_str(&cases(&counts)).to_string();
        assert_eq!(plain, "1 failed, 2 errors, 1 timed out, 4 passed");
        assert_eq!(cases(&CaseCounts::default()), "no tests");
    }

    #[test]
    fn times() {
        let all =
            [(0, "0.00s"), (31, "0.03s"), (12_340, "12.3s"), (125_000, "2m 05s"), (3_725_000, "1h 02m")];
        for (ms, wanted) in all {
            assert_eq!(time(Duration::from_millis(ms)), wanted);
        }
        assert_eq!(mark(Duration::from_secs(10)), "10s");
        assert_eq!(mark(Duration::from_secs(80)), "1m 20s");
        assert_eq!(mark(Duration::from_millis(500)), "0.50s");
        assert_eq!(time(Duration::from_millis(59_999)), "0m 59s");
        assert_eq!(time(Duration::from_millis(9_999)), "10.0s");
    }

    #[test]
    fn sizes() {
        assert_eq!(bytes(10_239), "10239 bytes");
        assert_eq!(bytes(10 << 10), "10 KiB");
        assert_eq!(bytes(300 << 30), "300 GiB");
    }
}
