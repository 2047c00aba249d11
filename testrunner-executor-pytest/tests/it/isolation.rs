//! What a test file sees of its process, and what is left of it afterwards.

use std::sync::Arc;

use testrunner_core::event::{EventBody, Stream};
use testrunner_core::executor::FileSink;
use testrunner_core::testrun::FileOutcome;

use crate::harness::{file, files, is_alive, no_stop};

/// Leaves its session, closes everything and goes on; tells its number first.
const DAEMON: &str = r#"
import os, subprocess, sys, time
def test_daemon():
    code = "import os, time; os.setsid(); print(os.getpid(), flush=True); os.closerange(0, 999); time.sleep(999)"
    daemon = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    print(daemon.stdout.readline().decode())
"#;

#[tokio::test]
async fn what_is_left_behind_is_killed_and_named() {
    let ran = file(DAEMON).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    assert!(ran.message().starts_with("left 1 process running: "), "{ran:#?}");
    assert!(ran.message().contains("-c import os, time") && ran.message().ends_with("(killed)"), "{ran:#?}");
    assert!(!is_alive(&ran.wrote(Stream::Stdout, Some("test_daemon"))));
}

#[tokio::test]
async fn what_is_left_behind_by_a_crash_is_killed_too() {
    let ran = file(&format!("{DAEMON}    os.kill(os.getpid(), 9)\n")).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Crashed);
    assert!(ran.message().contains("left 1 process running"), "{ran:#?}");
    assert!(!is_alive(&ran.wrote(Stream::Stdout, Some("test_daemon"))));
    // Even where it kills the process that would clean up.
    let ran = file(&format!("{DAEMON}    os.kill(os.getppid(), 9)\n    time.sleep(999)\n")).run().await;
    assert_eq!(ran.outcome(), FileOutcome::Crashed);
    assert!(!is_alive(&ran.wrote(Stream::Stdout, Some("test_daemon"))));
}

#[tokio::test]
async fn dropping_the_future_kills_everything() {
    let run = file(&format!("{DAEMON}    print(os.getpid(), flush=True)\n    time.sleep(999)\n"));
    let session = run.open().await.unwrap();
    let (sink, mut events) = FileSink::channel(0);
    let executing = {
        let (session, job) = (Arc::clone(&session), run.job());
        tokio::spawn(async move { session.execute(job, sink, no_stop()).await })
    };
    let mut printed = String::new();
    while printed.lines().filter(|line| !line.is_empty()).count() < 2 {
        if let EventBody::Log(log) = events.next().await.unwrap().body {
            printed.push_str(&String::from_utf8_lossy(&log.data));
        }
    }
    executing.abort();
    assert!(executing.await.is_err());
    for pid in printed.lines().filter(|line| !line.is_empty()) {
        while is_alive(pid) {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_forked_test_reports_once() {
    let text = "import os\ndef test_a():\n    if os.fork():\n        os.wait()\ndef test_b(): pass\n";
    let ran = file(text).run().await;
    assert_eq!((ran.outcome(), ran.cases.len(), ran.message()), (FileOutcome::Passed, 2, ""), "{ran:#?}");
}

#[tokio::test]
async fn helpers_that_end_with_their_parent_are_not_left_behind() {
    let text = "import multiprocessing\ndef work(n): return n + 1\ndef test_a():\n    \
                context = multiprocessing.get_context('spawn')\n    \
                with context.Pool(2) as pool: assert pool.map(work, [1, 2]) == [2, 3]\n";
    let ran = file(text).run().await;
    assert_eq!((ran.outcome(), ran.message()), (FileOutcome::Passed, ""), "{ran:#?}");
}

#[tokio::test]
async fn the_process_looks_like_that_of_the_command() {
    let text = r#"
import os, sys
def test_path():
    assert os.getcwd() == os.path.dirname(__file__)
    assert not any("runtime" in entry and "testrunner" in entry for entry in sys.path)
    assert "" not in sys.path
    assert sys.path[0] == os.path.dirname(__file__)
    assert sys.path[1] == os.path.dirname(sys.executable)
    assert os.path.basename(sys.argv[0]) == "pytest" and sys.argv[-1] == "test_it.py"
    assert not hasattr(sys.modules["__main__"], "keeper")
    assert sys.stdin.read() == ""
    assert os.getsid(0) == os.getpid() == os.getpgid(0)
def test_variables():
    assert os.environ["TESTRUNNER_RUN"] == "7"
    assert os.environ["TESTRUNNER_FILE"] == "test_it.py"
    assert os.environ["TESTRUNNER_EPOCH"] == "3"
    assert os.environ["EXTRA"] == "given"
    assert set(os.environ["INHERITED"].split()) <= set(os.environ)
"#;
    let inherited: Vec<String> =
        std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    let run = file(text).variable("EXTRA", "given").variable("INHERITED", &inherited.join(" "));
    let root = run.root().to_owned();
    let session = run.open().await.unwrap();
    let ran = run.run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    drop(session);
    assert!(!root.join(".pytest_cache").exists());
}

#[tokio::test]
async fn uploaded_files_see_nothing_of_ours() {
    let text = r#"
import os
def test_variables():
    assert os.environ["HOME"] == os.getcwd()
    assert os.environ["EXTRA"] == "given"
    ours = {name for name in os.environ if name.startswith(("TESTRUNNER_", "PYTEST_"))}
    assert {"TESTRUNNER_RUN", "TESTRUNNER_FILE", "TESTRUNNER_EPOCH"} <= ours
    assert set(os.environ) - ours <= {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "HOME", "EXTRA"}
"#;
    // Settings and a conftest above the files belong to somebody else.
    let above = [
        ("inner/test_it.py", text),
        ("pytest.ini", "[pytest]\naddopts = --no-such"),
        ("conftest.py", "1 / 0"),
    ];
    let outer = files(&above);
    let run =
        crate::harness::at(&outer.root().join("inner"), "test_it.py").uploaded().variable("EXTRA", "given");
    let ran = run.run().await;
    assert_eq!(ran.outcome(), FileOutcome::Passed, "{ran:#?}");
    // Their own settings count.
    let own = files(&[("a/test_it.py", text), ("a/pytest.ini", "[pytest]\naddopts = -k nothing")]);
    assert_eq!(own.uploaded().run().await.outcome(), FileOutcome::Empty);
}

#[tokio::test]
async fn files_of_one_session_run_at_the_same_time() {
    // Each waits for the other's file, so that one after the other would never end.
    let text = "import os, time\ndef test_a():\n    me = os.environ['TESTRUNNER_FILE']\n    open(me + '.here', 'w')\n    \
                other = {'test_a.py': 'test_b.py', 'test_b.py': 'test_a.py'}[me]\n    \
                while not os.path.exists(other + '.here'): time.sleep(0.01)\n";
    let run = files(&[("test_a.py", text), ("test_b.py", text)]);
    let session = run.open().await.unwrap();
    let mut running = Vec::new();
    for (index, path) in ["test_a.py", "test_b.py"].into_iter().enumerate() {
        let (sink, mut events) = FileSink::channel(0);
        let (session, mut job) = (Arc::clone(&session), run.job());
        (job.index, job.path) = (u32::try_from(index).unwrap(), path.to_owned());
        tokio::spawn(async move { while events.next().await.is_some() {} });
        running.push(tokio::spawn(async move { session.execute(job, sink, no_stop()).await }));
    }
    for one in running {
        assert_eq!(one.await.unwrap().unwrap().outcome, FileOutcome::Passed);
    }
    session.close().await;
}
