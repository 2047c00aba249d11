//! Isolation levels: what files share, and that nothing else changes for them.

use std::sync::Arc;

use testrunner_core::event::Stream;
use testrunner_core::testrun::{CaseOutcome, FileOutcome};

use crate::harness::{Ran, files, is_alive};

const SHARED: &str = r#"
import os, shared_state
def test_process(once, of_folder):
    shared_state.seen.append(__name__)
    print(os.getpid(), len(shared_state.seen), once, of_folder)
"#;

const CONFTEST: &str = r#"
import pytest, sys, types
sys.modules.setdefault("shared_state", types.SimpleNamespace(seen=[], started=0))
@pytest.fixture(scope="session")
def once():
    import shared_state
    shared_state.started += 1
    yield shared_state.started
@pytest.fixture
def of_folder():
    return "top"
"#;

const DEEPER: &str = "import pytest\n@pytest.fixture\ndef of_folder():\n    return 'deep'\n";

/// Runs all files at a level, in one session, in their order.
async fn run(level: &str, all: &[(&str, &str)]) -> Vec<Ran> {
    let mut run = files(all).option("isolation_level", level);
    let session = run.open().await.unwrap();
    let mut ran = Vec::new();
    for (path, _) in all.iter().filter(|(path, _)| path.contains("test_")) {
        run.turn_to(path);
        ran.push(run.run_in(&session, |_, _| {}).await);
    }
    session.close().await;
    ran
}

/// What the tests print: process, how many files it has seen, how often the fixture was made, the folder's fixture.
fn words(ran: &Ran) -> Vec<String> {
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    let printed = ran.wrote(Stream::Stdout, Some("test_process"));
    printed.split_whitespace().map(str::to_owned).collect()
}

#[tokio::test]
async fn each_level_shares_what_it_says() {
    let names: Vec<String> =
        (0..12).map(|n| format!("{}test_{n:02}.py", if n % 2 == 1 { "deep/" } else { "" })).collect();
    let mut all = vec![("conftest.py", CONFTEST), ("deep/conftest.py", DEEPER)];
    all.extend(names.iter().map(|name| (name.as_str(), SHARED)));
    for (level, together) in [("file", 1), ("group", 10), ("run", 12)] {
        let ran = run(level, &all).await;
        let words: Vec<_> = ran.iter().map(words).collect();
        for (index, its) in words.iter().enumerate() {
            let (first, place) = (index - index % together, index % together);
            assert_eq!(its[0], words[first][0], "{level} {index}: the process");
            assert_eq!(its[1], (place + 1).to_string(), "{level} {index}: modules");
            assert_eq!(its[2], "1", "{level} {index}: a fixture of the session is made once");
            assert_eq!(its[3], if index % 2 == 1 { "deep" } else { "top" }, "{level} {index}: of its folder");
            assert!(first == 0 || its[0] != words[first - 1][0], "{level} {index}: another process");
        }
    }
}

#[tokio::test]
async fn files_keep_their_own_ends() {
    let all = [
        ("test_a.py", "def test_a(): pass\n"),
        ("test_b.py", "def test_b(): assert 0\ndef test_c(): pass\n"),
        ("test_c.py", "import nothing_of_that_name\n"),
        ("test_d.py", "x = 1\n"),
        ("test_e.py", "import os\ndef test_e(): os._exit(0)\n"),
        (
            "test_f.py",
            "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_f(n): print('of', n)\n",
        ),
        ("test_g.py", "import pytest\ndef test_g(): pytest.exit('enough', returncode=0)\n"),
        ("test_h.py", "def test_h(): pass\n"),
    ];
    let alone = run("file", &all).await;
    for level in ["group", "run"] {
        let ran = run(level, &all).await;
        for ((path, _), (ran, alone)) in all.iter().zip(ran.iter().zip(&alone)) {
            assert_eq!(ran.outcome(), alone.outcome(), "{level} {path}: {ran:#?}");
            assert_eq!(ran.outcomes(), alone.outcomes(), "{level} {path}");
            assert_eq!(ran.all_output(), alone.all_output(), "{level} {path}");
        }
    }
    assert_eq!(alone[1].outcomes(), [("test_b", CaseOutcome::Failed), ("test_c", CaseOutcome::Passed)]);
    assert_eq!(alone[4].outcome(), FileOutcome::Crashed);
}

#[tokio::test]
async fn what_a_shared_process_leaves_goes_with_its_end() {
    let daemon = "import subprocess, sys\ndef test_a():\n    \
                  print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(999)']).pid)\n";
    let all = [("test_a.py", daemon), ("test_b.py", "def test_b(): pass\n")];
    let ran = run("run", &all).await;
    assert_eq!(ran[0].message(), "", "it may be what the files share");
    assert!(ran[1].message().starts_with("left 1 process running: "), "{:#?}", ran[1]);
    assert!(!is_alive(&ran[0].wrote(Stream::Stdout, Some("test_a"))));
}

