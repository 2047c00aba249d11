//! The files and cases of the Testruns that are looked at: newest first, and no more than one request may read.

use testrunner_core::store::{CaseQuery, CaseRecord};
use testrunner_core::testrun::{FileRecord, Testrun};
use testrunner_core::{EngineError, TestrunId};

use super::window::Seen;
use crate::problem::Problem;
use crate::state::Api;

const PAGE: u32 = 10_000;

impl Seen {
    /// Shows each file with its Testrun.
    pub(super) async fn each_file(
        &mut self,
        api: &Api,
        mut visit: impl FnMut(&Testrun, &FileRecord),
    ) -> Result<(), Problem> {
        let mut rows = Rows(api.config.insight_rows);
        for (place, id) in self.ids() {
            let Some(run) = known(api.engine.get(id).await)? else { continue };
            if !rows.spend(run.files.len()) {
                self.cut(place);
                break;
            }
            run.files.iter().for_each(|file| visit(&run, file));
        }
        Ok(())
    }

    /// Shows each case with its Testrun and file; with `only` those of the files with this path.
    pub(super) async fn each_case(
        &mut self,
        api: &Api,
        only: Option<&str>,
        mut visit: impl FnMut(&Testrun, &FileRecord, CaseRecord),
    ) -> Result<(), Problem> {
        let mut rows = Rows(api.config.insight_rows);
        for (place, id) in self.ids() {
            let Some(run) = known(api.engine.get(id).await)? else { continue };
            if !rows.spend(run.files.len()) {
                self.cut(place);
                break;
            }
            let mut query = CaseQuery { limit: PAGE, ..CaseQuery::default() };
            if let Some(path) = only {
                query.file =
                    (0..).zip(&run.files).find(|(_, file)| file.path == path).map(|(index, _)| index);
                if query.file.is_none() {
                    continue;
                }
            }
            loop {
                let page = known(api.engine.cases(id, &query).await)?.unwrap_or_default();
                let Some(last) = page.last() else { break };
                query.after = last.seq;
                for case in page {
                    if !rows.spend(1) {
                        self.cut(place + 1);
                        return Ok(());
                    }
                    let file = usize::try_from(case.file).ok().and_then(|index| run.files.get(index));
                    if let Some(file) = file {
                        visit(&run, file, case);
                    }
                }
            }
        }
        Ok(())
    }

    fn ids(&self) -> Vec<(usize, TestrunId)> {
        self.runs.iter().map(|run| run.id).enumerate().collect()
    }
}

/// How many more files and cases may be looked at.
#[derive(Debug)]
struct Rows(usize);

impl Rows {
    /// Whether so many more may be.
    fn spend(&mut self, rows: usize) -> bool {
        let left = self.0.checked_sub(rows);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }
}

/// `None` where the Testrun was deleted meanwhile.
fn known<T>(read: Result<T, EngineError>) -> Result<Option<T>, Problem> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
