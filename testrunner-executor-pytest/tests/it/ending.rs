//! Files that do not come to their end in order: crashes, time limits, stops, and what lies about its end.

use std::time::Duration;

use testrunner_core::event::{EventBody, Stream};
use testrunner_core::executor::StopLevel;
use testrunner_core::testrun::CaseOutcome::{Crashed, Failed, Passed, TimedOut};
use testrunner_core::testrun::{FileOutcome, StopWhy};

use crate::harness::{file, files, is_alive};

/// Long enough never to be waited for.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_process_that_dies_crashes_its_test() {
    for (dies, says) in [
        ("os._exit(0)", "the process ended with exit code 0 in the middle of this test"),
        ("os._exit(3)", "the process ended with exit code 3 in the middle of this test"),
        ("os.kill(os.getpid(), 9)", "killed by signal 9 (SIGKILL) in the middle of this test"),
        ("os.execvp('true', ['true'])", "the process ended with exit code 0 in the middle of this test"),
        ("ctypes.string_at(0)", "killed by signal 11 (SIGSEGV) in the middle of this test"),
    ] {
        let text = format!(
            "import ctypes, os\ndef test_a(): pass\ndef test_b(): assert 0\n\
             def test_c():\n    print('last words', end='')\n    {dies}\ndef test_d(): pass\n"
        );
        let ran = file(&text).run().await;
        assert_eq!(ran.outcome(), FileOutcome::Crashed, "{dies} {ran:#?}");
        assert_eq!(ran.outcomes(), [("test_a", Passed), ("test_b", Failed), ("test_c", Crashed)], "{dies}");
        assert_eq!(ran.case_message("test_c"), says);
        assert_eq!(ran.case("test_c").line, Some(4));
        assert_eq!(ran.wrote(Stream::Stdout, Some("test_c")), "last words", "{dies}");
        assert_eq!(ran.verdict().collected, 4);
        assert!(ran.message().ends_with("in test_c"), "{ran:#?}");
    }
}

#[tokio::test]
async fn none_that_lies_about_its_end_passes() {
    let conftest = |text: &str| text.to_owned();
    for (name, outcome, text, conftest) in [
        (
            "exit while importing",
            FileOutcome::Crashed,
            "import os\nos._exit(0)\ndef test_a(): pass",
            conftest(""),
        ),
        (
            "exit in the conftest",
            FileOutcome::Crashed,
            "def test_a(): pass",
            conftest("import os; os._exit(0)"),
        ),
        (
            "sys.exit in the conftest",
            FileOutcome::Crashed,
            "def test_a(): pass",
            conftest("import sys; sys.exit(0)"),
        ),
        (
            "exit when collected",
            FileOutcome::Crashed,
            "def test_a(): pass",
            conftest("import os\ndef pytest_collection_finish(): os._exit(0)"),
        ),
        (
            "exit at the end of the session",
            FileOutcome::Crashed,
            "def test_a(): assert 0",
            conftest("import os\ndef pytest_sessionfinish(): os._exit(0)"),
        ),
        (
            "exit after the session",
            FileOutcome::Errored,
            "import atexit, os\natexit.register(os._exit, 7)\ndef test_a(): pass",
            conftest(""),
        ),
        (
            "status set to none collected",
            FileOutcome::Errored,
            "def test_a(): assert 0",
            conftest("def pytest_sessionfinish(session): session.exitstatus = 5"),
        ),
        (
            "unknown status",
            FileOutcome::Errored,
            "def test_a(): pass",
            conftest("def pytest_sessionfinish(session): session.exitstatus = 77"),
        ),
        (
            "failed without a failure",
            FileOutcome::Failed,
            "def test_a(): pass",
            conftest("def pytest_sessionfinish(session): session.exitstatus = 1"),
        ),
        (
            "killed in the end",
            FileOutcome::Crashed,
            "import atexit, os\natexit.register(os.kill, os.getpid(), 15)\ndef test_a(): pass",
            conftest(""),
        ),
        (
            "the watcher is killed",
            FileOutcome::Crashed,
            "import os, time\ndef test_a():\n    os.kill(os.getppid(), 9)\n    time.sleep(600)",
            conftest(""),
        ),
        (
            "all descriptors closed",
            FileOutcome::Crashed,
            "import os\ndef test_a(tmp_path):\n    os.closerange(3, 2000)\n    \
             [open(tmp_path / str(n), 'w') for n in range(5)]",
            conftest(""),
        ),
    ] {
        let ran = files(&[("test_it.py", text), ("conftest.py", &conftest)]).run().await;
        assert_eq!(ran.outcome(), outcome, "{name} {ran:#?}");
    }
}

#[tokio::test]
async fn a_status_of_nought_is_not_proof() {
    // The engine holds this against what was reported.
    let conftest = "def pytest_sessionfinish(session): session.exitstatus = 0";
    let ran = files(&[("test_it.py", "def test_a(): assert 0"), ("conftest.py", conftest)]).run().await;
    assert_eq!(ran.verdict().clone().proven(1, 1).outcome, FileOutcome::Errored);
    let deselecting = "import pytest\ndef test_a(): pytest.exit('done', returncode=0)";
    let ran = file(deselecting).run().await;
    assert_eq!(ran.verdict().clone().proven(0, 0).outcome, FileOutcome::Errored, "{ran:#?}");
}

