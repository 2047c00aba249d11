//! Whom a run is told to: people or programs.

use testrunner_core::event::Event;
use testrunner_core::testrun::Testrun;
use testrunner_core::{Engine, Report};

use super::Kit;
use crate::cli::Format;
use crate::failure::Result;
use crate::output::human::Human;
use crate::output::json::{self, TestrunWithCases};
use crate::output::screen::{Screen, say};
use crate::output::slow::{self, Slow};

#[derive(Debug)]
pub(super) enum Teller {
    Human(Box<Human>),
    Json(Screen),
}

impl Teller {
    pub(super) fn begin(kit: &Kit<'_>, run: &Testrun, round: &str) -> Self {
        let screen = Screen::new();
        match kit.how.format {
            Format::Human => {
                let show = kit.place.command(&format!("show {}", run.id()));
                let slow = Slow::new(kit.how.slow.unwrap_or(slow::MARK));
                let about = format!("{round}{}", kit.about);
                Self::Human(Box::new(Human::begin(screen, run, &about, kit.slots, slow, show)))
            }
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
