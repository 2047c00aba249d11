//! The end of a run: slowest tests, what was not run, one line for all.

use std::fmt::Write as _;
use std::time::Duration;

use anstyle::Style;
use testrunner_core::clock::duration;
use testrunner_core::report::Report;
use testrunner_core::testrun::{FileRole, ScheduleDocument, StopWhy, Testrun};
use testrunner_core::{CaseKind, FailReason, FileOutcome, Status};

use super::failures::case_name;
use super::style::{self, paint};
use super::words;

/// Below this nobody looks for time to save.
const WORTHY: Duration = Duration::from_millis(100);
const SLOWEST: usize = 5;

/// The slowest tests, with those over `mark` in colour; empty when there are few tests and none is over it.
pub(crate) fn slowest(run: &Testrun, report: &Report, mark: Duration) -> String {
    let mut cases: Vec<_> = report
        .files
        .iter()
        .filter(|(_, file)| file.finish.is_some())
        .filter_map(|(index, file)| Some((run.files.get(usize::try_from(*index).ok()?)?, file)))
        .flat_map(|(record, file)| file.cases.iter().map(move |case| (record, case)))
        .filter(|(_, case)| case.kind == CaseKind::Test)
        .collect();
    // Which of few tests is the slowest everybody sees.
    let least = if cases.len() <= SLOWEST { mark } else { mark.min(WORTHY) };
    cases.retain(|(_, case)| case.duration >= least);
    cases.sort_by_key(|(_, case)| std::cmp::Reverse(case.duration));
    let mut text = String::new();
    for (record, case) in cases.iter().take(SLOWEST) {
        let style = if case.duration >= mark { style::ODD } else { Style::new() };
        let time = paint(style, format!("{:>8}", words::time(case.duration)));
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {time}  {}", case_name(&record.path, case));
    }
    let more = cases.iter().skip(SLOWEST).filter(|(_, case)| case.duration >= mark).count();
    if more > 0 {
        let _ = writeln!(text, "  … {more} more took {} or longer", words::mark(mark));
    }
    if text.is_empty() { text } else { format!("{}\n{text}\n", paint(style::BOLD, "slowest tests")) }
}

/// What a FAILED Testrun was stopped or hindered by, in words.
pub(crate) fn explanation(run: &Testrun) -> Option<String> {
    let stop = run.summary.stop.as_ref();
    match run.reason()? {
        FailReason::Cancelled => Some(stop.map_or_else(
            || "it was cancelled".to_owned(),
            |stop| format!("it was cancelled by {}", super::clean::one_line(&stop.by)),
        )),
        FailReason::TimedOut => Some("its time ran out before all files were done".to_owned()),
        FailReason::WorkerLost => Some("the program that ran it ended before all files were done".to_owned()),
        FailReason::Infra => Some("the tests could not be run; this says nothing about them".to_owned()),
        FailReason::TestsFailed => stop
            .filter(|stop| stop.why == StopWhy::FailFast)
            .map(|_| format!("stopped after {}", words::count(failures_allowed(run), "failure"))),
        FailReason::NoTests => Some("no file had a test to run".to_owned()),
    }
}

/// `predicted 0.90s; 0.03s idle on 2 slots`
fn against(schedule: ScheduleDocument) -> String {
    let ScheduleDocument { slots, predicted_us, idle_us, .. } = schedule;
    let [predicted, idle] = [predicted_us, idle_us].map(|us| words::time(duration(us)));
    let slots = words::count(usize::try_from(slots).unwrap_or(usize::MAX), "slot");
    format!("predicted {predicted}; {idle} idle on {slots}")
}

fn failures_allowed(run: &Testrun) -> usize {
    run.summary.max_fail.and_then(|n| usize::try_from(n).ok()).unwrap_or(1)
}

/// `SUCCESS  4 passed in 2 files, 0.93s (predicted 0.90s; 0.03s idle on 2 slots)   testrunner show 12`
pub(crate) fn last_line(run: &Testrun, schedule: Option<ScheduleDocument>, show: &str) -> String {
    let summary = &run.summary;
    let verdict = match (run.status(), run.reason()) {
        (status, Some(reason)) => format!("{status} ({reason})"),
        (status @ (Status::Created | Status::Running | Status::Success | Status::Failed), None) => {
            status.to_string()
        }
    };
    let files = run.files.iter().filter(|file| file.role == FileRole::Test);
    let outcomes: Vec<Option<FileOutcome>> =
        files.map(|file| file.result.as_ref().map(|result| result.outcome)).collect();
    let number = |wanted: &[Option<FileOutcome>]| outcomes.iter().filter(|one| wanted.contains(one)).count();
    let not_run = number(&[None, Some(FileOutcome::NotRun)]);
    let verdict = paint(style::of_status(run.status()), verdict);
    if !run.status().is_terminal() {
        // Nothing yet is not none.
        let done = outcomes.iter().flatten().count();
        let mut line = format!("{verdict}  {done} of {} done", words::count(outcomes.len(), "file"));
        if summary.cases.total() > 0 {
            let _ = write!(line, ", {} so far", words::cases(&summary.cases));
        }
        return line;
    }
    let mut line = format!("{verdict}  {}", words::cases(&summary.cases));
    let _ = write!(line, " in {}", words::count(outcomes.len(), "file"));
    let others = [
        (number(&[Some(FileOutcome::Empty)]), "empty"),
        (number(&[Some(FileOutcome::Cancelled)]), "stopped"),
        (not_run, "not run"),
    ];
    let others: Vec<String> =
        others.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    if !others.is_empty() {
        let _ = write!(line, " ({})", others.join(", "));
    }
    if let (Some(started), Some(finished)) = (summary.started_at, summary.finished_at) {
        let _ = write!(line, ", {}", words::time(finished.since(started)));
        // What was stopped was not predicted.
        if let Some(schedule) = schedule.filter(|_| summary.stop.is_none()) {
            let _ = write!(line, " ({})", against(schedule));
        }
    }
    if !show.is_empty() {
        let _ = write!(line, "   {}", paint(style::DIM, show));
    }
    line
}
