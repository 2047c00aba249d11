//! Testruns of the same files, compared: what passed in one and not in another is flaky.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::report::{FileReport, Report};
use crate::testrun::{CaseKind, CaseOutcome, FileOutcome, Testrun};

/// The outcomes of Testruns that repeat each other. Feed it each Testrun once, when it has ended.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    files: BTreeMap<String, File>,
}

/// One case or file on which Testruns disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaky {
    /// Its file.
    pub path: String,
    /// Name of the case; `None` when the file disagrees and no case of it tells why.
    pub case: Option<String>,
    /// What the case stands for.
    pub kind: Option<CaseKind>,
    /// Testruns in which it was judged. Skipped, stopped and never started are not.
    pub runs: u32,
    /// Testruns in which it was in order, by outcome.
    pub good: Outcomes,
    /// Testruns in which it was not.
    pub bad: Outcomes,
}

/// Number of Testruns by outcome, by its name on the wire; those that came about.
pub type Outcomes = BTreeMap<&'static str, u32>;

#[derive(Clone, Debug, Default)]
struct File {
    tally: Tally,
    cases: BTreeMap<Key, Tally>,
    /// The bad cases of each Testrun in which the file was bad.
    failures: Vec<Vec<Key>>,
}

/// Name and kind, which together are unique within a file.
type Key = (String, CaseKind);

#[derive(Clone, Debug, Default)]
struct Tally {
    good: Outcomes,
    bad: Outcomes,
}

impl Tally {
    fn count(&mut self, is_bad: bool, outcome: &'static str) {
        let side = if is_bad { &mut self.bad } else { &mut self.good };
        *side.entry(outcome).or_default() += 1;
    }

    fn is_flaky(&self) -> bool {
        !self.good.is_empty() && !self.bad.is_empty()
    }
}

impl Repeats {
    /// Takes one more Testrun, with what its log adds up to.
    pub fn add(&mut self, run: &Testrun, report: &Report) {
        for (index, file) in &report.files {
            let record = usize::try_from(*index).ok().and_then(|index| run.files.get(index));
            if let Some((record, outcome)) = record.zip(file.outcome().filter(|&outcome| is_judged(outcome)))
            {
                self.files.entry(record.path.clone()).or_default().add(file, outcome);
            }
        }
    }

    /// What the Testruns disagree on, by file; cases before the file itself.
    #[must_use]
    pub fn flaky(&self) -> Vec<Flaky> {
        self.files.iter().flat_map(|(path, file)| file.flaky(path)).collect()
    }
}

/// A file that was stopped or never started, or had nothing to run, says nothing of its tests.
const fn is_judged(outcome: FileOutcome) -> bool {
    outcome.is_bad() || matches!(outcome, FileOutcome::Passed)
}

impl File {
    fn add(&mut self, file: &FileReport, outcome: FileOutcome) {
        self.tally.count(outcome.is_bad(), outcome.into());
        let mut bad = Vec::new();
        for case in file.cases.iter().filter(|case| case.outcome != CaseOutcome::Skipped) {
            let key = (case.case.clone(), case.kind);
            if case.outcome.is_bad() {
                bad.push(key.clone());
            }
            self.cases.entry(key).or_default().count(case.outcome.is_bad(), case.outcome.into());
        }
        if outcome.is_bad() {
            self.failures.push(bad);
        }
    }

    fn flaky(&self, path: &str) -> Vec<Flaky> {
        let flaky = |case, kind, tally: &Tally| Flaky {
            path: path.to_owned(),
            case,
            kind,
            runs: tally.good.values().chain(tally.bad.values()).sum(),
            good: tally.good.clone(),
            bad: tally.bad.clone(),
        };
        let cases = self.cases.iter().filter(|(_, tally)| tally.is_flaky());
        let mut all: Vec<Flaky> =
            cases.map(|((name, kind), tally)| flaky(Some(name.clone()), Some(*kind), tally)).collect();
        let is_told = |key: &Key| self.cases.get(key).is_some_and(Tally::is_flaky);
        let all_told = self.failures.iter().all(|bad| bad.iter().any(is_told));
        if self.tally.is_flaky() && !all_told {
            all.push(flaky(None, None, &self.tally));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::{CaseResult, FileFinish};

    fn file(outcome: FileOutcome, cases: &[(&str, CaseOutcome)]) -> FileReport {
        let case = |&(name, outcome): &(&str, CaseOutcome)| {
            let (case, kind, duration) = (name.to_owned(), CaseKind::Test, Duration::ZERO);
            CaseResult { file: 0, case, kind, outcome, duration, message: None, line: None }
        };
        let (collected, reported, duration, message) = (1, 1, Duration::ZERO, None);
        let finish = FileFinish { file: 0, outcome, collected, reported, duration, message };
        FileReport { cases: cases.iter().map(case).collect(), finish: Some(finish), ..FileReport::default() }
    }

    fn flaky(files: &[FileReport]) -> Vec<Flaky> {
        let mut all = File::default();
        files.iter().for_each(|file| all.add(file, file.outcome().unwrap_or(FileOutcome::NotRun)));
        all.flaky("test_a.py")
    }

    #[test]
    fn a_case_is_flaky_when_it_ran_and_was_good_and_bad() {
        use CaseOutcome::{Crashed, Failed, Passed, Skipped, Xfailed};
        use FileOutcome as File;
        let found = flaky(&[
            file(File::Passed, &[("a", Passed), ("b", Skipped), ("c", Xfailed)]),
            file(File::Failed, &[("a", Failed), ("b", Failed), ("c", Xfailed)]),
            file(File::Crashed, &[("a", Crashed)]),
            file(File::Failed, &[("a", Passed), ("b", Failed)]),
        ]);
        let names: Vec<_> = found.iter().map(|one| one.case.as_deref()).collect();
        // In the last Testrun the file failed because of `b`, which is not flaky: it failed whenever it ran.
        assert_eq!(names, [Some("a"), None]);
        assert_eq!((found[0].runs, found[0].good["passed"]), (4, 2));
        assert_eq!(found[0].bad, Outcomes::from([("failed", 1), ("crashed", 1)]));
        assert_eq!(found[1].bad, Outcomes::from([("failed", 2), ("crashed", 1)]));
    }

    #[test]
    fn a_file_is_named_only_where_no_flaky_case_tells_why() {
        use CaseOutcome::{Failed, Passed};
        use FileOutcome as File;
        let good = file(File::Passed, &[("a", Passed)]);
        let told = flaky(&[good.clone(), file(File::Failed, &[("a", Failed)])]);
        assert_eq!(told.iter().filter(|one| one.case.is_none()).count(), 0);
        let crashed = flaky(&[good.clone(), file(File::Crashed, &[])]);
        assert_eq!((crashed[0].case.as_deref(), crashed[0].bad["crashed"]), (None, 1));
        assert!(flaky(&[good.clone(), good]).is_empty());
        assert!(flaky(&[file(File::Crashed, &[]), file(File::Crashed, &[])]).is_empty());
    }
}
