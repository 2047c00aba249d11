//! `plan`: what would be run, and what became of predictions.

use crate::harness::{Place, Result, at};

const PASSES: &str = "def test_a(): pass\n";

#[test]
fn nothing_is_run_or_made() -> Result {
    let place = Place::new()?;
    for name in ["test_a.py", "test_b.py", "sub/test_c.py"] {
        place.write(name, "raise SystemExit('was imported')\n")?;
    }
    place.write("helper.py", "")?;
    let done = place.run(["plan", "-j", "2"])?.expect(0);
    for part in
        ["slot 1  ", "slot 2  ", "no history of 3 files, assumed to take 1.00s each: ", "sub/test_c.py"]
    {
        assert!(done.stdout.contains(part), "{part:?} is missing: {done}");
    }
    let last = done.stdout.lines().last().unwrap_or_default();
    assert_eq!(last, "3 files in 3 items on 2 slots, done in 2.00s (at best 1.50s; 1.00s idle)", "{done}");
    assert!(!done.stdout.contains("helper") && done.stderr.is_empty(), "{done}");
    assert!(!place.data().join("testrunner.db").exists(), "nothing was stored");
    Ok(())
}

#[test]
fn it_is_refused_as_run_refuses() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", PASSES)?;
    place.write("empty/readme.txt", "")?;
    for (args, code, part) in [
        (&["missing.py"][..], 2, "no file or folder missing.py"),
        (&["empty"], 5, "no test files in empty"),
        (&["-j", "0"], 2, "1..=1024"),
        (&["-x", "--maxfail", "2"], 2, "--maxfail"),
        (&["--server", "http://127.0.0.1:1"], 2, "leave --server out"),
    ] {
        for command in ["plan", "run"] {
            let done = place.run([&[command], args].concat())?.expect(code);
            assert!(done.stderr.starts_with("error: ") && done.stderr.contains(part), "{command}: {done}");
            assert_eq!(done.stdout, "", "{done}");
        }
    }
    Ok(())
}

#[test]
fn what_ran_before_is_predicted_and_compared() -> Result {
    let place = Place::new()?;
    place.write("test_a.py", "import time\ndef test_a(): time.sleep(1)\n")?;
    place.write("test_b.py", PASSES)?;
    let plan = |args: &[&str]| -> Result<serde_json::Value> {
        let done = place.run([&["plan", "--json", "-j", "2"], args].concat())?.expect(0);
        Ok(done.documents()?.pop().ok_or("plan printed nothing")?)
    };
    let unknown = plan(&[])?;
    assert_eq!(at(&unknown, "/plan/unknown"), &serde_json::json!(["test_a.py", "test_b.py"]));
    assert_eq!(at(&unknown, "/plan/predicted_us"), 1_000_000);

    let done = place.run(["run", "-j", "2"])?.expect(0);
    let last = done.stdout.lines().last().unwrap_or_default();
    assert!(last.contains("s (predicted 1.00s; ") && last.contains("s idle on 2 slots)"), "{done}");
    let shown = place.show(1)?;
    assert_eq!(
        (at(&shown, "/schedule/slots"), at(&shown, "/schedule/predicted_us")),
        (&2.into(), &1_000_000.into())
    );
    let number = |path: &str| at(&shown, path).as_i64().ok_or("not a number");
    let took = number("/finished_at")? - number("/started_at")?;
    assert_eq!(number("/schedule/makespan_us")?, took);
    assert!(
        number("/schedule/files_us")? >= 1_000_000 && number("/schedule/idle_us")? <= took * 2,
        "{shown}"
    );
    let text = place.run(["show", "1"])?.expect(0);
    assert!(text.stdout.contains("(predicted 1.00s; "), "{text}");

    let known = plan(&[])?;
    assert_eq!(at(&known, "/plan/unknown"), &serde_json::json!([]));
    let first = at(&known, "/plan/slots/0/0/files/0");
    assert_eq!((at(first, "/path"), at(first, "/known")), (&"test_a.py".into(), &true.into()));
    assert_eq!(at(first, "/expected_us"), at(&known, "/plan/predicted_us"));
    assert!(at(first, "/expected_us").as_i64().is_some_and(|us| us >= 1_000_000), "{known}");
    assert_eq!(at(&plan(&["--plan", "whole"])?, "/plan/slots/1"), &serde_json::json!([]));
    // Planning is not running.
    assert_eq!(place.list()?.len(), 1);

    let again = place.run(["run", "-j", "2", "--format", "json"])?.expect(0);
    let last = again.documents()?.pop().ok_or("run printed nothing")?;
    assert_eq!(at(&last, "/testrun/schedule/predicted_us"), at(&known, "/plan/predicted_us"));
    Ok(())
}
