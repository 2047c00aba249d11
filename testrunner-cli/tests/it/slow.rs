//! Tests that take long are told while they run.

use crate::harness::{Place, Result};

const WAITS: &str = "\
import os, time
def test_quick(): pass
def test_waits():
    while not os.path.exists('go on'):
        time.sleep(0.02)
";

#[test]
fn what_runs_long_is_told_while_it_runs_and_at_the_end() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", WAITS)?;
    let mut run = place.start(["run", "--slow", "0.5"])?;
    // Which marks are told depends on how busy the machine is.
    let first = run.wait_for("slow: test_a.py::test_waits has been running for ")?;
    let second = run.wait_for("slow: test_a.py::test_waits has been running for ")?;
    assert_ne!(first, second);
    place.write("go on", "")?;
    let done = run.end()?.expect(0);
    let (_, end) = done.stdout.split_once("slowest tests\n").ok_or("no list of slow tests")?;
    assert!(end.contains("  test_a.py::test_waits\n") && !end.contains("test_quick"), "{done}");
    Ok(())
}

#[test]
fn what_hangs_outside_of_tests_is_told_too() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", &format!("{WAITS}test_waits()\n"))?;
    let mut run = place.start(["run", "--slow", "0.5"])?;
    let told = run.wait_for("slow: test_a.py has been running for ")?;
    assert!(told.ends_with(" outside of its tests"), "{told}");
    place.write("go on", "")?;
    run.end()?.expect(0);
    Ok(())
}

#[test]
fn of_quick_tests_and_to_programs_nothing_is_said() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", WAITS)?;
    place.write("go on", "")?;
    let done = place.run(["run"])?.expect(0);
    assert!(!done.stdout.contains("slow"), "{done}");
    let done = place.run(["run", "--slow", "0.001", "--format", "json"])?.expect(0);
    assert!(!done.stdout.contains("slow") && !done.stderr.contains("slow"), "{done}");
    Ok(())
}
