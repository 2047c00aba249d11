//! The end of a repeated run: how its Testruns ended, and what they disagree on.

use serde::Serialize;
use testrunner_core::repeats::{Flaky, Outcomes};
use testrunner_core::testrun::Testrun;
use testrunner_core::{CaseKind, FailReason, Repeats, Report, Status, TestrunId};

use super::clean::one_line;
use super::screen::Screen;
use super::style::{self, paint};
use super::words;

/// So many Testruns are named one by one.
const NAMED: usize = 10;

/// What the Testruns of a repeated run add up to.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    testruns: Vec<Ended>,
    outcomes: Repeats,
}

#[derive(Debug, Serialize)]
struct Ended {
    id: TestrunId,
    status: Status,
    reason: Option<FailReason>,
}

/// `{"repeats": …}`
#[derive(Serialize)]
struct RepeatsLine<'a> {
    repeats: RepeatsDocument<'a>,
}

#[derive(Serialize)]
struct RepeatsDocument<'a> {
    testruns: &'a [Ended],
    flaky: Vec<Flaky>,
}

impl Repeated {
    /// Takes one more Testrun, which has ended.
    pub(crate) fn add(&mut self, run: &Testrun, report: &Report) {
        self.testruns.push(Ended { id: run.id(), status: run.status(), reason: run.reason() });
        self.outcomes.add(run, report);
    }

    /// Tells it to people; of a single Testrun all is said.
    pub(crate) fn tell(&self, screen: &mut Screen) {
        if self.testruns.len() < 2 {
            return;
        }
        screen.line(&format!("\n{}", self.summary()));
        for flaky in self.outcomes.flaky() {
            screen.line(&format!("{} {}", paint(style::ODD, "flaky:"), sentence(&flaky)));
        }
    }

    /// Tells it to programs.
    pub(crate) fn document(&self, screen: &mut Screen) {
        let repeats = RepeatsDocument { testruns: &self.testruns, flaky: self.outcomes.flaky() };
        super::json::document(screen, &RepeatsLine { repeats });
    }

    /// `10 Testruns: 8 SUCCESS, 2 FAILED (3, 7)`
    fn summary(&self) -> String {
        let failed: Vec<String> = self
            .testruns
            .iter()
            .filter(|run| run.status == Status::Failed)
            .map(|run| run.id.to_string())
            .collect();
        let total = self.testruns.len();
        let mut parts = Vec::new();
        if total > failed.len() {
            parts.push(
                paint(style::of_status(Status::Success), format!("{} SUCCESS", total - failed.len()))
                    .to_string(),
            );
        }
        if !failed.is_empty() {
            let more = if failed.len() > NAMED { ", …" } else { "" };
            let named = failed[..failed.len().min(NAMED)].join(", ");
            let number = paint(style::of_status(Status::Failed), format!("{} FAILED", failed.len()));
            parts.push(format!("{number} ({named}{more})"));
        }
        format!("{}: {}", words::count(total, "Testrun"), parts.join(", "))
    }
}

/// `test_a.py::test_x failed in 2, crashed in 1 of 10`
fn sentence(flaky: &Flaky) -> String {
    let path = one_line(&flaky.path);
    let name = match (&flaky.case, flaky.kind) {
        (Some(case), Some(CaseKind::Test | CaseKind::Subtest)) => format!("{path}::{}", one_line(case)),
        (Some(case), _) => format!("{path} {}", one_line(case)),
        (None, _) => path,
    };
    format!("{name} {} of {}", ends(&flaky.bad), flaky.runs)
}

/// The most frequent first.
fn ends(outcomes: &Outcomes) -> String {
    let mut ends: Vec<_> = outcomes.iter().collect();
    ends.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let parts: Vec<String> =
        ends.iter().map(|(outcome, times)| format!("{} in {times}", outcome.replace('_', " "))).collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flakiness_in_a_sentence() {
        let flaky = |case: Option<&str>, bad| Flaky {
            path: "test_a.py".into(),
            case: case.map(str::to_owned),
            kind: case.map(|_| CaseKind::Test),
            runs: 10,
            good: Outcomes::from([("passed", 7)]),
            bad,
        };
        let case = flaky(Some("test_x"), Outcomes::from([("crashed", 1), ("failed", 2)]));
        assert_eq!(sentence(&case), "test_a.py::test_x failed in 2, crashed in 1 of 10");
        let file = flaky(None, Outcomes::from([("timed_out", 3)]));
        assert_eq!(sentence(&file), "test_a.py timed out in 3 of 10");
    }

    #[test]
    fn testruns_in_a_line() {
        let ended = |id, status| Ended { id: TestrunId(id), status, reason: None };
        let testruns = vec![ended(1, Status::Success), ended(2, Status::Failed), ended(5, Status::Failed)];
        let mut all = Repeated { testruns, ..Repeated::default() };
        let plain = |all: &Repeated| anstream::adapter::strip_str(&all.summary()).to_string();
        assert_eq!(plain(&all), "3 Testruns: 1 SUCCESS, 2 FAILED (2, 5)");
        all.testruns.retain(|run| run.status == Status::Success);
        assert_eq!(plain(&all), "1 Testrun: 1 SUCCESS");
    }
}
