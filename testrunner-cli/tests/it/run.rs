//! `run`: what it says, stores and returns.

use serde_json::Value;

use crate::harness::{Done, Place, Result, at};

const PASSES: &str = "def test_a(): pass\ndef test_b(): pass\n";
const FAILS: &str = "\
import sys

def test_good():
    print('the good says nothing')

def test_bad():
    print('said before')
    print('said aside', file=sys.stderr)
    assert 1 + 1 == 3
";

#[test]
fn people_see_all_that_matters() -> Result {
    let place = Place::new()?;
    place.write("test_passes.py", PASSES)?;
    place.write("sub/test_fails.py", FAILS)?;
    let done = place.run(["run"])?.expect(1);
    for part in [
        "Testrun 1  2 files, Python 3.",
        "PASS     test_passes.py  2 passed",
        "FAIL     sub/test_fails.py  1 failed, 1 passed",
        "  ✗ sub/test_fails.py::test_bad  assert (1 + 1) == 3",
        "✗ sub/test_fails.py::test_bad  (failed, ",
        ", line 6)",
        ">       assert 1 + 1 == 3",
        "── stdout ──\n    said before\n",
        "── stderr ──\n    said aside\n",
        "FAILED (tests_failed)  1 failed, 3 passed in 2 files, ",
        " show 1",
    ] {
        assert!(done.stdout.contains(part), "{part:?} is missing: {done}");
    }
    assert!(!done.stdout.contains("the good says nothing"), "{done}");
    assert!(!done.stdout.contains('\u{1b}'), "no colours in a pipe: {done}");
    let shown = place.show(1)?;
    assert_eq!(at(&shown, "/status"), "FAILED");
    assert_eq!(at(&shown, "/counts/cases/passed"), 3);
    Ok(())
}

#[test]
fn success_is_short() -> Result {
    let place = Place::new()?;
    place.write("test_passes.py", PASSES)?;
    let done = place.run(["run", "test_passes.py", "--username", "Ada"])?.expect(0);
    let last = done.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("SUCCESS  2 passed in 1 file, "), "{done}");
    assert!(!done.stdout.contains("failures"), "{done}");
    assert_eq!(at(&place.show(1)?, "/username"), "Ada");
    Ok(())
}

#[test]
fn colours_are_on_request() -> Result {
    let place = Place::new()?;
    place.write("test_passes.py", PASSES)?;
    let always = place.run(["run", "--color", "always"])?.expect(0);
    assert!(always.stdout.contains("\u{1b}[32mPASS"), "{always}");
    let forced = Done::of(place.command(["list"]).env("CLICOLOR_FORCE", "1"))?.expect(0);
    assert!(forced.stdout.contains("\u{1b}["), "{forced}");
    let never = Done::of(place.command(["list", "--color", "never"]).env("CLICOLOR_FORCE", "1"))?.expect(0);
    assert!(!never.stdout.contains('\u{1b}'), "{never}");
    Ok(())
}

#[test]
fn programs_get_every_event_and_the_sum() -> Result {
    let place = Place::new()?;
    place.write("test_fails.py", FAILS)?;
    let done = place.run(["run", "--format", "json"])?.expect(1);
    let mut lines = done.documents()?;
    let last = lines.pop().ok_or("nothing was said")?;
    let seqs: Vec<i64> = lines.iter().filter_map(|line| at(line, "/event/seq").as_i64()).collect();
    assert_eq!(seqs, (1..).take(lines.len()).collect::<Vec<_>>(), "dense, and nothing else between them");
    assert_eq!(at(lines.last().ok_or("no events")?, "/event/body/to"), "FAILED");
    assert_eq!(at(&last, "/testrun/status"), "FAILED");
    assert_eq!(at(&last, "/testrun/reason"), "tests_failed");
    assert_eq!(at(&last, "/testrun/tests/0/path"), "test_fails.py");
    assert_eq!(at(&last, "/testrun/cases/1/path"), "test_fails.py");
    assert_eq!(at(&last, "/testrun/cases/1/outcome"), "failed");
    assert_eq!(*at(&last, "/testrun"), place.show(1)?, "show tells the same");
    Ok(())
}

#[test]
fn what_tests_print_cannot_touch_the_terminal() -> Result {
    let place = Place::new()?;
    place.write(
        "test_noisy.py",
        "NAME = 'own' + 'ed'\n\
         def test_noisy():\n    \
             print('a\\x1b]0;' + NAME + '\\x07b\\x1b[2Jc\\x1b[31mred\\x08')\n    \
             raise ValueError('\\x1b[2J\\x1b]0;' + NAME + '\\x07')\n",
    )?;
    let done = place.run(["run", "--color", "always"])?.expect(1);
    assert!(done.stdout.contains("abc\u{1b}[31mred\u{2408}\u{1b}[0m"), "{:?}", done.stdout);
    assert!(!done.stdout.contains("owned"), "{:?}", done.stdout);
    let bare = done.stdout.replace("\u{1b}[", "");
    assert!(!bare.contains(|c: char| c.is_control() && c != '\n'), "{:?}", done.stdout);
    Ok(())
}

