//! Repeating a Testrun.

use super::{Engine, EngineError, Result};
use crate::id::TestrunId;
use crate::testrun::{FileContent, FileRecord, FileRole, Source, SpecFile, Testrun, TestrunSpec};

/// Which test files are run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rerun {
    /// All of them.
    All,
    /// Those that are not in order: failed, crashed, cancelled, never run.
    Failed,
}

impl Engine {
    /// The specification that repeats a Testrun, linked to it by `retry_of`; to be submitted.
    ///
    /// # Errors
    /// There is no such Testrun, nothing of it is to be run again, or the store failed.
    pub async fn rerun(&self, run: TestrunId, which: Rerun) -> Result<TestrunSpec> {
        let run = self.get(run).await?;
        let again = |file: &&FileRecord| {
            let good = file.result.as_ref().is_some_and(|result| result.outcome.is_good());
            file.role == FileRole::Support || which == Rerun::All || !good
        };
        let files: Vec<SpecFile> =
            run.files.iter().filter(again).map(|file| repeat(&run, file)).collect::<Result<_>>()?;
        if !files.iter().any(SpecFile::is_test) {
            return Err(EngineError::NothingToRerun { run: run.id() });
        }
        let summary = run.summary;
        Ok(TestrunSpec {
            files,
            options: summary.options,
            limits: summary.limits,
            priority: summary.priority,
            max_fail: summary.max_fail,
            time_limit: summary.deadline.map(|deadline| deadline.since(summary.created_at)),
            plan: summary.plan,
            retry_of: Some(summary.id),
            labels: summary.labels,
            source: summary.source,
            ..TestrunSpec::upload(summary.executor, summary.username)
        })
    }
}

fn repeat(run: &Testrun, file: &FileRecord) -> Result<SpecFile> {
    let content = match (&run.summary.source, file.digest) {
        // Read anew: the user has probably changed it since.
        (Source::Directory { .. }, _) => FileContent::InPlace { digest: None, size: 0 },
        (Source::Upload, Some(digest)) => FileContent::Blob { digest, size: file.size },
        (Source::Upload, None) => {
            let message = format!("the file {} of Testrun {} has no digest", file.path, run.id());
            return Err(EngineError::Config(message));
        }
    };
    Ok(SpecFile { path: file.path.clone(), role: file.role, content })
}
