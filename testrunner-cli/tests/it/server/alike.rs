//! What is on a server is told as what is stored here.

use super::{Server, testrun};
use crate::harness::{Place, Result, at};

#[test]
fn every_reading_command_says_the_same_of_both() -> Result {
    let place = Place::new()?;
    place.write("t/test_good.py", "def test_a(): print('said')\n")?;
    place.write(
        "t/test_bad.py",
        "import pytest\ndef test_b(): assert 0, 'odd'\n@pytest.mark.skip\ndef test_c(): pass\n",
    )?;
    place.write("t/data/table.csv", "1,2\n")?;
    let server = Server::start(&place)?;
    let done = place.run([
        "submit",
        "t",
        "--wait",
        "--label",
        "team=a b",
        "--username",
        "ada",
        "--format",
        "json",
    ])?;
    let run = testrun(&done.expect(1))?;
    assert_eq!(at(&run, "/status"), "FAILED");
    assert_eq!(at(&run, "/labels/team"), "a b");
    assert_eq!(at(&run, "/tests").as_array().map(Vec::len), Some(2));
    assert_eq!(at(&run, "/support/0/path"), "t/data/table.csv");
    place.run(["submit", "t/test_good.py", "--follow"])?.expect(0);
    for args in [
        &["list"][..],
        &["list", "--format", "json"],
        &["list", "-n", "1"],
        &["list", "--status", "failed", "--username", "ada"],
        &["list", "--username", "nobody"],
        &["show", "1"],
        &["show", "1", "--format", "json"],
        &["logs", "1"],
        &["logs", "1", "-f", "--file", "t/test_good.py"],
        &["logs", "1", "--file", "t/other.py"],
        &["junit", "1"],
        &["cancel", "1"],
        &["show", "7"],
        &["logs", "7"],
        &["junit", "7"],
        &["cancel", "7"],
        &["delete", "7"],
    ] {
        let (there, here) = (server.run(&place, args)?, place.run(args)?);
        assert_eq!(there.code, here.code, "{args:?}: {there}");
        assert_eq!(there.stdout, here.stdout, "{args:?}");
        assert_eq!(there.stderr, here.stderr, "{args:?}");
    }
    assert_eq!(server.run(&place, &["delete", "2"])?.expect(0).stdout, "Testrun 2 is deleted\n");
    assert_eq!(place.list()?.len(), 1);
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn what_is_followed_is_told_as_a_run_here() -> Result {
    let place = Place::new()?;
    place.write("test_both.py", "def test_a(): pass\ndef test_b(): assert 1 == 2\n")?;
    let server = Server::start(&place)?;
    let here = place.run(["run", "test_both.py"])?.expect(1);
    let junit = place.work().join("out.xml");
    let mut submit = place.command(["submit", "test_both.py", "-f", "--junit"]);
    let there = crate::harness::Done::of(submit.arg(&junit))?.expect(1);
    // Headers, times and the command that shows it again differ.
    let is_time = |word: &str| {
        word.trim_end_matches(',').strip_suffix('s').is_some_and(|number| number.parse::<f64>().is_ok())
    };
    let told = |text: &str| -> Vec<String> {
        let lines = text.lines().skip(1).filter(|line| !line.contains(" in 1 file"));
        lines
            .map(|line| line.split(' ').filter(|word| !is_time(word)).collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(told(&there.stdout), told(&here.stdout));
    assert!(there.stdout.contains("FAILED (tests_failed)  1 failed, 1 passed in 1 file"), "{there}");
    assert!(std::fs::read_to_string(junit)?.contains("test_b"));
    let events = place.run(["submit", "test_both.py", "-f", "--format", "json", "-k", "test_a"])?.expect(0);
    let seqs: Vec<_> =
        events.documents()?.iter().filter_map(|line| line.pointer("/event/seq")?.as_i64()).collect();
    assert_eq!(seqs, (1..=i64::try_from(seqs.len())?).collect::<Vec<_>>());
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn a_server_runs_again_what_was_sent() -> Result {
    let place = Place::new()?;
    place.write("t/test_good.py", "def test_a(): pass\n")?;
    place.write("t/test_bad.py", "def test_b(): assert 0\n")?;
    let server = Server::start(&place)?;
    place.run(["submit", "t", "--wait"])?.expect(1);
    let again =
        testrun(&server.run(&place, &["rerun", "1", "--failed", "--follow", "--format", "json"])?.expect(1))?;
    assert_eq!(at(&again, "/retry_of").as_i64(), Some(1));
    assert_eq!(at(&again, "/tests").as_array().map(Vec::len), Some(1), "{again}");
    place.run(["submit", "t/test_good.py", "--wait"])?.expect(0);
    let nothing = server.run(&place, &["rerun", "3", "--failed"])?.expect(5);
    assert!(nothing.stderr.contains("nothing to run again"), "{nothing}");
    for args in
        [&["rerun", "1", "-j", "2"][..], &["rerun", "1", "--repeat", "2"], &["rerun", "1", "--junit", "x"]]
    {
        assert!(server.run(&place, args)?.expect(2).stderr.contains("with a server"), "{args:?}");
    }
    let here = place.run(["rerun", "1"])?.expect(2);
    assert!(here.stderr.contains("rerun --server"), "{here}");
    server.end()?.expect(0);
    Ok(())
}

#[test]
fn an_archive_and_its_options_arrive() -> Result {
    let place = Place::new()?;
    place.write("t/test_x.py", "def test_a(): pass\ndef test_b(): assert 0\n")?;
    let packed = std::process::Command::new("tar")
        .args(["czf", "t.tar.gz", "t"])
        .current_dir(place.work())
        .status()?;
    assert!(packed.success());
    let server = Server::start(&place)?;
    let run =
        testrun(&place.run(["submit", "t.tar.gz", "--wait", "-k", "test_a", "--format", "json"])?.expect(0))?;
    assert_eq!(at(&run, "/tests/0/path"), "t/test_x.py");
    assert_eq!(at(&run, "/options/keyword"), "test_a");
    for (args, part) in [
        (&["submit", "t.tar.gz", "t"][..], "not alone"),
        (&["submit", "missing"], "no file or folder missing"),
        (&["submit", "t", "--label", "=x"], "key=value"),
        (&["submit", "t", "--label", "a=1", "--label", "a=2"], "given twice"),
        (&["submit", "t", "--timeout", "1.5"], "whole seconds"),
        (&["submit", "t", "--username", " "], "blank"),
        (&["submit", "t", "--wait", "--follow"], "--wait"),
        (&["submit", "t", "--junit", "x.xml"], "--wait"),
    ] {
        let done = place.run(args)?.expect(2);
        assert!(done.stderr.contains(part), "{part:?}: {done}");
    }
    assert_eq!(place.list()?.len(), 1, "what was refused left nothing");
    server.end()?.expect(0);
    Ok(())
}