#[tokio::test]
async fn fixtures_are_taken_down_when_no_file_follows() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    let conftest = format!(
        "import pytest\n@pytest.fixture(scope='session', autouse=True)\ndef once():\n    yield\n    \
         open({told:?}, 'w').write('down')\n"
    );
    let all = [("conftest.py", conftest.as_str()), ("test_a.py", "def test_a(): pass\n"), ("test_b.py", "")];
    let run = files(&all).option("isolation_level", "run");
    let session = run.open().await.unwrap();
    // The second never comes, as where the Testrun is stopped or another worker has it.
    assert_eq!(run.job().path, "conftest.py");
    let mut run = run;
    run.turn_to("test_a.py");
    let ran = run.run_in(&session, |_, _| {}).await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    assert!(!told.exists(), "a file may follow");
    session.close().await;
    assert_eq!(std::fs::read_to_string(&told).unwrap(), "down");
}

#[tokio::test]
async fn a_file_with_other_settings_has_a_process_of_its_own() {
    let tell = "import os\ndef test_process(pytestconfig):\n    print(os.getpid(), pytestconfig.inipath.parent.name)\n";
    let all = [
        ("pytest.ini", "[pytest]\n"),
        ("own/pytest.ini", "[pytest]\n"),
        ("test_a.py", tell),
        ("own/test_b.py", tell),
        ("test_c.py", tell),
    ];
    let ran = run("run", &all).await;
    let words: Vec<_> = ran.iter().map(words).collect();
    assert_ne!(words[0][0], words[1][0]);
    assert_ne!(words[1][0], words[2][0]);
    assert_eq!(words[1][1], "own");
    assert_eq!(words[0][1], words[2][1]);
}

#[tokio::test]
async fn files_at_the_same_time_take_turns_in_one_process() {
    let all =
        [("conftest.py", CONFTEST), ("test_a.py", SHARED), ("test_b.py", SHARED), ("test_c.py", SHARED)];
    let mut run = files(&all).option("isolation_level", "run");
    let session = run.open().await.unwrap();
    let mut executing = Vec::new();
    for (path, _) in &all[1..] {
        run.turn_to(path);
        let (job, session) = (run.job(), Arc::clone(&session));
        let (sink, mut events) = testrunner_core::executor::FileSink::channel(0);
        executing
            .push(tokio::spawn(async move { session.execute(job, sink, crate::harness::no_stop()).await }));
        tokio::spawn(async move { while events.next().await.is_some() {} });
    }
    for ended in executing {
        assert_eq!(ended.await.unwrap().unwrap().outcome, FileOutcome::Passed);
    }
    session.close().await;
}

#[tokio::test]
async fn the_conftest_of_a_later_file_takes_no_test_away() {
    let conftest = "import pytest\n@pytest.hookimpl(hookwrapper=True, tryfirst=True)\n\
                    def pytest_collection_finish(session):\n    del session.items[1:]\n    yield\n";
    let text = "def test_a(): pass\ndef test_b(): pass\n";
    let all = [("deep/conftest.py", conftest), ("test_a.py", text), ("deep/test_b.py", text)];
    for level in ["group", "run"] {
        let ran = run(level, &all).await;
        let told: Vec<_> = ran.iter().map(|ran| (ran.verdict().collected, ran.outcome())).collect();
        assert_eq!(told, [(2, FileOutcome::Passed), (2, FileOutcome::Errored)], "{level}: {ran:#?}");
    }
}

/// What is ours must not be found lying about by a file that comes later.
#[tokio::test]
async fn nothing_of_the_file_before_is_a_warning_in_the_next() {
    let text = "import gc\ndef test_a(): gc.collect()\ndef test_b(): gc.collect()\n";
    let strict = ("pytest.ini", "[pytest]\nfilterwarnings = error\n");
    // Where pytest is forked while its filters are in place, and where not.
    let early = ("conftest.py", "def pytest_configure(config): pass\n");
    let late = ("conftest.py", "");
    for (level, conftest) in [("group", early), ("group", late), ("run", early), ("run", late)] {
        let tests = ["test_a.py", "test_b.py", "test_c.py"].map(|path| (path, text));
        for ran in run(level, &[&[strict, conftest][..], &tests].concat()).await {
            assert_eq!(ran.outcome(), FileOutcome::Passed, "{level}: {ran:#?}");
        }
    }
}
