//! A run as programs read it: one JSON document a line.

use serde::Serialize;
use testrunner_api::CaseDocument;
use testrunner_core::event::Event;
use testrunner_core::testrun::{ScheduleDocument, Testrun, TestrunDocument};

use super::screen::Screen;

/// `{"event": …}`
#[derive(Debug, Serialize)]
struct EventLine<'a> {
    event: &'a Event,
}

/// `{"testrun": …}`
#[derive(Debug, Serialize)]
struct TestrunLine<'a> {
    testrun: &'a TestrunWithCases,
}

/// A Testrun with every case that counts.
#[derive(Debug, Serialize)]
pub(crate) struct TestrunWithCases {
    #[serde(flatten)]
    document: TestrunDocument,
    cases: Vec<CaseDocument>,
}

impl TestrunWithCases {
    pub(crate) fn new(run: &Testrun, schedule: Option<ScheduleDocument>, cases: Vec<CaseDocument>) -> Self {
        Self { document: TestrunDocument::from(run).with_schedule(schedule), cases }
    }
}

/// Prints an event.
pub(crate) fn event(screen: &mut Screen, event: &Event) {
    document(screen, &EventLine { event });
}

/// Prints the last line of a run.
pub(crate) fn testrun(screen: &mut Screen, testrun: &TestrunWithCases) {
    document(screen, &TestrunLine { testrun });
}

/// Prints that a Testrun is there, without cases.
pub(crate) fn submitted(screen: &mut Screen, run: &Testrun) {
    document(screen, &serde_json::json!({ "testrun": TestrunDocument::from(run) }));
}

/// Prints any document on a line of its own.
pub(crate) fn document(screen: &mut Screen, document: &impl Serialize) {
    // Serialising what we define ourselves cannot fail: keys are strings and nothing is out of range.
    if let Ok(text) = serde_json::to_string(document) {
        screen.line(&text);
    }
}
