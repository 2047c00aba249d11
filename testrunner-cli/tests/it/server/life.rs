//! Signals, restarts, and those who watch meanwhile.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use super::{Server, hangs};
use crate::harness::{Place, Result, at, until};

#[test]
fn a_follower_goes_on_across_a_restart() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", &hangs(&place))?;
    let server = Server::start_with(&place, &["--bind", "127.0.0.1:0", "--drain", "0"])?;
    let bind = server.url.trim_start_matches("http://").to_owned();
    let mut follower = place.start(["submit", "test_hangs.py", "--follow", "--format", "json"])?;
    follower.wait_for("it hangs")?;
    server.end()?.expect(0);
    follower.wait_for_error("waiting for the server")?;
    let server = Server::start_with(&place, &["--bind", &bind])?;
    follower.wait_for_error("the server is back")?;
    place.write("go on", "")?;
    let done = follower.end()?.expect(0);
    let seqs: Vec<_> =
        done.documents()?.iter().filter_map(|line| line.pointer("/event/seq")?.as_i64()).collect();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len())?).collect::<Vec<_>>(), "each once, in order");
    server.end()?.expect(0);
    assert!(place.run(["fsck"])?.expect(0).stdout.contains("all in order"));
    Ok(())
}

#[test]
fn the_first_signal_lets_what_runs_come_to_its_end() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", &hangs(&place))?;
    let mut server = Server::start(&place)?;
    let mut follower = place.start(["submit", "test_hangs.py", "--follow", "--format", "json"])?;
    follower.wait_for("it hangs")?;
    server.running.signal(Signal::TERM)?;
    server.running.wait_for_error("ending: ")?;
    place.write("go on", "")?;
    server.running.end()?.expect(0);
    follower.end()?.expect(0);
    assert_eq!(at(&place.list()?[0], "/status"), "SUCCESS");
    assert!(!place.data().join("server.json").exists());
    Ok(())
}

#[test]
fn the_second_signal_kills() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", &hangs(&place))?;
    let mut server = Server::start(&place)?;
    place.run(["submit", "test_hangs.py"])?.expect(0);
    let mut logs = place.start(["logs", "1", "-f"])?;
    logs.wait_for("it hangs")?;
    server.running.signal(Signal::INT)?;
    server.running.wait_for_error("ending: ")?;
    server.running.signal(Signal::INT)?;
    server.running.wait_for_error("killing")?;
    server.running.end()?.expect(0);
    assert_ne!(at(&place.list()?[0], "/status"), "SUCCESS");
    assert!(place.run(["fsck"])?.expect(0).stdout.contains("all in order"));
    Ok(())
}

#[test]
fn a_watcher_may_leave_and_somebody_else_may_stop_it() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", &hangs(&place))?;
    let server = Server::start(&place)?;
    let mut first = place.start(["submit", "test_hangs.py", "--follow", "--format", "json"])?;
    first.wait_for("it hangs")?;
    first.signal(Signal::INT)?;
    let left = first.end()?.expect(130);
    assert!(left.stderr.contains("Testrun 1 goes on") && left.stderr.contains("cancel 1"), "{left}");
    assert_eq!(at(&place.list()?[0], "/status"), "RUNNING");
    let refused = server.run(&place, &["delete", "1"])?.expect(2);
    assert!(refused.stderr.contains("stop it first"), "{refused}");
    let mut second = place.start(["submit", "test_hangs.py", "--wait"])?;
    second.wait_for("Testrun 2")?;
    assert_eq!(server.run(&place, &["cancel", "1"])?.expect(0).stdout, "Testrun 1 is stopping\n");
    server.run(&place, &["cancel", "2"])?.expect(0);
    second.end()?.expect(130);
    until("both have ended", || Ok(place.list()?.iter().all(|run| at(run, "/reason") == "cancelled")))?;
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn a_lost_worker_is_told_once_whatever_it_held() -> Result {
    let place = Place::new()?;
    let files = ["test_one.py", "test_two.py"];
    for file in files {
        place.write(file, &hangs(&place))?;
    }
    let server = Server::start_with(&place, &["--bind", "127.0.0.1:0"])?;
    let bind = server.url.trim_start_matches("http://").to_owned();
    let submit = ["submit", "--follow", "--plan", "per-file"];
    let mut follower = place.start([&submit[..], &files].concat())?;
    follower.wait_for("Testrun 1")?;
    let mut logs = place.start(["logs", "1", "-f"])?;
    logs.wait_for("it hangs")?;
    logs.wait_for("it hangs")?;
    let shown = place.run(["show", "1"])?.expect(0);
    assert!(shown.stdout.ends_with("RUNNING  0 of 2 files done\n"), "{shown}");
    server.running.signal(Signal::KILL)?;
    server.running.end()?;
    place.write("go on", "")?;
    let server = Server::start_with(&place, &["--bind", &bind])?;
    let done = follower.end()?.expect(0);
    // While it ran, and among what is said at the end.
    assert_eq!(done.stdout.matches(" was lost").count(), 2, "{done}");
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn a_copy_can_be_made_while_it_serves() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    assert!(place.run(["backup", "copy.db"])?.expect(2).stderr.contains("no database"));
    let server = Server::start(&place)?;
    place.run(["submit", "test_a.py", "--wait"])?.expect(0);
    assert!(place.run(["backup", "copy.db"])?.expect(0).stdout.starts_with("copied to copy.db"));
    for (file, part) in [
        ("copy.db", "there is a file copy.db already"),
        (".", "name a file in it"),
        ("missing/copy.db", "cannot write to the folder missing: No such file"),
        // Nobody may make files there, not even root.
        ("/proc/copy.db", "cannot write to the folder /proc"),
    ] {
        let refused = place.run(["backup", file])?.expect(2);
        assert!(refused.stderr.contains(part) && refused.stderr.contains("\n  name "), "{refused}");
    }
    server.end()?.expect(0);
    let other = Place::new()?;
    std::fs::copy(place.work().join("copy.db"), other.data().join("testrunner.db"))?;
    assert_eq!(other.run(["fsck"])?.expect(0).stdout, "1 Testrun checked, all in order\n");
    Ok(())
}

#[test]
fn nobody_has_to_read_what_it_says() -> Result {
    let place = Place::new()?;
    let mut command = place.command(["serve", "-v", "--bind", "127.0.0.1:0"]);
    let mut server = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let note = place.data().join("server.json");
    until("the server runs", || Ok(note.exists()))?;
    drop((server.stdout.take(), server.stderr.take()));
    let pid = Pid::from_raw(server.id().try_into()?).ok_or("a process has a number")?;
    kill_process(pid, Signal::TERM)?;
    assert!(server.wait()?.success());
    assert!(!note.exists(), "it did not end in order");
    Ok(())
}
