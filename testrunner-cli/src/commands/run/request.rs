//! From arguments to a specification, before anything is stored or started.

use std::path::PathBuf;

use testrunner_core::testrun::TestrunSpec;
use testrunner_core::{Engine, Executor as _, Limits, Rerun, Source};
use testrunner_executor_pytest::PytestExecutor;

use crate::cli::{Isolation, RerunArgs, RunArgs, WhatArgs};
use crate::collect;
use crate::commands::executor;
use crate::failure::{Failure, Result, os_reason};
use crate::place::user;
use crate::storage::Storage;

/// The option of the pytest executor.
const ISOLATION_LEVEL: &str = "isolation_level";

/// What is to be submitted.
#[derive(Debug)]
pub(in crate::commands) struct Request {
    /// Folder that the tests run in.
    pub(super) root: PathBuf,
    pub(in crate::commands) spec: TestrunSpec,
    pub(in crate::commands) slots: usize,
}

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Asked<'a> {
    pub(in crate::commands) paths: &'a [PathBuf],
    pub(in crate::commands) what: &'a WhatArgs,
    pub(in crate::commands) jobs: Option<u16>,
    pub(in crate::commands) max_log: Option<u64>,
}

impl<'a> From<&'a RunArgs> for Asked<'a> {
    fn from(args: &'a RunArgs) -> Self {
        Self { paths: &args.paths, what: &args.what, jobs: args.how.jobs, max_log: args.max_log }
    }
}

/// Reads the arguments and finds the files.
///
/// # Errors
/// Something cannot be used; nothing was stored.
pub(in crate::commands) fn read(args: &Asked<'_>, executor: &PytestExecutor) -> Result<Request> {
    let cwd = std::env::current_dir().map_err(|error| {
        Failure::usage(format!("the current folder cannot be used: {}", os_reason(&error)))
    })?;
    let named = if args.paths.is_empty() { collect::default_paths(&cwd)? } else { args.paths.to_vec() };
    let batch = collect::collect(&cwd, &named, executor)?;
    let mut spec = TestrunSpec::directory(executor.name(), username(args), &batch.root);
    for file in batch.files {
        spec = spec.in_place(file);
    }
    for (name, value) in [("keyword", &args.what.keyword), ("marker", &args.what.marker)] {
        if let Some(value) = value {
            spec = spec.option(name, value.as_str());
        }
    }
    if let Some(level) = args.what.isolation_level {
        spec = spec.option(ISOLATION_LEVEL, level.option());
    }
    if !args.what.extra.is_empty() {
        spec = spec.option("args", args.what.extra.clone());
    }
    spec = spec.limits(limits(args)).plan(args.what.plan.into());
    spec.max_fail = if args.what.fail_fast { Some(1) } else { args.what.maxfail };
    // Refused now, not after an environment was built.
    spec.validate().map_err(|error| Failure::usage(error.to_string()))?;
    executor.check(&spec.options).map_err(|error| Failure::usage(error.message))?;
    Ok(Request { root: batch.root, slots: slots(args.jobs, &spec), spec })
}

/// Makes a request of what was run before.
///
/// # Errors
/// There is no such Testrun, nothing of it is to be run again, or it was not run in a folder.
pub(super) async fn again(args: &RerunArgs, store: &Storage) -> Result<Request> {
    let engine = Engine::builder_shared(store.shared()).build()?;
    let which = if args.failed { Rerun::Failed } else { Rerun::All };
    let spec = engine.rerun(args.id, which).await?;
    let Source::Directory { root } = &spec.source else {
        return Err(Failure::usage(format!(
            "Testrun {} was uploaded; its files are in no folder here",
            args.id
        ))
        .hint("the server that it was sent to can run it again: testrunner rerun --server URL"));
    };
    Ok(Request { root: root.clone(), slots: slots(args.how.jobs, &spec), spec })
}

fn limits(args: &Asked<'_>) -> Limits {
    let mut limits = Limits::default();
    if let Some(timeout) = args.what.timeout {
        limits.file_timeout = timeout;
    }
    if let Some(grace) = args.what.grace {
        limits.grace = grace;
    }
    if let Some(most) = args.max_log {
        limits.log_bytes = most;
    }
    limits
}

fn slots(jobs: Option<u16>, spec: &TestrunSpec) -> usize {
    if spec.options.get(ISOLATION_LEVEL).is_some_and(|level| level == Isolation::Run.option()) {
        // Files that share one process wait for each other.
        return 1;
    }
    jobs.map_or_else(executor::processors, usize::from)
}

fn username(args: &Asked<'_>) -> String {
    args.what.username.clone().unwrap_or_else(user)
}
