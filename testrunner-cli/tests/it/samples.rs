//! Every file of `sample_test_files` is reported as `expected.toml` says: by the program's JSON, by its JUnit
//! report, and by the stored event log alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::Deserialize;
use serde_json::Value;
use testrunner_core::event::{Event, EventBody, Stream};
use testrunner_core::store::EventLimit;
use testrunner_core::{Report, Seq, Store as _, TestrunId};
use testrunner_store_sqlite::SqliteStore;

use crate::harness::{Place, Result, at};
use crate::junit::{self, Case as JunitCase};

#[derive(Deserialize)]
struct Expected {
    file: Vec<ExpectedFile>,
}

#[derive(Deserialize)]
struct ExpectedFile {
    path: String,
    outcome: String,
    message_contains: Option<String>,
    timeout: Option<String>,
    status: String,
    reason: Option<String>,
    exit_code: i32,
    cases: BTreeMap<String, ExpectedCase>,
}

#[derive(Deserialize)]
struct ExpectedCase {
    outcome: String,
    kind: Option<String>,
    message_contains: Option<String>,
    output_contains: Option<String>,
}

/// A file as one of the three ways tells it.
#[derive(Debug, Default)]
struct Told {
    status: String,
    reason: Option<String>,
    outcome: String,
    message: Option<String>,
    cases: BTreeMap<String, ToldCase>,
}

#[derive(Debug, Default)]
struct ToldCase {
    kind: String,
    outcome: String,
    message: String,
    output: String,
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample_test_files")
}

#[test]
fn every_sample_is_reported_as_expected() -> Result {
    let text = std::fs::read_to_string(samples().join("expected.toml"))?;
    let expected: Expected = toml::from_str(&text)?;
    assert!(expected.file.len() > 10, "the model is there");
    let queue = Mutex::new(expected.file.iter());
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let file = queue.lock().map(|mut queue| queue.next());
                    let Ok(Some(file)) = file else { return };
                    if let Err(error) = check(file)
                        && let Ok(mut wrong) = wrong.lock()
                    {
                        wrong.push(format!("{}: {error}", file.path));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner()?;
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    Ok(())
}

fn check(file: &ExpectedFile) -> Result {
    let place = Place::new()?;
    let report = place.work().join("report.xml");
    let mut command = place.command(["run", &file.path, "--format", "json", "--junit"]);
    command.arg(&report).current_dir(samples());
    if let Some(timeout) = &file.timeout {
        command.args(["--timeout", timeout]);
    }
    let done = crate::harness::Done::of(&mut command)?;
    if done.code != Some(file.exit_code) {
        return Err(format!("exit {:?}, not {}: {}", done.code, file.exit_code, done.stderr).into());
    }
    let mut lines = done.documents()?;
    let last = lines.pop().ok_or("nothing was said")?;
    let events: Vec<Event> = lines
        .iter()
        .map(|line| Ok(serde_json::from_value(at(line, "/event").clone())?))
        .collect::<Result<_>>()?;
    compare(file, &from_json(&last, &events)?).map_err(|error| format!("by JSON: {error}"))?;
    let stored = stored_events(&place)?;
    assert_eq!(stored, events, "what was told is what is stored");
    compare(file, &from_log(&stored)?).map_err(|error| format!("by the log: {error}"))?;
    let (_, cases) = junit::parse(&std::fs::read_to_string(report)?)?;
    compare_junit(file, &cases).map_err(|error| format!("by JUnit: {error}"))?;
    Ok(())
}

fn compare(file: &ExpectedFile, told: &Told) -> Result {
    let same = |what: &str, told: &str, wanted: &str| match told == wanted {
        true => Ok(()),
        false => Err(format!("{what} is {told}, not {wanted}")),
    };
    let contains = |what: &str, told: &str, wanted: &Option<String>| match wanted {
        Some(part) if !told.contains(part) => Err(format!("{what} lacks {part:?}: {told}")),
        _ => Ok(()),
    };
    same("the status", &told.status, &file.status)?;
    same("the reason", told.reason.as_deref().unwrap_or("none"), file.reason.as_deref().unwrap_or("none"))?;
    same("the outcome", &told.outcome, &file.outcome)?;
    contains("what is said of the file", told.message.as_deref().unwrap_or(""), &file.message_contains)?;
    if file.message_contains.is_none() && told.message.is_some() {
        return Err(format!("too much is said of the file: {:?}", told.message).into());
    }
    let names = |cases: Vec<&String>| format!("{cases:?}");
    same("the list of cases", &names(told.cases.keys().collect()), &names(file.cases.keys().collect()))?;
    for (name, wanted) in &file.cases {
        let case = &told.cases[name];
        same(&format!("the outcome of {name}"), &case.outcome, &wanted.outcome)?;
        same(&format!("the kind of {name}"), &case.kind, wanted.kind.as_deref().unwrap_or("test"))?;
        contains(&format!("the message of {name}"), &case.message, &wanted.message_contains)?;
        contains(&format!("the output of {name}"), &case.output, &wanted.output_contains)?;
    }
    Ok(())
}

/// What the program's last line says; output comes with the events.
fn from_json(last: &Value, events: &[Event]) -> Result<Told> {
    let text = |path: &str| last.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let mut told = Told {
        status: text("/testrun/status").ok_or("no status")?,
        reason: text("/testrun/reason"),
        outcome: text("/testrun/tests/0/outcome").ok_or("no outcome")?,
        message: text("/testrun/tests/0/message"),
        cases: BTreeMap::new(),
    };
    for case in at(last, "/testrun/cases").as_array().ok_or("no cases")? {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let (kind, outcome, message) = (text("kind"), text("outcome"), text("message"));
        let output = output_of(events, &text("case"));
        told.cases.insert(text("case"), ToldCase { kind, outcome, message, output });
    }
    Ok(told)
}

/// What the events add up to, by the same fold that every view uses.
fn from_log(events: &[Event]) -> Result<Told> {
    let report = Report::of(events);
    let file = report.files.get(&0).ok_or("the file was never started")?;
    let finish = file.finish.as_ref().ok_or("the file never ended")?;
    let cases = file.cases.iter().map(|case| {
        let told = ToldCase {
            kind: case.kind.to_string(),
            outcome: case.outcome.to_string(),
            message: case.message.clone().unwrap_or_default(),
            output: output_of(events, &case.case),
        };
        (case.case.clone(), told)
    });
    Ok(Told {
        status: report.status.ok_or("no status")?.to_string(),
        reason: report.reason.map(|reason| reason.to_string()),
        outcome: finish.outcome.to_string(),
        message: finish.message.clone(),
        cases: cases.collect(),
    })
}

fn output_of(events: &[Event], case: &str) -> String {
    let mut bytes = Vec::new();
    for event in events {
        if let EventBody::Log(log) = &event.body
            && log.case.as_deref() == Some(case)
            && log.stream != Stream::Runner
        {
            bytes.extend_from_slice(&log.data);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn stored_events(place: &Place) -> Result<Vec<Event>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = SqliteStore::open(place.data().join("testrunner.db")).await?;
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(Seq(0), |event| event.seq);
            let page = store.events(TestrunId(1), after, EventLimit::default()).await?;
            if page.events.is_empty() {
                store.close().await;
                return Ok(events);
            }
            events.extend(page.events);
        }
    })
}

