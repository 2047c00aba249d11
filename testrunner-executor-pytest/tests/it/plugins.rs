//! Well-known plugins do their work, and what comes of it is what plain `pytest FILE` says.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use testrunner_core::event::Stream;
use testrunner_core::testrun::CaseOutcome::{Crashed, Failed, Passed};
use testrunner_core::testrun::FileOutcome;
use testrunner_executor_pytest::PytestExecutor;
use tokio::sync::OnceCell;

use crate::harness::{Ran, at, pytest, with};

const PLUGINS: [&str; 8] = [
    "django",
    "hypothesis",
    "pytest-asyncio",
    "pytest-cov",
    "pytest-django",
    "pytest-mock",
    "pytest-rerunfailures",
    "pytest-timeout",
];

/// An executor whose environment has all of them.
pub(crate) async fn executor() -> PytestExecutor {
    static SHARED: OnceCell<PytestExecutor> = OnceCell::const_new();
    let make = || async { with(&[&[pytest().as_str()], &PLUGINS[..]].concat()) };
    SHARED.get_or_init(make).await.clone()
}

pub(crate) async fn python() -> std::path::PathBuf {
    executor().await.prepare(Path::new("/")).await.unwrap().python
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        std::fs::write(folder.path().join(path), text).unwrap();
    }
    folder
}

pub(crate) async fn run(folder: &TempDir, file: &str, args: &[&str]) -> Ran {
    at(folder.path(), file).on(executor().await).option("args", args.to_vec()).run().await
}

/// What plain pytest says: its exit code, each case by name, and all that it printed.
struct Plain {
    code: Option<i32>,
    cases: BTreeMap<String, String>,
    text: String,
}

async fn plain(folder: &TempDir, file: &str, args: &[&str]) -> Plain {
    let mut command = Command::new(python().await.with_file_name("pytest"));
    command.args(["-rA", "-q", "--color=no"]).args(args).arg(file).current_dir(folder.path());
    let done = command.env_remove("PYTEST_ADDOPTS").output().unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let (_, summary) = text.split_once("short test summary info").unwrap_or_default();
    let case = |line: &str| {
        let (outcome, id) = line.split_once(' ')?;
        let outcome = ["PASSED", "FAILED", "ERROR"].iter().find(|one| **one == outcome)?.to_lowercase();
        let name = id.split(" - ").next()?.strip_prefix(&format!("{file}::"))?;
        Some((name.to_owned(), outcome))
    };
    Plain { code: done.status.code(), cases: summary.lines().filter_map(case).collect(), text }
}

/// Runs the first file in both ways, each in a folder of its own, and holds them against each other.
pub(crate) async fn both(files: &[(&str, &str)], args: &[&str]) -> (Ran, TempDir) {
    let (ours, theirs) = (folder(files), folder(files));
    let ran = run(&ours, files[0].0, args).await;
    let plain = plain(&theirs, files[0].0, args).await;
    let code = match ran.outcome() {
        FileOutcome::Passed => 0,
        FileOutcome::Failed => 1,
        other => panic!("{other}: {ran:#?}\n{}", plain.text),
    };
    let cases: BTreeMap<String, String> =
        ran.cases.iter().map(|case| (case.case.clone(), case.outcome.to_string())).collect();
    assert_eq!((Some(code), &cases), (plain.code, &plain.cases), "{ran:#?}\n{}", plain.text);
    assert_eq!(cases.len(), ran.cases.len(), "each case is told once: {ran:#?}");
    (ran, ours)
}

#[tokio::test]
async fn asyncio_runs_coroutines() {
    let text = "\
import asyncio, pytest, pytest_asyncio
@pytest_asyncio.fixture
async def made():
    await asyncio.sleep(0)
    yield [asyncio.get_running_loop()]
@pytest.mark.asyncio
async def test_awaits(made):
    await asyncio.sleep(0)
    assert made == [asyncio.get_running_loop()]
    print('it ran in the loop')
@pytest.mark.asyncio
async def test_bad():
    await asyncio.sleep(0)
    assert not 'awaited'
async def test_unmarked():
    pass
";
    let (ran, _root) = both(&[("test_it.py", text)], &[]).await;
    assert_eq!((ran.case("test_awaits").outcome, ran.case("test_bad").outcome), (Passed, Failed));
    assert_eq!(ran.wrote(Stream::Stdout, Some("test_awaits")), "it ran in the loop\n");
    let (ran, _root) = both(&[("test_it.py", text)], &["--asyncio-mode=auto"]).await;
    assert_eq!(ran.case("test_unmarked").outcome, Passed);
}

const HANGS: &str = "\
import pytest, threading
@pytest.mark.timeout(0.3)
def test_hangs(): threading.Event().wait(600)
def test_after(): pass
";

