//! Whom a run is told to: people or programs.

use std::time::Duration;

use testrunner_core::Report;
use testrunner_core::event::Event;
use testrunner_core::testrun::{ScheduleDocument, Testrun};

use super::human::Human;
use super::json::{self, TestrunWithCases};
use super::screen::{Screen, say};
use super::slow::{self, Slow};
use crate::cli::Format;

#[derive(Debug)]
pub(crate) enum Teller {
    Human(Box<Human>),
    Json(Screen),
}

/// How a run is told.
#[derive(Debug)]
pub(crate) struct Manner {
    pub(crate) format: Format,
    /// What the tests run with, for the header.
    pub(crate) about: String,
    /// How many run at once, where that is known.
    pub(crate) slots: Option<usize>,
    /// From when on a test is slow.
    pub(crate) slow: Option<Duration>,
    /// The command that shows the Testrun again.
    pub(crate) show: String,
}

impl Teller {
    pub(crate) fn begin(run: &Testrun, manner: Manner) -> Self {
        let screen = Screen::new();
        match manner.format {
            Format::Human => {
                let slow = Slow::new(manner.slow.unwrap_or(slow::MARK));
                let human = Human::begin(screen, run, &manner.about, manner.slots, slow, manner.show);
                Self::Human(Box::new(human))
            }
            Format::Json => Self::Json(screen),
        }
    }

    pub(crate) fn event(&mut self, run: &Testrun, report: &Report, event: &Event) {
        match self {
            Self::Human(human) => human.event(run, report, event),
            Self::Json(screen) => json::event(screen, event),
        }
    }

    pub(crate) fn tick(&mut self, run: &Testrun, report: &Report) {
        if let Self::Human(human) = self {
            human.tick(run, report);
        }
    }

    pub(crate) fn notice(&mut self, text: &str) {
        match self {
            Self::Human(human) => human.notice(text),
            Self::Json(_) => say(text),
        }
    }

    /// Whether [`Teller::end`] needs the cases.
    pub(crate) const fn wants_cases(&self) -> bool {
        matches!(self, Self::Json(_))
    }

    pub(crate) fn end(
        self,
        run: &Testrun,
        report: &Report,
        schedule: Option<ScheduleDocument>,
        cases: Option<&TestrunWithCases>,
    ) -> Screen {
        match self {
            Self::Human(human) => human.end(run, report, schedule),
            Self::Json(mut screen) => {
                if let Some(testrun) = cases {
                    json::testrun(&mut screen, testrun);
                }
                screen
            }
        }
    }

    /// There is no end to tell.
    pub(crate) fn give_up(self) {
        if let Self::Human(human) = self {
            human.give_up();
        }
    }
}
