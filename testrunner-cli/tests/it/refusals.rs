//! Bad input: one clear sentence, the right code, nothing stored.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use crate::harness::{Done, Place, Result};

const NOBODY: u32 = 65_534;

/// What was said, which must be an `error:` without anything that only programmers read.
fn refused(done: &Done, code: i32, part: &str) {
    assert_eq!(done.code, Some(code), "{done}");
    assert!(done.stderr.starts_with("error: "), "{done}");
    assert!(done.stderr.contains(part), "{part:?} is missing: {done}");
    for odd in ["panicked", "backtrace", "Error {", "Some(", "os error"] {
        assert!(!done.stderr.contains(odd), "{odd:?}: {done}");
    }
    assert_eq!(done.stdout, "", "{done}");
}

/// Runs as somebody who may not read and write everything.
fn as_nobody(place: &Place, command: &mut Command) -> Result {
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(place.work(), Some(NOBODY), Some(NOBODY))?;
        command.uid(NOBODY).gid(NOBODY);
    }
    Ok(())
}

#[test]
fn paths() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    place.write("empty/readme.txt", "")?;
    let fifo = place.work().join("fifo");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU)?;
    for (args, code, part) in [
        (&["missing.py"][..], 2, "no file or folder missing.py"),
        (&["test_*.txt"], 2, "the pattern matched nothing"),
        (&["-"], 2, "standard input"),
        (&[""], 2, ""),
        (&["fifo"], 2, "fifo is neither a file nor a folder"),
        (&["test_a.py::test_a[1]"], 2, "testrunner run test_a.py -k test_a\n"),
        (&["test_a.py/x"], 2, "test_a.py/x"),
        (&["empty"], 5, "no test files in empty"),
        (&["empty", "missing"], 2, "missing"),
        (&["/dev/null"], 2, "neither a file nor a folder"),
    ] {
        refused(&place.run([&["run"], args].concat())?, code, part);
    }
    let name = std::ffi::OsStr::from_bytes(b"test_\xff.py");
    std::fs::write(place.work().join(name), "")?;
    refused(&place.run([std::ffi::OsStr::new("run"), name])?, 2, "not UTF-8");
    assert!(place.list()?.is_empty());
    assert!(!place.data().join("testrunner.db").exists(), "nothing was begun");
    Ok(())
}

#[test]
fn options() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    std::fs::create_dir(place.work().join("folder"))?;
    for (args, part) in [
        (&["-j", "0"][..], "1..=1024"),
        (&["--timeout", "soon"], "30s, 2m"),
        (&["--timeout", "0s"], "at most 24h"),
        (&["--timeout", "48h"], "at most 24h"),
        (&["--grace", "1h"], "at most 50s"),
        (&["--max-log", "much"], "64MiB"),
        (&["--maxfail", "0"], "1.."),
        (&["--format", "xml"], "human, json"),
        (&["--nonsense"], "--nonsense"),
        (&["--username", " "], "the username is blank"),
        (&["--username", "a\nb"], "control character"),
        (&["--username", &"x".repeat(65)], "65 characters"),
        (&["--junit", "folder"], "is a folder"),
        (&["--junit", "missing/out.xml"], "no folder missing"),
    ] {
        refused(&place.run([&["run"], args].concat())?, 2, part);
    }
    let python = place.run(["run", "--python", "/no/such/python"])?;
    refused(&python, 3, "/no/such/python");
    for args in
        [&["show", "0"][..], &["show", "x"], &["list", "--status", "DONE"], &["delete"], &["frobnicate"]]
    {
        place.run(args)?.expect(2);
    }
    let filter = Done::of(place.command(["list"]).env("TESTRUNNER_LOG", "a=b=c"))?;
    refused(&filter, 2, "TESTRUNNER_LOG");
    assert!(place.list()?.is_empty(), "nothing was stored");
    Ok(())
}

#[test]
fn broken_settings_are_named() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    place.write("pytest.ini", "[pytest\n")?;
    refused(&place.run(["run"])?, 2, "pytest.ini");
    Ok(())
}

#[test]
fn what_may_not_be_read() -> Result {
    let place = Place::below(&std::env::temp_dir())?;
    for (path, mode) in [("test_secret.py", 0o000), ("closed", 0o000), ("open/closed", 0o000)] {
        let path = match path.ends_with(".py") {
            true => place.write(path, "")?,
            false => place.work().join(path),
        };
        if path.extension().is_none() {
            std::fs::create_dir_all(&path)?;
        }
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    }
    std::fs::set_permissions(place.data(), std::fs::Permissions::from_mode(0o755))?;
    open_the_way(&place)?;
    for (path, part) in [
        ("test_secret.py", "cannot read test_secret.py: Permission denied"),
        ("closed", "cannot read the folder closed: Permission denied"),
        ("open", "open/closed: Permission denied"),
    ] {
        let mut command = place.command(["run", path]);
        as_nobody(&place, &mut command)?;
        refused(&Done::of(&mut command)?, 2, part);
    }
    for path in ["closed", "open/closed"] {
        std::fs::set_permissions(place.work().join(path), std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[test]
fn data_folders_that_cannot_be_used() -> Result {
    let place = Place::below(&std::env::temp_dir())?;
    let test = place.write("test_a.py", "def test_a(): pass\n")?;
    open_the_way(&place)?;
    std::fs::set_permissions(place.data(), std::fs::Permissions::from_mode(0o555))?;
    let mut command = place.command([Path::new("run"), &test]);
    as_nobody(&place, &mut command)?;
    refused(&Done::of(&mut command)?, 3, "change the permissions");
    let mut command = place.command(["doctor"]);
    as_nobody(&place, &mut command)?;
    let sick = Done::of(&mut command)?.expect(3);
    assert!(sick.stdout.contains("✗ data folder  cannot write to "), "{sick}");
    std::fs::set_permissions(place.data(), std::fs::Permissions::from_mode(0o755))?;

    let mut command = place.command(["run", "test_a.py"]);
    refused(&Done::of(command.arg("--data-dir").arg(&test))?, 3, "data folder");
    Ok(())
}

#[test]
fn damaged_databases() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "def test_a(): pass\n")?;
    std::fs::write(
        place.data().join("testrunner.db"),
        "this is no database, however long it gets\n".repeat(200),
    )?;
    for args in [&["run"][..], &["list"], &["show", "1"], &["logs", "1"], &["cancel", "1"], &["delete", "1"]]
    {
        refused(&place.run(args)?, 3, "is not a database");
    }
    let sick = place.run(["doctor"])?.expect(3);
    assert!(sick.stdout.contains("✗ database"), "{sick}");
    Ok(())
}

/// Lets others than the owner reach the folders of a test.
fn open_the_way(place: &Place) -> Result {
    let top = place.data().parent().ok_or("data lies in a folder")?.to_owned();
    Ok(std::fs::set_permissions(top, std::fs::Permissions::from_mode(0o755))?)
}

#[test]
fn shells_learn_the_commands() -> Result {
    let place = Place::new()?;
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(["completions", shell])?.expect(0).stdout;
        assert!(script.contains("fsck") && script.contains("maxfail"), "{shell}: {script}");
    }
    place.run(["completions", "teletype"])?.expect(2);
    Ok(())
}
