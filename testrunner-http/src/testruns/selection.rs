//! `POST /selection`

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use testrunner_api::{RefusedPath, Role, Selection, SelectionRequest};
use testrunner_core::Limits;
use testrunner_core::executor::MemoryTree;

use crate::config::HttpConfig;
use crate::extract::ApiJson;
use crate::guard::Caller;
use crate::problem::{Problem, echo};
use crate::state::Api;
use crate::upload::Names;

/// Largest text of settings, in bytes.
const SETTINGS: usize = 64 << 10;

/// See what would be run
///
/// Of a set of files that are not sent yet: which are tests by the executor's rules, which would be laid out beside
/// them, and which would be refused for their names. Nothing is stored, nothing is executed.
#[utoipa::path(
    post, path = "/selection", tag = "testruns", operation_id = "select_tests",
    request_body = SelectionRequest,
    responses((status = 200, description = "What would be run", body = Selection))
)]
pub(crate) async fn selection(
    State(api): State<Api>,
    caller: Caller,
    ApiJson(asked): ApiJson<SelectionRequest>,
) -> Result<Json<Selection>, Problem> {
    caller.require(Role::Submitter)?;
    let executor = api.engine.executor(asked.executor.as_deref().unwrap_or(&api.config.default_executor))?;
    let limits = limits(&api.config);
    if asked.paths.len() > limits.files {
        return Err(Problem::too_large("one upload", limits.files as u64, "files"));
    }
    let mut settings = asked.settings;
    check_settings(&settings, &asked.paths)?;
    let (mut names, mut refused, mut files) = (Names::default(), Vec::new(), BTreeMap::new());
    for path in asked.paths {
        match names.take(&path) {
            Ok(()) => {
                let text = settings.remove(&path).unwrap_or_default();
                files.insert(path, text.into_bytes());
            }
            Err(problem) => refused.push(RefusedPath { path, detail: said(&problem) }),
        }
    }
    let tree = MemoryTree::new(files);
    let tests = executor.select(&tree).map_err(|error| Problem::invalid("files", error.message))?;
    let is_test: BTreeSet<&String> = tests.iter().collect();
    let support = tree.into_contents().into_keys().filter(|path| !is_test.contains(path)).collect();
    Ok(Json(Selection { executor: executor.name().to_owned(), tests, support, refused, limits }))
}

/// What one upload may be: it has to be within what is received and what a Testrun may have.
fn limits(config: &HttpConfig) -> Limits {
    let (upload, testrun) = (config.upload.limits, config.testrun_limits.clone());
    Limits {
        file_bytes: testrun.file_bytes.min(upload.file_bytes),
        total_bytes: testrun.total_bytes.min(upload.total_bytes),
        files: testrun.files.min(upload.files),
        ..testrun
    }
}

fn check_settings(settings: &BTreeMap<String, String>, paths: &[String]) -> Result<(), Problem> {
    let paths: BTreeSet<&String> = if settings.is_empty() { BTreeSet::new() } else { paths.iter().collect() };
    for (path, text) in settings {
        if !paths.contains(path) {
            let detail = format!("{:?} is not among the paths", echo(path));
            return Err(Problem::invalid("settings", detail));
        }
        if text.len() > SETTINGS {
            let what = format!("the settings in {:?}", echo(path));
            return Err(Problem::too_large(what, SETTINGS as u64, "bytes"));
        }
    }
    Ok(())
}

/// A refusal in the words of the field.
fn said(problem: &Problem) -> String {
    let document = problem.document(None);
    let field = document.errors.into_iter().next().map(|error| error.detail);
    field.or(document.detail).unwrap_or(document.title)
}
