//! What was stored: `list`, `show`, `logs`, `cancel`, `delete`, and all of them beside a run.

use crate::harness::{Place, Result, at, until};

const HANGS: &str = "\
import os, time
def test_hangs():
    print('it hangs', flush=True)
    while not os.path.exists('go on'):
        time.sleep(0.02)
";

#[test]
fn without_data_there_is_nothing_to_see() -> Result {
    let place = Place::new()?;
    let listed = place.run(["list"])?.expect(0);
    assert!(listed.stdout.is_empty() && listed.stderr.contains("no Testruns yet"), "{listed}");
    for verb in ["show", "logs", "cancel", "delete", "junit"] {
        let done = place.run([verb, "7"])?.expect(2);
        assert!(done.stderr.starts_with("error: there is no Testrun 7\n"), "{done}");
    }
    assert!(!place.data().join("testrunner.db").exists(), "looking makes nothing");
    Ok(())
}

#[test]
fn the_list_is_newest_first_and_can_be_narrowed() -> Result {
    let place = Place::new()?;
    place.write("test_good.py", "def test_a(): pass\n")?;
    place.write("test_bad.py", "def test_a(): assert 0\n")?;
    place.run(["run", "test_good.py", "--username", "ada"])?.expect(0);
    place.run(["run", "test_bad.py", "--username", "bob"])?.expect(1);
    place.run(["run", "test_good.py", "--username", "bob"])?.expect(0);
    let ids = |args: &[&str]| -> Result<Vec<i64>> {
        let done = place.run(["list", "--format", "json"].iter().chain(args))?.expect(0);
        Ok(done.documents()?.iter().filter_map(|run| at(run, "/id").as_i64()).collect())
    };
    assert_eq!(ids(&[])?, [3, 2, 1]);
    assert_eq!(ids(&["-n", "2"])?, [3, 2]);
    assert_eq!(ids(&["--username", "bob"])?, [3, 2]);
    assert_eq!(ids(&["--status", "failed"])?, [2]);
    assert_eq!(ids(&["--status", "FAILED", "--username", "ada"])?, [0; 0]);
    let table = place.run(["list"])?.expect(0).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("ID  STATUS"), "{table}");
    assert!(lines[2].starts_with("2   FAILED (tests_failed)") && lines[2].contains("bob"), "{table}");
    assert!(lines[2].contains("1 failed"), "{table}");
    Ok(())
}

#[test]
fn show_tells_all_of_a_failure() -> Result {
    let place = Place::new()?;
    let many =
        "def test_much():\n    for n in range(500):\n        print('line', n)\n    assert 0, 'too much'\n";
    place.write("test_much.py", many)?;
    let brief = place.run(["run", "-k", "much"])?.expect(1);
    assert!(brief.stdout.contains("… 300 lines before") && !brief.stdout.contains("line 299\n"), "{brief}");
    let full = place.run(["show", "1"])?.expect(0);
    for part in ["Testrun 1  by ", "keyword", "FAIL     test_much.py", "line 0\n", "line 499\n", "too much"] {
        assert!(full.stdout.contains(part), "{part:?} is missing: {full}");
    }
    assert!(full.stdout.trim_end().lines().last().is_some_and(|line| line.starts_with("FAILED")), "{full}");
    Ok(())
}

#[test]
fn logs_are_byte_for_byte() -> Result {
    let place = Place::new()?;
    place.write(
        "test_bytes.py",
        "import os\ndef test_b():\n    os.write(1, b'\\xff\\x00\\x1b[31m no newline')\n",
    )?;
    place.write("test_text.py", "def test_t(): print('text')\n")?;
    place.run(["run"])?.expect(0);
    let bytes = place.command(["logs", "1", "--file", "./test_bytes.py"]).output()?;
    let wanted = b"\xff\x00\x1b[31m no newline";
    assert!(bytes.stdout.windows(wanted.len()).any(|part| part == wanted), "{:?}", bytes.stdout);
    assert!(!bytes.stdout.windows(4).any(|part| part == b"text"), "{:?}", bytes.stdout);
    let all = place.run(["logs", "1", "--follow"])?.expect(0);
    assert!(all.stdout.contains("text\n"), "{all}");
    let unknown = place.run(["logs", "1", "--file", "test_other.py"])?.expect(2);
    assert!(unknown.stderr.contains("no file test_other.py"), "{unknown}");
    Ok(())
}

