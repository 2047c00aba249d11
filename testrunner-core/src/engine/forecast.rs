//! How a Testrun would be run, without running anything.

use std::time::Duration;

use super::{Engine, Result};
use crate::schedule::Forecast;
use crate::testrun::TestrunSpec;

/// How a Testrun would be run if it were submitted now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The test files, in the order of submission.
    pub files: Vec<FilePreview>,
    /// The items and when each is expected to run. Nothing else is expected to run meanwhile.
    pub forecast: Forecast,
}

/// A test file of a [`Preview`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePreview {
    /// The number by which items name it.
    pub index: u32,
    /// Its path.
    pub path: String,
    /// What it took when it last ran to an end; `None`: nothing is known of it.
    pub known: Option<Duration>,
}

impl Preview {
    /// What a file is expected to take.
    #[must_use]
    pub fn expected(&self, file: &FilePreview) -> Duration {
        file.known.unwrap_or(self.forecast.assumed)
    }
}

impl Engine {
    /// Plans a specification as [`Engine::submit`] would, on as many slots, with the same timings. Nothing is stored
    /// or run, and of the files only their names are looked at.
    ///
    /// # Errors
    /// The specification breaks a rule, or the executor is unknown or refuses the options.
    pub async fn forecast(&self, spec: &TestrunSpec) -> Result<Preview> {
        spec.validate()?;
        self.executor(&spec.executor)?.check(&spec.options)?;
        let timings = self.timings(spec).await;
        let forecast = Forecast::of(&timings, spec.plan, self.slots_for(spec).await);
        let paths = timings.into_iter().filter_map(|(index, known)| {
            let file = spec.files.get(usize::try_from(index).ok()?)?;
            Some(FilePreview { index, path: file.path.clone(), known })
        });
        Ok(Preview { files: paths.collect(), forecast })
    }
}
