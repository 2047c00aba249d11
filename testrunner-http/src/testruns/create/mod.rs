//! `POST /testruns`

mod form;

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use testrunner_api::{NewTestrun, Role};
use testrunner_core::executor::MemoryTree;
use testrunner_core::testrun::{FileContent, FileRole, SpecFile, TestrunSpec};
use testrunner_core::{Executor, TestrunDocument};

use self::form::TestrunForm;
use super::submission;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::Api;
use crate::upload::{self, Body};

/// Submit a Testrun
///
/// A multipart form. Files are parts `files`, each with its relative path as file name, or one part `archive` with
/// a .zip or .tar.gz. Which of them are tests is decided by the executor's rules (for pytest: names and the
/// project's own settings); the rest is laid out beside them. When this is answered, the Testrun is stored and cannot be lost.
#[utoipa::path(
    post, path = "/testruns", tag = "testruns", operation_id = "create_testrun",
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat: the same key gives the same Testrun")),
    request_body(content = TestrunForm, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The new Testrun", body = TestrunDocument, headers(("Location" = String, description = "Where it is"))),
        (status = 200, description = "It was there, under the same key", body = TestrunDocument),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    caller.require(Role::Submitter)?;
    let key = submission::key(&headers)?;
    let entry = submission::admit(&api, &caller, caller.subject(), key.as_deref()).await;
    // For whom it is stands in the form; only an admin's may be known under another name than its own.
    let may_be_known = key.is_some() && caller.require(Role::Admin).is_ok();
    let entry = if may_be_known { entry } else { Ok(entry?) };
    let received = upload::receive(body, &api.config.upload).await?;
    let mut asked = form::read(received.fields)?;
    let username = asked.username.take().unwrap_or_else(|| caller.subject().to_owned());
    caller.may_act_for(&username)?;
    submission::admit_for(&api, &caller, &username, key.as_deref(), entry).await?;
    let mut spec = specify(&api, &username, &asked, received.files)?;
    spec.idempotency_key = key;
    submission::submit(&api, spec).await
}

fn specify(
    api: &Api,
    username: &str,
    asked: &NewTestrun,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<TestrunSpec, Problem> {
    let executor = match &asked.executor {
        Some(name) => api.engine.executor(name)?,
        None => api.engine.executor(&api.config.default_executor)?,
    };
    let mut spec = TestrunSpec::upload(executor.name(), username);
    spec.files = roles(&**executor, files)?;
    spec.options = asked.options.clone();
    spec.labels = asked.labels.clone();
    spec.priority = asked.priority;
    spec.max_fail = asked.max_fail;
    spec.plan = asked.plan;
    spec.time_limit = asked.timeout.map(Duration::from_secs);
    spec.limits = api.config.testrun_limits.clone();
    if let Some(limit) = asked.file_timeout() {
        spec.limits.file_timeout = limit;
    }
    if let Some(grace) = asked.grace {
        spec.limits.grace = Duration::from_secs(grace);
    }
    Ok(spec)
}

/// Which files are tests is the executor's to say; nothing is executed.
fn roles(executor: &dyn Executor, files: BTreeMap<String, Vec<u8>>) -> Result<Vec<SpecFile>, Problem> {
    let count = files.len();
    let tree = MemoryTree::new(files);
    let tests = executor.select(&tree).map_err(|error| Problem::invalid("files", error.message))?;
    if tests.is_empty() {
        let message = format!(
            "no test files are among the {count} that were sent, by the rules of the executor {:?}",
            executor.name()
        );
        return Err(Problem::no_tests(message));
    }
    let role = |path: &String| if tests.contains(path) { FileRole::Test } else { FileRole::Support };
    let files = tree.into_contents().into_iter();
    Ok(files
        .map(|(path, bytes)| SpecFile { role: role(&path), content: FileContent::Bytes(bytes), path })
        .collect())
}
