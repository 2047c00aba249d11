//! Processes that outlive their test file, in every shape: killed, found and named.

use testrunner_core::event::Stream;
use testrunner_core::testrun::FileOutcome;

use crate::harness::{file, is_alive};

/// Ways to leave a process behind, each of which prints its number; with what it is called.
const SHAPES: [(&str, &str, &str); 7] = [
    (
        "left its session",
        "print(subprocess.Popen(['sleep', '901'], start_new_session=True).pid)",
        "sleep 901 (killed)",
    ),
    (
        "forked twice, closed everything",
        "r, w = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(w, b'%d' % os.getpid())
            os.closerange(0, 65536)
            time.sleep(902)
        os._exit(0)
    os.wait()
    print(os.read(r, 99).decode())",
        "a fork of the test process (killed)",
    ),
    (
        "stopped",
        "process = subprocess.Popen(['sleep', '903'])
    process.send_signal(signal.SIGSTOP)
    print(process.pid)",
        "sleep 903 (killed)",
    ),
    (
        "deaf, with nothing in its environment",
        "process = subprocess.Popen(['sh', '-c', 'trap \"\" HUP INT TERM; echo; exec sleep 904'],
        env={}, stdout=subprocess.PIPE, start_new_session=True)
    process.stdout.readline()
    print(process.pid)",
        "sleep 904",
    ),
    (
        "by another name",
        "print(subprocess.Popen(['/usr/lib/systemd', '905'], executable='sleep').pid)",
        "/usr/lib/systemd 905 (killed)",
    ),
    (
        "holds the output open",
        "print(subprocess.Popen(['sleep', '906'], start_new_session=True, close_fds=False).pid)",
        "sleep 906 (killed)",
    ),
    (
        "holds a helper of multiprocessing open",
        "from multiprocessing import resource_tracker
    resource_tracker.ensure_running()
    process = os.fork()
    if process == 0:
        time.sleep(907)
    print(process)",
        "a fork of the test process (killed)",
    ),
];

#[tokio::test]
async fn every_shape_of_leak_is_killed_and_named() {
    for (shape, leaves, name) in SHAPES {
        let text = format!("import os, signal, subprocess, sys, time\ndef test_a():\n    {leaves}\n");
        let ran = file(&text).run().await;
        assert_eq!(ran.outcome(), FileOutcome::Passed, "{shape} {ran:#?}");
        let one = ran.message().starts_with("left 1 process running: ");
        assert!(one && ran.message().contains(name), "{shape} {ran:#?}");
        assert!(!ran.message().contains("resource_tracker"), "{shape} {ran:#?}");
        let pid = ran.wrote(Stream::Stdout, Some("test_a"));
        assert!(pid.trim().parse::<u32>().is_ok_and(|pid| pid > 1), "{shape} {ran:#?}");
        assert!(!is_alive(&pid), "{shape} {ran:#?}");
    }
}

#[tokio::test]
async fn a_helper_of_multiprocessing_is_no_leak() {
    let text = "from multiprocessing import resource_tracker\n\
                def test_a():\n    resource_tracker.ensure_running()\n    \
                print(resource_tracker._resource_tracker._pid)\n";
    let ran = file(text).run().await;
    assert_eq!((ran.outcome(), ran.message()), (FileOutcome::Passed, ""), "{ran:#?}");
    assert!(!is_alive(&ran.wrote(Stream::Stdout, Some("test_a"))), "{ran:#?}");
}
