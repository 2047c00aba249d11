//! Settings: what counts before what, where each comes from, and what is refused.

use std::path::PathBuf;
use std::process::Command;

use crate::harness::{Done, Place, Result, at};

/// The program with a user's settings file of its own.
fn with_user(place: &Place, args: &[&str]) -> Result<Command> {
    let mut command = place.command(args);
    command.env("XDG_CONFIG_HOME", place.work().join("home"));
    Ok(command)
}

fn user_file(place: &Place) -> PathBuf {
    place.work().join("home/testrunner/config.toml")
}

/// Value and origin of one setting.
fn setting(done: &Done, key: &str) -> Result<(String, String)> {
    let all = done.documents()?;
    let found = all.iter().find(|one| at(one, "/key") == key).ok_or("no such setting")?;
    let place = at(found, "/origin/place").as_str().unwrap_or_default();
    Ok((
        at(found, "/value").to_string(),
        format!("{} {place}", at(found, "/origin/kind").as_str().unwrap_or_default()),
    ))
}

#[test]
fn a_flag_counts_before_a_variable_before_files() -> Result {
    let place = Place::new()?;
    let show = ["config", "show", "--format", "json"];
    let shown = |more: &[&str], variable: Option<&str>| -> Result<(String, String)> {
        let mut command = with_user(&place, &[&show, more].concat())?;
        if let Some(value) = variable {
            command.env("TESTRUNNER_DATA_DIR", value);
        }
        // The harness names a data folder; this is about `color` and `jobs`.
        setting(&Done::of(&mut command)?.expect(0), "color")
    };
    assert_eq!(shown(&[], None)?, ("\"auto\"".into(), "default ".into()));
    place.write("home/testrunner/config.toml", "jobs = 2\n\ncolor = 'always'\n")?;
    let user = format!("file {}:3", user_file(&place).display());
    assert_eq!(shown(&[], None)?, ("\"always\"".into(), user));
    place.write("testrunner.toml", "color = 'never'\n")?;
    let project = format!("file {}:1", place.work().join("testrunner.toml").display());
    assert_eq!(shown(&[], None)?, ("\"never\"".into(), project));
    assert_eq!(shown(&["--color", "always"], None)?, ("\"always\"".into(), "flag ".into()));
    let mut command = with_user(&place, &show)?;
    let done = Done::of(command.env("TESTRUNNER_JOBS", "7"))?.expect(0);
    assert_eq!(setting(&done, "jobs")?, ("7".into(), "environment TESTRUNNER_JOBS".into()));
    let done = Done::of(&mut with_user(&place, &show)?)?.expect(0);
    assert_eq!(setting(&done, "jobs")?, ("2".into(), format!("file {}:1", user_file(&place).display())));
    assert_eq!(setting(&done, "data_dir")?.1, "flag ");
    Ok(())
}

#[test]
fn a_switch_is_a_setting_too() -> Result {
    let place = Place::new()?;
    let named = place.write("other.toml", "[serve]\nhttps = true\n")?;
    let show = ["config", "show", "--format", "json", "--config", "other.toml"];
    let done = place.run(show)?.expect(0);
    assert_eq!(setting(&done, "serve.https")?, ("true".into(), format!("file {}:2", named.display())));
    let human = place.run(["config", "show", "--origin"])?.expect(0);
    assert!(human.stdout.contains("https = false "), "{human}");
    Ok(())
}

#[test]
fn a_named_file_is_read_instead_of_all_others() -> Result {
    let place = Place::new()?;
    place.write("testrunner.toml", "jobs = 2\nslow = '5s'\n")?;
    let named = place.write("other.toml", "jobs = 3\n")?;
    let show = ["config", "show", "--format", "json", "--config", "other.toml"];
    let done = place.run(show)?.expect(0);
    assert_eq!(setting(&done, "jobs")?, ("3".into(), format!("file {}:1", named.display())));
    assert_eq!(setting(&done, "slow")?.1, "default ");
    let mut command = place.command(["config", "show", "--format", "json"]);
    let done = Done::of(command.env("TESTRUNNER_CONFIG", "other.toml"))?.expect(0);
    assert_eq!(setting(&done, "jobs")?.0, "3");
    let missing = place.run(["list", "--config", "missing.toml"])?.expect(2);
    assert!(missing.stderr.contains("missing.toml: No such file"), "{missing}");
    Ok(())
}

#[test]
fn settings_of_the_project_are_found_from_below_and_change_what_runs() -> Result {
    let place = Place::new()?;
    place.write("testrunner.toml", "maxfail = 1\nplan = 'whole'\ntimeout = 77\n")?;
    place.write("sub/test_a.py", "def test_a(): assert 0\ndef test_b(): assert 0\n")?;
    std::fs::create_dir(place.work().join(".git"))?;
    let mut command = place.command(["run"]);
    Done::of(command.current_dir(place.work().join("sub")))?.expect(1);
    let run = place.show(1)?;
    assert_eq!(at(&run, "/max_fail").as_i64(), Some(1));
    // A flag that excludes a setting excludes only the flag.
    let mut command = place.command(["run", "-x"]);
    Done::of(command.current_dir(place.work().join("sub")))?.expect(1);
    Ok(())
}

#[test]
fn what_is_shown_can_be_read_again() -> Result {
    let place = Place::new()?;
    place.write("testrunner.toml", "jobs = 2\ntimeout = '1m 30s'\n")?;
    let shown = place.run(["config", "show", "--origin"])?.expect(0);
    assert!(shown.stdout.contains("jobs = 2 "), "{shown}");
    assert!(shown.stdout.contains("testrunner.toml:2"), "{shown}");
    place.write("again.toml", &shown.stdout)?;
    let again = place.run(["config", "show", "--config", "again.toml"])?.expect(0);
    assert!(again.stdout.contains("timeout = \"1m 30s\""), "{again}");
    Ok(())
}

#[test]
fn mistakes_are_refused_with_file_line_and_nearest_name() -> Result {
    let place = Place::new()?;
    let file = place.work().join("testrunner.toml");
    for (text, line, part) in [
        ("# mine\njob = 4\n", 2, "did you mean `jobs`?"),
        ("jobs = 'four'\n", 1, "whole number"),
        ("timeout = '3 apples'\n", 1, "30s, 2m"),
        ("jobs =\n", 1, ""),
        ("token_file = '/etc/passwd'\n", 1, "a project's file may not set `token_file`"),
        ("server = 'http://elsewhere'\n", 1, "whom your token is sent to"),
        ("data_dir = '/tmp'\n", 1, "may not set"),
        ("python = './evil'\n", 1, "which program is started"),
    ] {
        place.write("testrunner.toml", text)?;
        let done = place.run(["list"])?.expect(2);
        assert!(done.stderr.starts_with(&format!("error: {}:{line}: ", file.display())), "{done}");
        assert!(done.stderr.contains(part), "{part:?}: {done}");
        assert_eq!(done.stdout, "");
    }
    place.run(["--help"])?.expect(0);
    Ok(())
}