fn compare_junit(file: &ExpectedFile, cases: &[JunitCase]) -> Result {
    let module = file.path.trim_end_matches(".py").replace('/', ".");
    let mut found: BTreeMap<(String, String), &JunitCase> = BTreeMap::new();
    for case in cases {
        let (class, name) = case.name();
        found.insert((class.to_owned(), name.to_owned()), case);
    }
    for (name, wanted) in &file.cases {
        let (class, short) = match name.split_once("::") {
            Some((class, short)) => (format!("{module}.{class}"), short),
            None => (module.clone(), name.as_str()),
        };
        let case =
            found.remove(&(class.clone(), short.to_owned())).ok_or(format!("{class} {short} is missing"))?;
        let told = (case.kind(), case.status_type());
        let status = match wanted.outcome.as_str() {
            "passed" | "xpassed" => ("", ""),
            "failed" => ("failure", "failed"),
            bad @ ("error" | "crashed" | "timed_out") => ("error", bad),
            other => ("skipped", other),
        };
        if told != status {
            return Err(format!("{name} is told as {told:?}").into());
        }
    }
    let bad =
        |case: &ExpectedCase| matches!(case.outcome.as_str(), "failed" | "error" | "crashed" | "timed_out");
    let explained = matches!(file.outcome.as_str(), "passed" | "empty") || file.cases.values().any(bad);
    let whole = found.remove(&(module, "[file]".to_owned()));
    if explained == whole.is_some() || !found.is_empty() {
        return Err(format!("too much or too little is told: {whole:?} {found:?}").into());
    }
    Ok(())
}
