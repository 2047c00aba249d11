//! Disks that fill up.

use std::process::Command;

use crate::harness::{Done, Place, Result, at};

#[test]
fn a_full_standard_output_is_told() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    let mut command = place.command(["run"]);
    let full = std::fs::File::options().write(true).open("/dev/full")?;
    let ended = command.stdout(full).stderr(std::process::Stdio::piped()).spawn()?.wait_with_output()?;
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(3), "{said}");
    assert!(said.contains("error: cannot write to standard output: No space left on device"), "{said}");
    assert_eq!(at(&place.show(1)?, "/status"), "SUCCESS", "what was run is stored all the same");
    Ok(())
}

#[test]
fn a_database_that_cannot_grow_ends_the_run() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    // The database and the environment are there before the limit.
    place.run(["run"])?.expect(0);
    place.write(
        "test_much.py",
        "import time\ndef test_much():\n    for n in range(100000): print('x' * 200)\n    time.sleep(600)\n",
    )?;
    // No file may grow beyond 8 MiB, and who tries is told instead of killed.
    let script = "trap '' XFSZ; ulimit -f 16384; exec \"$@\"";
    let program = place.command(["run", "test_much.py"]);
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).arg(program.get_program()).args(program.get_args());
    command.current_dir(place.work());
    let done = Done::of(&mut command)?.expect(3);
    assert!(done.stderr.contains("error: the database"), "{done}");
    assert!(done.stderr.contains("Testrun 2 was given up"), "{done}");
    assert_eq!(at(&place.show(2)?, "/reason"), "worker_lost");
    Ok(())
}