#[tokio::test]
async fn timeout_fails_the_case() {
    let (ran, _root) = both(&[("test_it.py", HANGS)], &["--timeout-method=signal"]).await;
    assert_eq!(ran.outcomes(), [("test_hangs", Failed), ("test_after", Passed)]);
    assert!(ran.case_message("test_hangs").contains("Timeout (>0.3s) from pytest-timeout"), "{ran:#?}");
}

#[tokio::test]
async fn timeout_that_ends_the_process_is_a_crash() {
    let args = ["--timeout-method=thread"];
    let ran = run(&folder(&[("test_it.py", HANGS)]), "test_it.py", &args).await;
    assert_eq!(ran.outcomes(), [("test_hangs", Crashed)]);
    assert_eq!(ran.outcome(), FileOutcome::Crashed);
    assert!(ran.message().contains("exit code 1 in test_hangs"), "{ran:#?}");
    let said = ran.wrote(Stream::Stderr, Some("test_hangs"));
    assert!(
        said.contains("+ Timeout +") && said.contains("def test_hangs(): threading.Event().wait(600)"),
        "{said}"
    );
    let plain = plain(&folder(&[("test_it.py", HANGS)]), "test_it.py", &args).await;
    assert_eq!((plain.code, plain.cases.len()), (Some(1), 0), "{}", plain.text);
}

#[tokio::test]
async fn mock_patches_and_takes_it_back() {
    let text = "\
import os
def test_patched(mocker):
    stub = mocker.patch('os.getcwd', return_value='/mocked')
    assert os.getcwd() == '/mocked'
    stub.assert_called_once_with()
def test_taken_back(): assert os.getcwd() != '/mocked'
def test_never_called(mocker):
    mocker.patch('os.getcwd').assert_called_once()
";
    let (ran, _root) = both(&[("test_it.py", text)], &[]).await;
    assert_eq!(
        ran.outcomes(),
        [("test_patched", Passed), ("test_taken_back", Passed), ("test_never_called", Failed)]
    );
    let message = ran.case_message("test_never_called");
    assert!(message.contains("Expected 'getcwd' to have been called once. Called 0 times."), "{message}");
}

#[tokio::test]
async fn hypothesis_says_the_smallest_example() {
    // Its profile for CI keeps no examples.
    let text = "\
from hypothesis import given, settings, strategies as st
settings.load_profile('default')
@given(st.integers())
def test_small(n): assert n < 100
@given(st.lists(st.integers()))
def test_reversed(some): assert list(reversed(list(reversed(some)))) == some
";
    let (ran, root) = both(&[("test_it.py", text)], &[]).await;
    assert_eq!(ran.outcomes(), [("test_small", Failed), ("test_reversed", Passed)]);
    let message = ran.case_message("test_small");
    // "Falsifying example" or "Failing test case", by its version.
    assert!(message.contains(": test_small(\nE       n=100,\n"), "{message}");
    assert!(root.path().join(".hypothesis/examples").is_dir(), "the example is kept for the next time");
}

#[tokio::test]
async fn django_has_its_database() {
    let text = "\
import pytest
from django.contrib.auth.models import User
@pytest.mark.django_db
def test_stored():
    User.objects.create(username='ada')
    assert User.objects.count() == 1
@pytest.mark.django_db
def test_rolled_back(settings, client): assert User.objects.count() == 0
def test_forbidden(): User.objects.count()
";
    let settings = "\
SECRET_KEY = 'tests'
INSTALLED_APPS = ['django.contrib.contenttypes', 'django.contrib.auth']
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}
USE_TZ = True
";
    let ini = "[pytest]\npythonpath = .\nDJANGO_SETTINGS_MODULE = tiny_settings\n";
    let files = [("test_it.py", text), ("tiny_settings.py", settings), ("pytest.ini", ini)];
    let (ran, _root) = both(&files, &[]).await;
    assert_eq!(
        ran.outcomes(),
        [("test_stored", Passed), ("test_rolled_back", Passed), ("test_forbidden", Failed)]
    );
    assert!(ran.case_message("test_forbidden").contains("Database access not allowed"), "{ran:#?}");
}

#[tokio::test]
async fn rerunfailures_counts_the_last_try() {
    let text = "\
import pytest
tries = []
def test_second_try():
    tries.append(1)
    assert len(tries) == 2
def test_never(): assert False
@pytest.fixture
def shaky():
    tries.append(1)
    assert len(tries) % 2
def test_setup(shaky): pass
";
    let (ran, _root) = both(&[("test_it.py", text)], &["--reruns=2"]).await;
    assert_eq!(ran.outcomes(), [("test_second_try", Passed), ("test_never", Failed), ("test_setup", Passed)]);
    assert_eq!((ran.outcome(), ran.verdict().collected), (FileOutcome::Failed, 3));
}
