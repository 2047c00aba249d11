//! How much was done before the process of a file was forked, and that it makes no difference to the file.

use testrunner_core::event::Stream;
use testrunner_core::testrun::FileOutcome;

use crate::harness::{Ran, Run, files, pytest, with};

/// Says which of our plugins it finds: that of the later fork, that of the earlier one, or neither.
const TELL: &str = r#"
def test_tier(pytestconfig):
    ours = {type(plugin).__name__ for plugin in pytestconfig.pluginmanager.get_plugins()}
    print("later" if "Later" in ours else "prepared" if "ForkPoint" in ours else "whole")
"#;

async fn tier(run: Run) -> String {
    let ran = run.run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    ran.wrote(Stream::Stdout, Some("test_tier")).trim().to_owned()
}

#[tokio::test]
async fn each_tier_where_it_fits() {
    let tell = ("test_it.py", TELL);
    let fixture = "import pytest\n@pytest.fixture(autouse=True)\ndef f(): pass\n";
    for (expected, all) in [
        ("later", vec![tell]),
        ("later", vec![tell, ("pytest.ini", "[pytest]\naddopts = -p no:doctest --tb=short\n")]),
        (
            "later",
            vec![
                tell,
                ("pytest.ini", "[pytest]\naddopts = -p no:logging -p no:cacheprovider -p no:faulthandler\n"),
            ],
        ),
        ("later", vec![tell, ("conftest.py", fixture)]),
        ("later", vec![("deep/test_it.py", TELL), ("deep/conftest.py", fixture), ("conftest.py", fixture)]),
        ("prepared", vec![tell, ("conftest.py", "def pytest_addoption(parser): pass\n")]),
        ("prepared", vec![tell, ("conftest.py", "def pytest_configure(config): pass\n")]),
        ("prepared", vec![tell, ("conftest.py", "from hooks import *\n"), ("hooks.py", "")]),
        ("prepared", vec![tell, ("pytest.ini", "[pytest]\nlog_file = log.txt\n")]),
        ("whole", vec![tell, ("own.py", ""), ("pytest.ini", "[pytest]\naddopts = -p own\n")]),
        ("whole", vec![("deep/test_it.py", TELL), ("deep/pytest.ini", "[pytest]\n")]),
    ] {
        assert_eq!(tier(files(&all).variable("PYTHONPATH", ".")).await, expected, "{all:?}");
        let uploaded = files(&all).uploaded().variable("PYTHONPATH", ".");
        assert_eq!(tier(uploaded).await, expected, "uploaded {all:?}");
    }
    // Looked at only where it could be the root of a project.
    let all = [("deep/test_it.py", TELL), ("deep/pyproject.toml", "")];
    assert_eq!(tier(files(&all)).await, "whole");
    assert_eq!(tier(files(&all).uploaded()).await, "later");
}

#[tokio::test]
async fn a_file_that_needs_less_done_gets_it() {
    let conftest = "def pytest_addoption(parser): parser.addoption('--own', default='yes')\n";
    let own = "def test_tier(pytestconfig):\n    print(pytestconfig.getoption('own'))\n";
    let all =
        [("test_a.py", TELL), ("own/conftest.py", conftest), ("own/test_b.py", own), ("test_c.py", TELL)];
    let mut run = files(&all);
    let session = run.open().await.unwrap();
    for (path, expected) in [("test_a.py", "later"), ("own/test_b.py", "yes"), ("test_c.py", "later")] {
        run.turn_to(path);
        let ran: Ran = run.run_in(&session, |_, _| {}).await;
        assert_eq!(ran.outcome(), FileOutcome::Passed, "{path} {ran:#?}");
        assert_eq!(ran.all_output().trim(), expected, "{path}");
    }
    session.close().await;
}

#[tokio::test]
async fn plugins_that_begin_something_do_it_for_each_file() {
    // Both are installed; that of coverage begins to measure, long before a session.
    let executor = with(&[&pytest(), "pytest-cov", "pytest-mock"]);
    let all = [("test_it.py", TELL)];
    assert_eq!(tier(files(&all).on(executor.clone())).await, "prepared");
    let without = serde_json::json!(["-p", "no:pytest_cov"]);
    assert_eq!(tier(files(&all).option("args", without).on(executor)).await, "later");
}

#[tokio::test]
async fn a_conftest_that_fails_is_told_as_by_pytest() {
    for (conftest, says) in
        [("assert 0, 'no luck'\n", "no luck"), ("import nothing_of_that_name\n", "nothing_of_that_name")]
    {
        let ran = files(&[("test_it.py", TELL), ("conftest.py", conftest)]).run().await;
        assert_eq!(ran.outcome(), FileOutcome::Errored, "{ran:#?}");
        let told = ran.message().to_owned() + &ran.all_output();
        assert!(told.contains(says), "{told}");
        assert!(ran.cases.is_empty(), "{ran:#?}");
    }
}

