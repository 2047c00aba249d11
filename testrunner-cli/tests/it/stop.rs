//! Ctrl-C and SIGTERM: once to stop, twice to kill; nothing is left running.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::harness::{Done, Place, Result, at, is_alive, until};

const CLEANS_UP: &str = "\
import os, time, pytest, subprocess
@pytest.fixture
def resource():
    child = subprocess.Popen(['sleep', '1000'])
    open('pids', 'w').write('%d %d' % (os.getpid(), child.pid))
    yield
    open('cleaned', 'w').write('up')
def test_hangs(resource):
    print('it hangs', flush=True)
    time.sleep(1000)
";

const WILL_NOT_STOP: &str = "\
import os, signal, subprocess, time
def test_hangs():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(['sleep', '1000'], start_new_session=True)
    open('pids', 'w').write('%d %d' % (os.getpid(), child.pid))
    print('it hangs', flush=True)
    while True:
        time.sleep(1000)
";

/// Fails unless every process that the test told of is dead.
fn nothing_is_left(place: &Place) -> Result {
    let pids = std::fs::read_to_string(place.work().join("pids"))?;
    for pid in pids.split_whitespace() {
        assert!(!is_alive(pid)?, "{pid} is left running");
    }
    Ok(())
}

#[test]
fn once_lets_tests_clean_up() -> Result {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let place = Place::new()?;
        place.write("test_hangs.py", CLEANS_UP)?;
        place.write("test_later.py", "def test_a(): pass\n")?;
        let mut run = place.start(["run", "-j", "1", "--plan", "whole", "--format", "json"])?;
        run.wait_for("it hangs")?;
        run.signal(signal)?;
        run.wait_for_error("stopping; press Ctrl-C again to kill")?;
        let done = run.end()?.expect(code);
        nothing_is_left(&place)?;
        assert!(place.work().join("cleaned").exists(), "the fixture was not torn down: {done}");
        let shown = place.show(1)?;
        assert_eq!(at(&shown, "/reason"), "cancelled");
        assert_eq!(at(&shown, "/tests/0/outcome"), "cancelled");
        let summary = place.run(["show", "1"])?.expect(0);
        assert!(summary.stdout.contains("1 stopped, 1 not run"), "{summary}");
    }
    Ok(())
}

#[test]
fn twice_kills() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", WILL_NOT_STOP)?;
    // The report of a pipe is line by line, so what hangs is known by its file.
    let mut run = place.start(["run", "--grace", "50s"])?;
    run.wait_for("Testrun 1")?;
    until("it hangs", || Ok(place.run(["logs", "1"])?.stdout.contains("it hangs")))?;
    run.signal(Signal::INT)?;
    run.wait_for_error("stopping")?;
    run.signal(Signal::INT)?;
    run.wait_for_error("killing")?;
    let killed = Instant::now();
    let done = run.end()?.expect(130);
    assert!(killed.elapsed() < Duration::from_secs(25), "the grace was waited for: {done}");
    nothing_is_left(&place)?;
    assert!(done.stdout.contains("STOPPED  test_hangs.py"), "{done}");
    assert!(done.stdout.contains("it was cancelled by ctrl-c"), "{done}");
    assert!(done.stdout.trim_end().lines().last().is_some_and(|line| line.starts_with("FAILED (cancelled)")));
    assert_eq!(at(&place.show(1)?, "/reason"), "cancelled");
    Ok(())
}

#[test]
fn a_killed_program_leaves_nothing_running() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", WILL_NOT_STOP)?;
    let mut run = place.start(["run", "--format", "json"])?;
    run.wait_for("it hangs")?;
    run.signal(Signal::KILL)?;
    run.end()?;
    let pids = std::fs::read_to_string(place.work().join("pids"))?;
    for pid in pids.split_whitespace() {
        until("the processes of the test are gone", || Ok(!is_alive(pid)?))?;
    }
    Ok(())
}

/// As under `nohup`, or in the background of a script.
#[test]
fn what_the_starter_ignores_the_tests_do_not() -> Result {
    let place = Place::new()?;
    for signal in ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"] {
        let text =
            format!("import os, signal\ndef test_a(): os.kill(os.getpid(), signal.{signal}); assert 0\n");
        place.write(&format!("test_{signal}.py"), &text)?;
    }
    let program = place.command(["run", "--format", "json"]);
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' HUP INT QUIT TERM; exec \"$0\" \"$@\""]).arg(program.get_program());
    shell.args(program.get_args()).current_dir(place.work()).stdin(std::process::Stdio::null());
    Done::of(&mut shell)?.expect(1);
    let shown = place.show(1)?;
    let outcomes: Vec<_> = (0..4).map(|n| at(&shown, &format!("/tests/{n}/outcome")).to_owned()).collect();
    assert_eq!(outcomes, ["crashed", "errored", "crashed", "crashed"], "{shown}");
    Ok(())
}
