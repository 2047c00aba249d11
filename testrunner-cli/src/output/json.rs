//! A run as programs read it: one JSON document a line.

use serde::Serialize;
use testrunner_core::Store;
use testrunner_core::event::Event;
use testrunner_core::store::{CaseQuery, CaseRecord, StoreError};
use testrunner_core::testrun::{Testrun, TestrunDocument};

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

/// A case with the path of its file.
#[derive(Debug, Serialize)]
struct CaseDocument {
    path: String,
    #[serde(flatten)]
    case: CaseRecord,
}

impl TestrunWithCases {
    /// Reads the cases of a Testrun, page by page.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn read(store: &dyn Store, run: &Testrun) -> Result<Self, StoreError> {
        let mut cases = Vec::new();
        let mut query = CaseQuery::default();
        loop {
            let page = store.cases(run.id(), &query).await?;
            let Some(last) = page.last() else { break };
            query.after = last.seq;
            cases.extend(page.into_iter().map(|case| {
                let record = usize::try_from(case.file).ok().and_then(|index| run.files.get(index));
                CaseDocument { path: record.map_or_else(String::new, |file| file.path.clone()), case }
            }));
        }
        Ok(Self { document: TestrunDocument::from(run), cases })
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

/// Prints any document on a line of its own.
pub(crate) fn document(screen: &mut Screen, document: &impl Serialize) {
    // Serialising what we define ourselves cannot fail: keys are strings and nothing is out of range.
    if let Ok(text) = serde_json::to_string(document) {
        screen.line(&text);
    }
}