#[tokio::test]
async fn a_conftest_that_takes_a_plugins_place_comes_no_earlier() {
    // Its hooks are another module's, so that the session has begun when they come. Then one of them takes a test away
    // that we have counted by then, if we are the first there.
    let conftest = r"
import hooks
globals().update((name, hook) for name, hook in vars(hooks).items() if name.startswith('pytest'))
";
    let late = r"
import pytest
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_finish(session):
    del session.items[1:]
    yield
";
    let removes =
        "def pytest_configure(config):\n    assert config.pluginmanager.unregister(name='doctest')\n";
    let test = TELL.to_owned() + "def test_is_taken_away(): pass\n";
    for hooks in [late.to_owned(), late.to_owned() + removes] {
        let all = [("test_it.py", test.as_str()), ("conftest.py", conftest), ("hooks.py", &hooks)];
        let ran = files(&all).run().await;
        assert_eq!(ran.wrote(Stream::Stdout, Some("test_tier")).trim(), "later", "{hooks} {ran:#?}");
        assert_eq!((ran.verdict().collected, ran.outcome()), (2, FileOutcome::Errored), "{hooks} {ran:#?}");
    }
}

#[tokio::test]
async fn nobody_takes_a_test_away_once_they_are_counted() {
    let takes = r"
import pytest
@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_collection_finish(session):
    del session.items[1:]
    yield
";
    let registers = "import hooks\ndef pytest_configure(config): config.pluginmanager.register(hooks)\n";
    let early = format!("{takes}def pytest_addoption(parser): pass\n");
    let test = TELL.to_owned() + "def test_is_taken_away(): pass\n";
    let names = format!("pytest_plugins = 'hooks'\n{test}");
    let own = [("own.py", ""), ("pytest.ini", "[pytest]\naddopts = -p own\n")];
    let hooks = ("hooks.py", takes);
    for (tier, file, conftest, settings) in [
        ("later", &test, takes, &own[..0]),
        ("later", &names, "", &own[..0]),
        ("prepared", &test, &early, &own[..0]),
        ("prepared", &test, registers, &own[..0]),
        ("whole", &test, takes, &own),
        ("whole", &test, registers, &own),
        ("whole", &names, "", &own),
    ] {
        let all = [&[("test_it.py", file.as_str()), ("conftest.py", conftest), hooks], settings].concat();
        let ran = files(&all).variable("PYTHONPATH", ".").run().await;
        assert_eq!(ran.wrote(Stream::Stdout, Some("test_tier")).trim(), tier, "{conftest} {ran:#?}");
        assert_eq!((ran.verdict().collected, ran.outcome()), (2, FileOutcome::Errored), "{all:?} {ran:#?}");
    }
}

#[tokio::test]
async fn ours_is_the_first_to_hear_of_a_test_and_begins_once() {
    // Ours is registered again, behind this one, and pytest tells again what has begun to whom is registered.
    let conftest = r#"
import pytest
def pytest_collection(session):
    session.config.pluginmanager.get_plugin("terminalreporter")._tw.own = True
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart():
    print("begins")
"#;
    let text = "def test_a(pytestconfig):\n    \
                assert pytestconfig.pluginmanager.get_plugin('terminalreporter')._tw.own\n";
    let ran = files(&[("test_it.py", text), ("conftest.py", conftest)]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    assert_eq!(ran.wrote(Stream::Stdout, Some("test_a")), "begins\n", "{ran:#?}");
}

#[tokio::test]
async fn a_crash_is_traced_in_the_files_own_output() {
    let ran = files(&[("test_it.py", "import ctypes\ndef test_tier(): ctypes.string_at(0)\n")]).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Crashed, "{ran:#?}");
    let said = ran.wrote(Stream::Stderr, Some("test_tier"));
    assert!(said.contains("Segmentation fault") && said.contains("in test_tier"), "{said}");
}

#[tokio::test]
async fn what_plugins_keep_is_a_files_own() {
    let first = r#"
import logging, os, sys
def test_tier(pytestconfig, tmp_path, request, recwarn):
    pytestconfig.cache.set("own/value", 1)
    pytestconfig.option.own = request.session.own = 1
    pytestconfig.addinivalue_line("markers", "own: is one")
    logging.getLogger().setLevel(1)
    sys.own = os.environ["OWN"] = "1"
    print(tmp_path)
"#;
    let second = r#"
import logging, os, sys
def test_tier(pytestconfig, tmp_path, request):
    assert pytestconfig.cache.get("own/value", None) is None
    assert not hasattr(pytestconfig.option, "own") and not hasattr(request.session, "own")
    assert not [line for line in pytestconfig.getini("markers") if line.startswith("own")]
    assert logging.getLogger().level != 1
    assert not hasattr(sys, "own") and "OWN" not in os.environ
    assert pytestconfig.invocation_params.args[-1] == "test_b.py" and pytestconfig.args == ["test_b.py"]
    assert sys.argv[-1] == "test_b.py" and pytestconfig.getoption("file_or_dir") == ["test_b.py"]
    print(tmp_path)
"#;
    let mut run = files(&[("test_a.py", first), ("test_b.py", second)]);
    let session = run.open().await.unwrap();
    let mut folders = Vec::new();
    for path in ["test_a.py", "test_b.py"] {
        run.turn_to(path);
        let ran = run.run_in(&session, |_, _| {}).await;
        assert_eq!(ran.outcome(), FileOutcome::Passed, "{path} {ran:#?}");
        folders.push(ran.all_output());
    }
    session.close().await;
    assert_ne!(folders[0], folders[1]);
}
