//! The Pythons that tests may run with, in the order in which `run` looks for them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use testrunner_executor_pytest::{Environment, Origin, PytestExecutor};

use super::Finding;
use crate::place::Place;

const WHAT: &str = "python";

pub(super) async fn look(named: Option<PathBuf>, place: &Place) -> Vec<Finding> {
    let uv = version("uv");
    let mut findings = Vec::new();
    let mut chosen = false;
    let only_named = named.is_some();
    let candidates = named.map_or_else(candidates, |python| vec![(python, Origin::Named)]);
    let found_any = !candidates.is_empty();
    for (python, origin) in candidates {
        let shown = python.display();
        match probe(&python, place).await {
            Ok(Environment { python_version, pytest_version, .. }) => {
                let used = if chosen { "" } else { " ← used" };
                chosen = true;
                let has = format!("{python_version} with pytest {pytest_version}");
                findings.push(Finding::good(WHAT, format!("{shown} ({origin}): {has}{used}")));
            }
            Err(why) if only_named => findings.push(Finding::bad(WHAT, why)),
            Err(why) => {
                // What to do about it is said by whoever is asked for this very Python.
                let why = why.split("; ").next().unwrap_or(&why);
                findings.push(Finding::odd(WHAT, format!("{why} ({origin})")));
            }
        }
    }
    if !chosen && !only_named {
        findings.push(managed(place, found_any, uv.is_some()));
    }
    findings.push(match uv {
        Some(version) => Finding::good("uv", version),
        None => Finding::good("uv", "not found; environments are built with venv and pip"),
    });
    findings
}

/// Asks one interpreter, without building anything.
async fn probe(python: &Path, place: &Place) -> Result<Environment, String> {
    let executor = PytestExecutor::builder().data_folder(place.folder()).python(python).build();
    match executor {
        Ok(executor) => executor.prepare(Path::new("/")).await.map_err(|error| error.message),
        Err(error) => Err(error.message),
    }
}

/// What is used when no Python has pytest.
fn managed(place: &Place, found_any: bool, has_uv: bool) -> Finding {
    let folder = place.folder().join("environments");
    if !found_any {
        return Finding::bad(WHAT, "no python3 was found; install one, or name one with run --python");
    }
    let built = std::fs::read_dir(&folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().join("bin/python").exists()));
    let folder = folder.display();
    if built {
        return Finding::good(WHAT, format!("TestRunner's own environment in {folder} ← used"));
    }
    let with = if has_uv { "uv" } else { "venv and pip" };
    Finding::odd(WHAT, format!("the first run builds an environment with pytest in {folder}, with {with}"))
}

/// The order of the executor: active, beside the tests, on the search path.
fn candidates() -> Vec<(PathBuf, Origin)> {
    let mut candidates = Vec::new();
    if let Some(folder) = std::env::var_os("VIRTUAL_ENV").filter(|folder| !folder.is_empty()) {
        candidates.push((Path::new(&folder).join("bin/python"), Origin::Active));
    }
    if let Ok(cwd) = std::env::current_dir() {
        let beside = project(&cwd).into_iter().map(|folder| folder.join(".venv/bin/python"));
        candidates.extend(beside.filter(|python| python.exists()).map(|python| (python, Origin::Beside)));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut seen = HashSet::new();
    let on_path = std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join("python3"))
        .filter(|python| python.is_file() && seen.insert(python.canonicalize().ok()));
    candidates.extend(on_path.map(|python| (python, Origin::Path)));
    candidates
}

/// A folder and those above it up to the first that has `.git`; the folder alone where none has.
fn project(folder: &Path) -> Vec<&Path> {
    let top = folder.ancestors().position(|folder| folder.join(".git").exists());
    folder.ancestors().take(top.map_or(1, |top| top + 1)).collect()
}

fn version(program: &str) -> Option<String> {
    let said = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let said = said.ok().filter(|said| said.status.success())?;
    Some(String::from_utf8_lossy(&said.stdout).trim().to_owned())
}
