//! A run as people see it: lines as files end, failures as they come, and all of it again at the end.

use std::collections::HashSet;

use testrunner_core::event::{Event, EventBody};
use testrunner_core::testrun::{ScheduleDocument, StopWhy, Testrun};
use testrunner_core::{CaseOutcome, Clock as _, Report, SystemClock};

use super::clean::{headline, one_line};
use super::failures::{Room, case_name, failures};
use super::file_line::file_line;
use super::live::Live;
use super::screen::{Screen, say};
use super::slow::Slow;
use super::style::{self, paint};
use super::summary;

/// Lines for running files when it is not known how many run at once.
const ELSEWHERE: usize = 4;

/// Tells a run on standard output, with a live area on standard error.
#[derive(Debug)]
pub(crate) struct Human {
    screen: Screen,
    live: Option<Live>,
    /// Lines that wait for the next drawing of the live area.
    waiting: String,
    slow: Slow,
    /// What was said of items: that a worker was lost is the same for all that it held.
    said: HashSet<String>,
    /// The command that shows the Testrun again.
    show: String,
}

impl Human {
    /// Begins with a header. `about` says what the tests run with, `show` is the command that shows it again.
    pub(crate) fn begin(
        mut screen: Screen,
        run: &Testrun,
        about: &str,
        slots: Option<usize>,
        slow: Slow,
        show: String,
    ) -> Self {
        let id = paint(style::BOLD, format!("Testrun {}", run.id()));
        let files = super::words::count(run.files.len(), "file");
        let at_once = slots.map_or_else(String::new, |n| format!(", {}", super::words::count(n, "slot")));
        screen.line(&format!("{id}  {files}, {about}{at_once}"));
        let live = Live::begin(run.files.len(), slots.unwrap_or(ELSEWHERE));
        Self { screen, live, waiting: String::new(), slow, said: HashSet::new(), show }
    }

    /// Tells one event; `report` has it already.
    pub(crate) fn event(&mut self, run: &Testrun, report: &Report, event: &Event) {
        self.slow.event(event);
        let path = event.body.file().map_or("", |index| path(run, index));
        match &event.body {
            EventBody::Case(case) if case.outcome.is_bad() => {
                let mut line = format!("  {} {}", paint(style::BAD, "✗"), case_name(path, case));
                if matches!(case.outcome, CaseOutcome::Crashed | CaseOutcome::TimedOut | CaseOutcome::Error) {
                    line.push_str(&format!("  {}", super::words::case_word(case.outcome)));
                }
                if let Some(message) = case.message.as_deref().map(headline).filter(|text| !text.is_empty()) {
                    line.push_str(&format!("  {}", paint(style::DIM, message)));
                }
                self.line(&line);
            }
            EventBody::FileFinished(finish) => {
                let counts = report.files.get(&finish.file).map(testrunner_core::report::FileReport::counts);
                let (outcome, duration) = (finish.outcome, Some(finish.duration));
                let counts = counts.unwrap_or_default();
                self.line(&file_line(path, outcome, &counts, duration, finish.message.as_deref()));
            }
            EventBody::ItemReturned { message: Some(message), .. }
            | EventBody::ItemFinished { message: Some(message), .. }
                if self.said.insert(message.clone()) =>
            {
                self.line(&format!("{} {}", paint(style::ODD, "!"), one_line(message)));
            }
            EventBody::StopRequested { why: StopWhy::FailFast, .. } => {
                self.line(&format!("{} enough failures; stopping", paint(style::ODD, "!")));
            }
            _ => {}
        }
    }

    /// Draws what has come since the last time, and tells what takes long. Called a few times a second.
    pub(crate) fn tick(&mut self, run: &Testrun, report: &Report) {
        for slow in self.slow.due(SystemClock.now()) {
            self.line(&format!("{} {}", paint(style::ODD, "slow:"), slow.text(path(run, slow.file))));
        }
        self.show_waiting();
        if let Some(live) = &self.live {
            live.draw(run, report);
        }
    }

    /// Tells something beside the run, on standard error.
    pub(crate) fn notice(&mut self, text: &str) {
        self.show_waiting();
        match &self.live {
            Some(live) => live.suspend(|| say(text)),
            None => say(text),
        }
    }

    /// Takes the live area away.
    pub(crate) fn calm(&mut self) {
        self.show_waiting();
        if let Some(live) = self.live.take() {
            live.end();
        }
    }

    /// Tells the end: failures in full, slowest tests, what was said of the run, one line for all.
    pub(crate) fn end(
        mut self,
        run: &Testrun,
        report: &Report,
        schedule: Option<ScheduleDocument>,
    ) -> Screen {
        self.calm();
        let full = failures(run, report, Room::BRIEF);
        if full.is_empty() {
            self.screen.line("");
        } else {
            self.screen.line(&format!("\n{}\n", paint(style::BOLD, "failures")));
            self.screen.text(&full);
        }
        self.screen.text(&summary::slowest(run, report, self.slow.mark()));
        for message in &report.messages {
            self.screen.line(&format!("{} {}", paint(style::ODD, "!"), one_line(message)));
        }
        if let Some(explanation) = summary::explanation(run) {
            self.screen.line(&format!("{} {explanation}", paint(style::ODD, "!")));
        }
        self.screen.line(&summary::last_line(run, schedule, &self.show));
        self.screen
    }

    /// Gives the screen back when there is no end to tell.
    pub(crate) fn give_up(mut self) -> Screen {
        self.calm();
        self.screen
    }

    fn line(&mut self, line: &str) {
        if self.live.is_some() {
            self.waiting.push_str(line);
            self.waiting.push('\n');
        } else {
            self.screen.line(line);
        }
    }

    fn show_waiting(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.waiting);
        let screen = &mut self.screen;
        match &self.live {
            Some(live) => live.suspend(|| {
                screen.text(&text);
                screen.flush();
            }),
            None => screen.text(&text),
        }
    }
}

fn path(run: &Testrun, index: u32) -> &str {
    let record = usize::try_from(index).ok().and_then(|index| run.files.get(index));
    record.map_or("", |record| record.path.as_str())
}
