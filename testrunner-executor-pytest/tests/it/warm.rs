//! Warm starts: one process for one Testrun, which is told from a cold one by nothing but its ancestors.

use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};
use testrunner_core::event::Stream;
use testrunner_core::testrun::FileOutcome;
use testrunner_executor_pytest::PytestExecutor;
use tokio::sync::{Mutex, MutexGuard};

use crate::harness::{Ran, data_folder, executor, file, files, is_alive, pytest};

/// Prints its process and those above: itself, its keeper, its zygote, and who has started that.
const ANCESTORS: &str = r#"
import os
def test_ancestors():
    pid = os.getpid()
    while pid:
        print(pid)
        with open("/proc/%d/stat" % pid) as stat:
            pid = int(stat.read().rpartition(")")[2].split()[1])
"#;

/// Says all that has to do with where it is, and how it was come to.
const PLACE: &str = r#"
import gc, os, re, site, sys

def test_place(pytestconfig, request):
    ours = {type(plugin).__name__ for plugin in pytestconfig.pluginmanager.get_plugins()}
    print("later" if "Later" in ours else "prepared" if "ForkPoint" in ours else "whole")
    params = pytestconfig.invocation_params
    print(pytestconfig.rootpath, pytestconfig.inipath, params.args, params.dir, pytestconfig.args)
    print(pytestconfig.option, pytestconfig.known_args_namespace, pytestconfig.pluginmanager._confcutdir)
    session, reporter = request.session, pytestconfig.pluginmanager.get_plugin("terminalreporter")
    print(session.startpath, session.path, session.nodeid, request.node.nodeid, reporter.startpath)
    print(os.getcwd(), sys.argv, sys.path, __file__, site.USER_BASE, os.path.expanduser("~"))
    own = ("TESTRUNNER_CACHE", "TESTRUNNER_CELL")
    print(sorted(item for item in os.environ.items() if item[0] not in own))
    print(os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid(), sorted(os.listdir("/proc/self/fd")))

def test_nothing_mentions_where_it_was_prepared():
    gc.unfreeze()
    held = gc.get_referents(*gc.get_objects())
    stem = re.compile(r"testrunner-pytest-\w+/files/root")
    assert [value for value in held if isinstance(value, str) and stem.search(value)] == []
"#;

/// An executor of its own. What is installed is changed by one of these tests, so they take turns.
async fn warm(processes: usize) -> (PytestExecutor, MutexGuard<'static, ()>) {
    static TURN: Mutex<()> = Mutex::const_new(());
    let turn = TURN.lock().await;
    let builder = PytestExecutor::builder().data_folder(data_folder()).requirements([pytest()]);
    let executor = builder.warm(processes).build().unwrap();
    executor.warm_up().await.unwrap();
    (executor, turn)
}

async fn ancestors(executor: &PytestExecutor) -> Vec<String> {
    let ran = file(ANCESTORS).uploaded().on(executor.clone()).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    ran.wrote(Stream::Stdout, Some("test_ancestors")).lines().map(str::to_owned).collect()
}

fn children(pid: &str) -> Vec<String> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    children.split_whitespace().map(str::to_owned).collect()
}

fn is_ours(pid: &str) -> bool {
    pid.parse() == Ok(std::process::id())
}

#[tokio::test]
async fn each_serves_one_testrun_and_ends() {
    let (executor, _turn) = warm(1).await;
    let mut zygotes = Vec::new();
    for _ in 0..3 {
        let lines = ancestors(&executor).await;
        let (zygote, above) = (lines[2].clone(), &lines[3]);
        assert!(!is_ours(above), "a cold start: {lines:?}");
        assert!(!is_alive(&zygote) && is_alive(above), "{lines:?}");
        assert!(!zygotes.contains(&zygote), "{zygotes:?} {lines:?}");
        zygotes.push(zygote);
    }
}

#[tokio::test]
async fn none_is_off() {
    let (executor, _turn) = warm(0).await;
    let lines = ancestors(&executor).await;
    assert!(is_ours(&lines[3]), "{lines:?}");
}

