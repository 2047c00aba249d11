//! One line for one file.

use std::time::Duration;

use testrunner_core::{CaseCounts, FileOutcome};

use super::clean::{headline, one_line};
use super::style::{self, paint};
use super::words;

/// `FAIL     test_fails.py  1 failed, 2 passed  0.41s`
pub(crate) fn file_line(
    path: &str,
    outcome: FileOutcome,
    counts: &CaseCounts,
    duration: Option<Duration>,
    message: Option<&str>,
) -> String {
    let word = paint(style::of_file(outcome), format!("{:<7}", words::file_word(outcome)));
    let mut line = format!("{word}  {}", one_line(path));
    if outcome != FileOutcome::NotRun {
        line.push_str("  ");
        line.push_str(&words::cases(counts));
    }
    if let Some(duration) = duration.filter(|_| outcome != FileOutcome::NotRun) {
        line.push_str(&format!("  {}", paint(style::DIM, words::time(duration))));
    }
    if let Some(message) = message.map(headline).filter(|message| !message.is_empty()) {
        line.push_str(&format!("  {}", paint(style::DIM, message)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_all_on_one_line() {
        let counts = CaseCounts { passed: 2, crashed: 1, ..CaseCounts::default() };
        let line = |outcome, message| {
            let text = file_line("a\n.py", outcome, &counts, Some(Duration::from_millis(410)), message);
            anstream::adapter::strip_str(&text).to_string()
        };
        let crashed = line(FileOutcome::Crashed, Some("killed by signal 11\nmore"));
        assert_eq!(crashed, "CRASH    a .py  1 crashed, 2 passed  0.41s  killed by signal 11");
        assert_eq!(line(FileOutcome::NotRun, None), "NOT RUN  a .py");
    }
}