#[test]
fn selection_goes_to_pytest() -> Result {
    let place = Place::new()?;
    place.write("test_passes.py", PASSES)?;
    place.write(
        "test_marked.py",
        "import pytest\n@pytest.mark.slow\ndef test_slow(): pass\ndef test_quick(): pass\n",
    )?;
    place.write("pytest.ini", "[pytest]\nmarkers = slow\n")?;
    let passed = |args: &[&str]| -> Result<i64> {
        let done = place.run(["run", "--format", "json"].iter().chain(args))?.expect(0);
        let last = done.documents()?.pop().ok_or("nothing was said")?;
        at(&last, "/testrun/counts/cases/passed").as_i64().ok_or_else(|| "not a number".into())
    };
    assert_eq!(passed(&["-k", "test_a"])?, 1);
    assert_eq!(passed(&["-m", "slow"])?, 1);
    assert_eq!(passed(&["--", "--deselect", "test_passes.py::test_b"])?, 3);
    place.run(["run", "-k", "nothing_has_this_name"])?.expect(5);
    Ok(())
}

#[test]
fn the_isolation_level_says_what_files_share() -> Result {
    let place = Place::new()?;
    let tell = "import os\ndef test_it(): print(f'process {os.getpid()}.')\n";
    for name in ["test_a.py", "test_b.py", "test_c.py"] {
        place.write(name, tell)?;
    }
    let processes = |args: &[&str], id: i64| -> Result<usize> {
        place.run(args)?.expect(0);
        let logs = place.run(["logs", &id.to_string()])?.expect(0).stdout;
        let told = logs.split("process ").skip(1).filter_map(|rest| Some(rest.split_once('.')?.0.to_owned()));
        Ok(told.collect::<std::collections::BTreeSet<String>>().len())
    };
    assert_eq!(processes(&["run"], 1)?, 3);
    assert_eq!(processes(&["run", "--isolation-level", "run"], 2)?, 1);
    assert_eq!(processes(&["rerun", "2"], 3)?, 1);
    assert_eq!(processes(&["run", "--isolation-level", "group", "-j", "1"], 4)?, 1);
    assert_eq!(processes(&["run", "--isolation-level", "file"], 5)?, 3);
    let refused = place.run(["run", "--isolation-level", "none"])?.expect(2);
    assert!(refused.stderr.contains("[possible values: file, group, run]"), "{refused}");
    Ok(())
}

#[test]
fn without_paths_the_settings_decide() -> Result {
    let place = Place::new()?;
    place.write("tests/check_this.py", PASSES)?;
    place.write("other/check_not.py", PASSES)?;
    place.write(
        "pyproject.toml",
        "[tool.pytest.ini_options]\ntestpaths = ['tests']\npython_files = 'check_*.py'\n",
    )?;
    let done = place.run(["run"])?.expect(0);
    assert!(
        done.stdout.contains("PASS     tests/check_this.py") && !done.stdout.contains("check_not"),
        "{done}"
    );
    // A file is taken whatever its name, and a folder by the settings above it.
    place.write("tests/odd_name.py", PASSES)?;
    let done = place.run(["run", "tests/odd_name.py", "other"])?.expect(0);
    assert!(done.stdout.contains("odd_name.py") && done.stdout.contains("other/check_not.py"), "{done}");
    Ok(())
}

#[test]
fn it_stops_when_enough_has_failed() -> Result {
    let place = Place::new()?;
    for n in 0..4 {
        place.write(&format!("test_{n}.py"), "def test_a(): assert False\n")?;
    }
    let done = place.run(["run", "-x", "-j", "1", "--plan", "whole"])?.expect(1);
    assert!(done.stdout.contains("stopped after 1 failure"), "{done}");
    assert!(done.stdout.contains("3 not run"), "{done}");
    let shown = place.show(1)?;
    assert_eq!(at(&shown, "/reason"), "tests_failed");
    assert_eq!(at(&shown, "/counts/files/failed"), 1);
    Ok(())
}

#[test]
fn time_runs_out_for_a_file() -> Result {
    let place = Place::new()?;
    place.write("test_hangs.py", "import time\ndef test_hangs(): time.sleep(600)\n")?;
    // Long enough for pytest to start on a busy machine: its start counts.
    let done = place.run(["run", "--timeout", "6s", "--grace", "1s"])?.expect(1);
    assert!(done.stdout.contains("TIMEOUT  test_hangs.py  1 timed out"), "{done}");
    Ok(())
}

#[test]
fn who_reads_no_more_is_no_error() -> Result {
    let place = Place::new()?;
    place.write("test_fails.py", FAILS)?;
    // The reading end is gone before the first line.
    let (reader, writer) = std::io::pipe()?;
    drop(reader);
    for format in ["human", "json"] {
        let mut command = place.command(["run", "--format", format]);
        command.stdout(writer.try_clone()?).stderr(std::process::Stdio::piped());
        let ended = command.spawn()?.wait_with_output()?;
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(1), "the tests decide: {said}");
        assert!(!said.contains("panic") && !said.contains("error:"), "{said}");
    }
    let stored: Vec<Value> = place.list()?;
    assert_eq!(stored.len(), 2);
    assert!(stored.iter().all(|run| at(run, "/reason") == "tests_failed"), "{stored:?}");
    Ok(())
}

#[test]
fn logs_of_the_engine_are_shown_on_request_only() -> Result {
    let place = Place::new()?;
    place.write("test_passes.py", PASSES)?;
    // The first may build the environment, which is told.
    place.run(["run"])?.expect(0);
    let quiet = place.run(["run"])?.expect(0);
    assert_eq!(quiet.stderr, "");
    let loud = Done::of(place.command(["run"]).env("TESTRUNNER_LOG", "trace"))?.expect(0);
    assert!(loud.stderr.contains("TRACE") || loud.stderr.contains("DEBUG"), "{loud}");
    Ok(())
}
