//! What is known of the files of a specification.

use std::time::Duration;

use super::{Engine, suite};
use crate::store::History;
use crate::testrun::{FileRole, SpecFile, TestrunSpec};

impl Engine {
    /// The test files by index, each with what it took when it last ran to an end: with the same settings, else
    /// with none.
    pub(super) async fn timings(&self, spec: &TestrunSpec) -> Vec<(u32, Option<Duration>)> {
        let tests: Vec<(u32, &SpecFile)> =
            (0..).zip(&spec.files).filter(|(_, file)| file.role == FileRole::Test).collect();
        let mut known = self.history(&suite::of(spec), tests.iter().map(|(_, file)| &file.path)).await;
        if !spec.options.is_empty() {
            let unknown = tests.iter().map(|(_, file)| &file.path).filter(|path| !known.contains_key(*path));
            let whole = self.history(&suite::whole(spec), unknown).await;
            known.extend(whole);
        }
        tests.into_iter().map(|(index, file)| (index, known.get(&file.path).copied())).collect()
    }

    async fn history<'a>(&self, suite: &str, paths: impl Iterator<Item = &'a String>) -> History {
        let paths: Vec<String> = paths.cloned().collect();
        if paths.is_empty() {
            return History::new();
        }
        self.inner.store.history(suite, &paths).await.unwrap_or_else(|error| {
            // A plan without history is worse, not wrong.
            tracing::warn!(%error, "no timings for the plan");
            History::new()
        })
    }
}
