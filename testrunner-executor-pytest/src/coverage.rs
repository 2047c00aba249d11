//! Coverage data: the process of each file writes its own, and together they are what one pytest would have left.

use std::collections::HashSet;
use std::io;
use std::time::Duration;

use testrunner_core::executor::{ExecError, Scratch, SessionContext};
use testrunner_core::testrun::FileRole;
use tokio::process::Command;

use crate::command::text;
use crate::environment::tool;
use crate::options::PytestOptions;
use crate::select;

/// How long it may take to put everything together, with the reports.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the files of a Testrun measure.
#[derive(Debug)]
pub(crate) struct Coverage {
    /// Not in the session's own folder, which is gone before its last process: one that files share writes when
    /// it ends.
    scratch: Scratch,
    /// What pytest is told.
    words: Vec<String>,
}

impl Coverage {
    /// `None` where pytest-cov is not asked to measure. `make` makes a folder.
    pub(crate) fn of(
        context: &SessionContext,
        options: &PytestOptions,
        make: impl FnOnce() -> io::Result<Scratch>,
    ) -> io::Result<Option<Self>> {
        let words = words(context, options);
        // It may be asked for in settings that are named there, which are not looked into.
        let asks = |word: &String| {
            word == "--cov" || ["--cov=", "-c", "--config-file"].iter().any(|start| word.starts_with(start))
        };
        if !words.iter().any(asks) {
            return Ok(None);
        }
        Ok(Some(Self { scratch: make()?, words }))
    }

    /// The variable that has coverage write to a file which nobody else has.
    pub(crate) fn variable(&self, unique: &str) -> Result<(String, String), ExecError> {
        // Before it saves, coverage takes in all whose names go on after this one and a dot.
        let file = self.scratch.path().join(format!(".coverage.{unique}"));
        Ok(("COVERAGE_FILE".to_owned(), text(&file)?.to_owned()))
    }

    /// Puts together what there is. `command` runs `combine.py` in the root of the tests.
    pub(crate) async fn combine(&self, mut command: Command) {
        let folder = self.scratch.path();
        if !std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some()) {
            return;
        }
        // It has nothing to measure itself.
        command.arg(folder).args(&self.words).env_remove("COVERAGE_PROCESS_START");
        match tool::run(command, PATIENCE).await {
            Ok(said) if said.trim().is_empty() => {}
            Ok(said) => tracing::warn!(said = said.trim(), "coverage data may be incomplete"),
            Err(why) => tracing::warn!(%why, "the coverage data of the files could not be combined"),
        }
    }

    pub(crate) fn remove(&self) {
        self.scratch.remove();
    }
}

/// What pytest is told, for all files taken together: by settings, by its variable, and by the Testrun.
fn words(context: &SessionContext, options: &PytestOptions) -> Vec<String> {
    let mut words = Vec::new();
    let mut seen = HashSet::new();
    for file in context.files.iter().filter(|file| file.role == FileRole::Test) {
        let path = context.root.join(&file.path);
        for folder in path.ancestors().skip(1) {
            let is_beyond = !context.in_place && !folder.starts_with(&context.root);
            if is_beyond || !seen.insert(folder.to_owned()) {
                break;
            }
            if let Some(told) = select::addopts(folder) {
                words.extend(told);
                break;
            }
        }
    }
    let own = || context.in_place.then(|| std::env::var("PYTEST_ADDOPTS").ok()).flatten();
    let variable = context.environment.get("PYTEST_ADDOPTS").cloned().or_else(own);
    words.extend(variable.and_then(|text| select::split(&text)).unwrap_or_default());
    words.extend(options.args.iter().cloned());
    words
}