#[tokio::test]
async fn nonsense_on_the_result_channel_is_an_error() {
    let find = "import os, socket, stat\ndef channel():\n    for fd in range(3, 1100):\n        try:\n            \
                if stat.S_ISSOCK(os.fstat(fd).st_mode): return socket.socket(fileno=os.dup(fd))\n        \
                except OSError: pass\n";
    for sends in
        ["b'5 passed'", "b'{\"t\":\"all passed\"}'", "b'{' * 100000", "b'{\"t\":\"end\"}'", "bytes(9)"]
    {
        let text =
            format!("{find}def test_a():\n    channel().send({sends})\n    import time; time.sleep(600)");
        let ran = file(&text).run().await;
        assert_eq!(ran.outcome(), FileOutcome::Errored, "{sends} {ran:#?}");
        assert!(ran.message().contains("broke the result protocol"), "{sends} {ran:#?}");
    }
}

#[tokio::test]
async fn a_test_beyond_the_time_limit_is_interrupted() {
    let text = "import time, pytest\n@pytest.fixture\ndef slow():\n    yield\n    print('torn down')\n\
                def test_a(): pass\ndef test_b(slow): time.sleep(600)\ndef test_c(): pass\n";
    let ran = file(text).timeout(Duration::from_secs(5)).grace(LONG).run().await;
    assert_eq!(ran.outcome(), FileOutcome::TimedOut);
    assert_eq!(ran.message(), "did not end within 5s");
    assert_eq!(ran.outcomes(), [("test_a", Passed), ("test_b", TimedOut)]);
    let message = ran.case_message("test_b");
    assert!(message.contains("did not end within 5s") && message.contains("time.sleep(600)"), "{message}");
    assert!(message.contains("KeyboardInterrupt"), "{message}");
    assert_eq!(ran.wrote(Stream::Stdout, Some("test_b")), "torn down\n");
}

#[tokio::test]
async fn what_does_not_heed_the_interruption_is_killed() {
    let text = "import signal, time\ndef test_a():\n    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    \
                print('deaf')\n    time.sleep(600)\n";
    let ran = file(text).timeout(Duration::from_secs(5)).grace(Duration::from_millis(100)).run().await;
    assert_eq!((ran.outcome(), ran.outcomes()), (FileOutcome::TimedOut, vec![("test_a", TimedOut)]));
    assert_eq!(ran.wrote(Stream::Stdout, Some("test_a")), "deaf\n");
}

#[tokio::test]
async fn a_process_that_does_not_end_after_its_tests() {
    let text = "import threading, time\ndef test_a():\n    \
                threading.Thread(target=time.sleep, args=(600,)).start()\n";
    let ran = file(text).timeout(Duration::from_secs(5)).grace(Duration::from_millis(100)).run().await;
    assert_eq!((ran.outcome(), ran.outcomes()), (FileOutcome::TimedOut, vec![("test_a", Passed)]));
    assert!(ran.message().contains("all tests had ended"), "{ran:#?}");
}

#[tokio::test]
async fn a_soft_stop_tears_down_and_a_hard_one_kills() {
    let text = "import os, time, pytest\n@pytest.fixture\ndef slow():\n    yield\n    print('torn down')\n\
                def test_a(slow):\n    os.write(1, b'pid %d\\n' % os.getpid())\n    time.sleep(600)\n";
    for (level, printed) in
        [(StopLevel::Soft(StopWhy::Cancel), "torn down\n"), (StopLevel::Hard(StopWhy::Cancel), "")]
    {
        let asked = file(text).grace(LONG).run_and(|event, handle| {
            if matches!(event, EventBody::Log(_)) {
                handle.raise(level);
            }
        });
        let ran = asked.await;
        assert_eq!((ran.outcome(), ran.cases.len()), (FileOutcome::Cancelled, 0), "{ran:#?}");
        let wrote = ran.wrote(Stream::Stdout, Some("test_a"));
        let (pid, rest) = wrote.strip_prefix("pid ").and_then(|rest| rest.split_once('\n')).unwrap();
        assert_eq!(rest, printed);
        assert!(!is_alive(pid));
    }
}

#[tokio::test]
async fn a_stop_that_comes_too_early_or_too_late() {
    let ran = file("def test_a(): pass");
    let session = ran.open().await.unwrap();
    let (sink, _events) = testrunner_core::executor::FileSink::channel(0);
    let (handle, stop) = testrunner_core::executor::StopHandle::new();
    handle.raise(StopLevel::Soft(StopWhy::Drain));
    let verdict = session.execute(ran.job(), sink, stop).await.unwrap();
    assert_eq!(verdict.outcome, FileOutcome::Cancelled);

    // Asked when the test deafens itself and ends on its own: what it reached stands.
    let text = "import os, signal, sys\ndef test_a():\n    signal.signal(signal.SIGINT, lambda *_: os.write(w, b'x'))\n    \
                r, w = os.pipe()\n    print('ready', flush=True)\n    os.read(r, 1)\n";
    let asked = file(text).grace(LONG).run_and(|event, handle| {
        if matches!(event, EventBody::Log(_)) {
            handle.raise(StopLevel::Soft(StopWhy::Cancel));
        }
    });
    let ran = asked.await;
    assert_eq!((ran.outcome(), ran.outcomes()), (FileOutcome::Passed, vec![("test_a", Passed)]), "{ran:#?}");
}
