//! `doctor` and `--help`.

use crate::harness::{Place, Result};

#[test]
fn a_healthy_machine() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    place.run(["run"])?.expect(0);
    let done = place.run(["doctor"])?.expect(0);
    for part in ["✓ processors", "✓ data folder", "disk", "✓ database", "python", "uv", "← used"] {
        assert!(done.stdout.contains(part), "{part:?} is missing: {done}");
    }
    assert!(!done.stdout.contains('✗'), "{done}");
    let named = place.run(["doctor", "--python", "/no/such/python"])?.expect(3);
    assert!(named.stdout.contains("✗ python") && named.stdout.contains("/no/such/python"), "{named}");
    Ok(())
}

#[test]
fn help_tells_the_exit_codes_and_the_format() -> Result {
    let place = Place::new()?;
    let help = place.run(["--help"])?.expect(0);
    for part in ["Exit codes:", "130 ", "run ", "doctor ", "--data-dir"] {
        assert!(help.stdout.contains(part), "{part:?} is missing: {help}");
    }
    let run = place.run(["run", "--help"])?.expect(0);
    assert!(run.stdout.contains("{\"event\": …}") && run.stdout.contains("{\"testrun\": …}"), "{run}");
    place.run(["--version"])?.expect(0);
    let none: [&str; 0] = [];
    place.run(none)?.expect(2);
    Ok(())
}