#[tokio::test]
async fn it_ends_with_the_executor() {
    let (executor, _turn) = warm(2).await;
    let lines = ancestors(&executor).await;
    let above = &lines[3..lines.iter().position(|pid| is_ours(pid)).unwrap()];
    assert_eq!(above.len(), 2, "a template and a stem: {lines:?}");
    executor.warm_up().await.unwrap();
    drop(executor);
    for pid in above {
        while is_alive(pid) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn nothing_waits_for_a_stem_that_has_died() {
    let (executor, _turn) = warm(1).await;
    let lines = ancestors(&executor).await;
    let above = &lines[3..lines.iter().position(|pid| is_ours(pid)).unwrap()];
    executor.warm_up().await.unwrap();
    let [template, stem] = above else { panic!("a template and a stem: {lines:?}") };
    let waiting = children(template);
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    kill_process(Pid::from_raw(stem.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
    for pid in waiting.iter().chain(above) {
        while is_alive(pid) {
            tokio::task::yield_now().await;
        }
    }
    assert!(is_ours(&ancestors(&executor).await[3]), "there is none");
    executor.warm_up().await.unwrap();
    assert!(!is_ours(&ancestors(&executor).await[3]), "there is another");
}

#[tokio::test]
async fn nothing_stale_is_used() {
    let (executor, _turn) = warm(1).await;
    assert!(!is_ours(&ancestors(&executor).await[3]));
    executor.warm_up().await.unwrap();
    let python = executor.prepare(Path::new("/")).await.unwrap().python;
    let library = python.ancestors().nth(2).unwrap().join("lib");
    let version = std::fs::read_dir(library).unwrap().next().unwrap().unwrap().path();
    // As an installation does.
    tempfile::tempdir_in(version.join("site-packages")).unwrap().close().unwrap();
    assert!(is_ours(&ancestors(&executor).await[3]), "what was installed has changed");
    executor.warm_up().await.unwrap();
    assert!(!is_ours(&ancestors(&executor).await[3]), "there is another");
}

#[tokio::test]
async fn it_is_what_a_cold_start_is() {
    let (warm, _turn) = warm(1).await;
    let early = "def pytest_configure(config): config.option.markexpr = ''\n";
    let fixture = "import pytest\n@pytest.fixture(autouse=True)\ndef f(): pass\n";
    let place = ("test_it.py", PLACE);
    for all in [
        vec![place],
        vec![place, ("pytest.ini", "[pytest]\naddopts = -ra --strict-markers\n")],
        vec![place, ("pytest.ini", "[pytest]\naddopts = -v\n"), ("conftest.py", fixture)],
        vec![place, ("conftest.py", fixture)],
        vec![place, ("conftest.py", early)],
        vec![("deep/test_it.py", PLACE), ("deep/conftest.py", fixture)],
        vec![("deep/test_it.py", PLACE), ("deep/tox.ini", "[pytest]\naddopts = -v\n")],
    ] {
        let mut said = Vec::new();
        for executor in [executor().await, warm.clone()] {
            let run = files(&all).uploaded().on(executor);
            let root = run.root().to_str().unwrap().to_owned();
            let ran: Ran = run.run().await;
            assert_eq!(ran.outcome(), FileOutcome::Passed, "{all:?} {ran:#?}");
            said.push(ran.wrote(Stream::Stdout, Some("test_place")).replace(&root, "ROOT"));
        }
        assert_eq!(said[0], said[1], "{all:?}");
        warm.warm_up().await.unwrap();
    }
}

#[tokio::test]
async fn options_and_variables_hold() {
    let (executor, _turn) = warm(1).await;
    let text = "import os\ndef test_a(): print(os.environ.get('TOLD'))\ndef test_b(): assert 0\n";
    let ran = file(text).uploaded().on(executor.clone()).option("keyword", "test_a").run().await;
    assert_eq!((ran.outcome(), ran.cases.len()), (FileOutcome::Passed, 1), "{ran:#?}");
    let ran = file(text).uploaded().on(executor).variable("TOLD", "yes").run().await;
    assert_eq!(ran.wrote(Stream::Stdout, Some("test_a")), "yes\n", "{ran:#?}");
    assert_eq!((ran.outcome(), ran.cases.len()), (FileOutcome::Failed, 2), "{ran:#?}");
}