#[test]
fn all_can_be_seen_while_it_runs() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", HANGS)?;
    let mut run = place.start(["run", "--format", "json"])?;
    run.wait_for("it hangs")?;
    let listed = place.list()?;
    assert_eq!(at(&listed[0], "/status"), "RUNNING");
    let shown = place.run(["show", "1"])?.expect(0);
    assert!(shown.stdout.contains("waiting") && shown.stdout.contains("RUNNING"), "{shown}");
    let logs = place.run(["logs", "1"])?.expect(0);
    assert_eq!(logs.stdout, "it hangs\n");
    let mut followed = place.start(["logs", "1", "-f"])?;
    followed.wait_for("it hangs")?;
    let refused = place.run(["delete", "1"])?.expect(2);
    assert!(refused.stderr.contains("cancel 1"), "{refused}");
    place.write("go on", "")?;
    run.end()?.expect(0);
    followed.end()?.expect(0);
    let too_late = place.run(["cancel", "1"])?.expect(0);
    assert!(too_late.stdout.contains("has ended already: SUCCESS"), "{too_late}");
    Ok(())
}

#[test]
fn another_program_can_cancel_a_run() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", HANGS)?;
    let mut run = place.start(["run", "--format", "json"])?;
    run.wait_for("it hangs")?;
    place.run(["cancel", "1"])?.expect(0);
    let done = run.end()?.expect(130);
    let last = done.documents()?.pop().ok_or("nothing was said")?;
    assert_eq!(at(&last, "/testrun/reason"), "cancelled");
    Ok(())
}

#[test]
fn deleted_is_gone() -> Result {
    let place = Place::new()?;
    place.write("test_good.py", "def test_a(): pass\n")?;
    place.run(["run"])?.expect(0);
    place.run(["run"])?.expect(0);
    let done = place.run(["delete", "1", "9", "2"])?.expect(2);
    assert_eq!(done.stdout, "Testrun 1 is deleted\nTestrun 2 is deleted\n");
    assert!(done.stderr.contains("there is no Testrun 9"), "{done}");
    assert!(place.list()?.is_empty());
    Ok(())
}

#[test]
fn a_run_whose_program_was_killed_is_ended_by_whoever_looks() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", HANGS)?;
    let mut run = place.start(["run", "--format", "json"])?;
    run.wait_for("it hangs")?;
    run.signal(rustix::process::Signal::KILL)?;
    assert_eq!(run.end()?.code, None, "killed");
    until("the run is given up", || {
        let listed = place.list()?;
        Ok(at(&listed[0], "/status") == "FAILED" && at(&listed[0], "/reason") == "worker_lost")
    })?;
    Ok(())
}

#[test]
fn what_is_stored_is_in_order() -> Result {
    let place = Place::new()?;
    assert!(place.run(["fsck"])?.expect(0).stderr.contains("no Testruns yet"));
    place.write("test_both.py", "def test_a(): pass\ndef test_b(): assert 0\n")?;
    place.run(["run"])?.expect(1);
    place.run(["run", "-k", "test_a"])?.expect(0);
    assert_eq!(place.run(["fsck"])?.expect(0).stdout, "2 Testruns checked, all in order\n");
    assert_eq!(place.run(["fsck", "2"])?.expect(0).stdout, "1 Testrun checked, all in order\n");
    let unknown = place.run(["fsck", "7"])?.expect(2);
    assert!(unknown.stderr.contains("there is no Testrun 7"), "{unknown}");
    Ok(())
}

#[test]
fn what_failed_is_run_again_and_linked() -> Result {
    let place = Place::new()?;
    place.write("test_good.py", "def test_a(): pass\n")?;
    let bad = "import os\ndef test_b(): assert os.path.exists('repaired')\n";
    place.write("test_bad.py", bad)?;
    place.run(["run"])?.expect(1);
    place.run(["rerun", "1", "--failed"])?.expect(1);
    let again = place.show(2)?;
    assert_eq!(at(&again, "/retry_of").as_i64(), Some(1));
    assert_eq!(at(&again, "/tests").as_array().map(Vec::len), Some(1), "{again}");
    place.write("repaired", "")?;
    place.run(["rerun", "2", "--failed"])?.expect(0);
    place.run(["rerun", "1"])?.expect(0);
    let nothing = place.run(["rerun", "3", "--failed"])?.expect(5);
    assert!(nothing.stderr.contains("nothing to run again"), "{nothing}");
    place.run(["rerun", "9"])?.expect(2);
    assert_eq!(place.list()?.len(), 4);
    Ok(())
}
