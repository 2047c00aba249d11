//! `--repeat` and `--until-fail`: Testruns one after the other, and what they disagree on.

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Done, Place, Result, at};

/// Counts its Testruns in a file; the rest of the text sees the number as `ROUND`.
const COUNTS: &str = "\
import pathlib
tally = pathlib.Path('tally')
tally.write_text((tally.read_text() if tally.exists() else '') + '.')
ROUND = len(tally.read_text())
";

/// `test_x` fails in rounds 2 and 3, and kills its process in round 4.
const FLAKY: &str = "\
import os
def test_good(): pass
def test_bad(): assert False
def test_x():
    if ROUND == 4:
        os._exit(7)
    assert ROUND not in (2, 3)
";

fn place(text: &str) -> Result<Place> {
    let place = Place::new()?;
    place.write("test_a.py", &format!("{COUNTS}{text}"))?;
    Ok(place)
}

/// Ids and origins of all Testruns, oldest first.
fn origins(place: &Place) -> Result<Vec<(i64, Option<i64>)>> {
    let number = |run: &Value, path| at(run, path).as_i64();
    let all = place.list()?;
    all.iter().rev().map(|run| Ok((number(run, "/id").ok_or("no id")?, number(run, "/retry_of")))).collect()
}

/// The only `repeats` line, which is the last.
fn repeats(done: &Done) -> Result<Value> {
    let documents = done.documents()?;
    let all: Vec<&Value> = documents.iter().filter_map(|line| line.get("repeats")).collect();
    let last = documents.last().and_then(|line| line.get("repeats")).ok_or("it is not the last line")?;
    assert_eq!(all, [last]);
    Ok(last.clone())
}

#[test]
fn each_round_is_a_testrun_and_what_is_flaky_is_named() -> Result {
    let place = place(FLAKY)?;
    let done = place.run(["run", "--repeat", "5"])?.expect(1);
    for part in [
        "Testrun 1  1 file, round 1 of 5, Python 3.",
        "Testrun 5  1 file, round 5 of 5, Python 3.",
        "\n5 Testruns: 5 FAILED (1, 2, 3, 4, 5)\nflaky: test_a.py::test_x failed in 2, crashed in 1 of 5\n",
    ] {
        assert!(done.stdout.contains(part), "{part:?} is missing: {done}");
    }
    // What failed each time is not flaky, and a flaky case tells why its file was bad.
    assert_eq!(done.stdout.matches("flaky:").count(), 1, "{done}");
    assert_eq!(origins(&place)?, [(1, None), (2, Some(1)), (3, Some(1)), (4, Some(1)), (5, Some(1))]);
    Ok(())
}

#[test]
fn programs_get_what_is_flaky_too() -> Result {
    let place = place(FLAKY)?;
    let args = ["run", "--repeat", "3", "--format", "json", "--", "--deselect", "test_a.py::test_bad"];
    let told = repeats(&place.run(args)?.expect(1))?;
    let failed = |id: i64| json!({"id": id, "status": "FAILED", "reason": "tests_failed"});
    assert_eq!(
        told,
        json!({
            "testruns": [{"id": 1, "status": "SUCCESS", "reason": null}, failed(2), failed(3)],
            "flaky": [{
                "path": "test_a.py", "case": "test_x", "kind": "test", "runs": 3,
                "good": {"passed": 1}, "bad": {"failed": 2},
            }],
        })
    );
    // A single round disagrees with nobody, and without being asked nothing is added.
    let once = place.run(["run", "--repeat", "1", "-k", "good", "--format", "json"])?.expect(0);
    assert_eq!(at(&repeats(&once)?, "/flaky"), &json!([]));
    let plain = place.run(["run", "-k", "good", "--format", "json"])?.expect(0);
    assert!(!plain.stdout.contains("repeats"), "{plain}");
    Ok(())
}

#[test]
fn a_file_without_a_case_to_blame_is_flaky_itself() -> Result {
    let place = place("import os\nif ROUND == 2: os._exit(7)\ndef test_good(): pass\n")?;
    let done = place.run(["run", "--repeat", "3"])?.expect(1);
    assert!(done.stdout.contains("3 Testruns: 2 SUCCESS, 1 FAILED (2)\n"), "{done}");
    assert!(done.stdout.contains("\nflaky: test_a.py crashed in 1 of 3\n"), "{done}");
    Ok(())
}

#[test]
fn it_repeats_until_one_fails() -> Result {
    let place = place("def test_a(): assert ROUND != 3\n")?;
    let done = place.run(["run", "--until-fail"])?.expect(1);
    assert!(done.stdout.contains("Testrun 3  1 file, round 3, Python"), "{done}");
    assert!(done.stdout.ends_with("flaky: test_a.py::test_a failed in 1 of 3\n"), "{done}");
    assert_eq!(place.list()?.len(), 3);
    // At most so often; and `rerun` links all of them to what it repeats.
    let done = place.run(["rerun", "2", "--until-fail", "--repeat", "2"])?.expect(0);
    assert!(done.stdout.ends_with("\n2 Testruns: 2 SUCCESS\n"), "{done}");
    assert_eq!(origins(&place)?[3..], [(4, Some(2)), (5, Some(2))]);
    Ok(())
}

#[test]
fn without_tests_there_is_no_end_to_wait_for() -> Result {
    let place = place("def test_a(): pass\n")?;
    place.run(["run", "--until-fail", "-k", "nothing_has_this_name"])?.expect(5);
    assert_eq!(place.list()?.len(), 1);
    Ok(())
}

#[test]
fn without_a_bound_somebody_must_read() -> Result {
    let place = place("def test_a(): pass\n")?;
    for (format, total) in [("human", 1), ("json", 2)] {
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        let mut command = place.command(["run", "--until-fail", "--format", format]);
        let ended =
            command.stdout(writer).stderr(std::process::Stdio::piped()).spawn()?.wait_with_output()?;
        assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(place.list()?.len(), total);
    }
    Ok(())
}

#[test]
fn the_junit_report_is_that_of_the_worst() -> Result {
    let place = place("def test_a(): assert ROUND != 2\n")?;
    place.run(["run", "--repeat", "3", "--junit", "report.xml"])?.expect(1);
    let report = std::fs::read_to_string(place.work().join("report.xml"))?;
    assert!(report.contains("name=\"Testrun 2\"") && report.contains("failures=\"1\""), "{report}");
    Ok(())
}

#[test]
fn ctrl_c_ends_all_of_it() -> Result {
    let place = place("def test_a(): pass\n")?;
    let mut run = place.start(["run", "--until-fail"])?;
    run.wait_for("round 2")?;
    run.signal(Signal::INT)?;
    let done = run.end()?.expect(130);
    let told = done.stdout.lines().filter(|line| line.starts_with("Testrun ")).count();
    assert_eq!(place.list()?.len(), told, "{done}");
    Ok(())
}
