//! Whom a run is told to: people or programs.

use testrunner_core::event::Event;
use testrunner_core::testrun::Testrun;
use testrunner_core::{Engine, Report};

use crate::cli::Format;
use crate::failure::Result;
use crate::output::human::Human;
use crate::output::json::{self, TestrunWithCases};
use crate::output::screen::{Screen, say};
use crate::place::Place;

#[derive(Debug)]
pub(super) enum Teller {
    Human(Box<Human>),
    Json(Screen),
}

impl Teller {
    pub(super) fn begin(format: Format, run: &Testrun, about: &str, slots: usize, place: &Place) -> Self {
        let screen = Screen::new();
        let show = place.command(&format!("show {}", run.id()));
        match format {
            Format::Human => Self::Human(Box::new(Human::begin(screen, run, about, slots, show))),
            Format::Json => Self::Json(screen),
        }
    }

    pub(super) fn event(&mut self, run: &Testrun, report: &Report, event: &Event) {
        match self {
            Self::Human(human) => human.event(run, report, event),
            Self::Json(screen) => json::event(screen, event),
        }
    }

    pub(super) fn tick(&mut self, run: &Testrun, report: &Report) {
        if let Self::Human(human) = self {
            human.tick(run, report);
        }
    }

    pub(super) fn notice(&mut self, text: &str) {
        match self {
            Self::Human(human) => human.notice(text),
            Self::Json(_) => say(text),
        }
    }

    /// What [`Teller::end`] needs beside the report.
    pub(super) async fn cases(&self, engine: &Engine, run: &Testrun) -> Result<Option<TestrunWithCases>> {
        match self {
            Self::Human(_) => Ok(None),
            Self::Json(_) => Ok(Some(TestrunWithCases::read(&**engine.store(), run).await?)),
        }
    }

    pub(super) fn end(self, run: &Testrun, report: &Report, cases: Option<&TestrunWithCases>) -> Screen {
        match self {
            Self::Human(human) => human.end(run, report),
            Self::Json(mut screen) => {
                if let Some(testrun) = cases {
                    json::testrun(&mut screen, testrun);
                }
                screen
            }
        }
    }

    /// There is no end to tell.
    pub(super) fn give_up(self) {
        if let Self::Human(human) = self {
            human.give_up();
        }
    }
}
